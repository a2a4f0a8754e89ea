"""How frozen layers are run: several runtimes, of which a measurement takes one; see README.md beside it."""

"""The named strategies: the file name is the name that `--strategy` takes."""

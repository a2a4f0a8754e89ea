"""The store: what frozen layers gave, on disk, by content; see README.md beside it."""

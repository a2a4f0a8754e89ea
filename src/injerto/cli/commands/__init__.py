"""The commands: the file name is the name that is typed."""

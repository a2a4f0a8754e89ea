"""The tasks: the file name is the name that `--task` takes."""

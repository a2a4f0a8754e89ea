"""The controls: the file name is the name in the evidence."""

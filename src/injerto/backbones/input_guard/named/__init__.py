"""One file a fault; the file's name is the fault's."""

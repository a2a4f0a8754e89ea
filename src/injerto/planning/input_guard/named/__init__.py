"""One file a check; the file's name is the check's."""

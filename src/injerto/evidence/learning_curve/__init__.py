"""How the error falls with the number of labels, and what twice or four times as many would give; see README.md."""

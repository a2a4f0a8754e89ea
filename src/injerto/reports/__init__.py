"""Floor 7: the page that a person reads: one file, no network, no script; one panel a file."""

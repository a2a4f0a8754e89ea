"""Floor 1: read what people bring, check it, split it without leaks, and say what it is."""

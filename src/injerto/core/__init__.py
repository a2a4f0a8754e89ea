"""Floor 0: the records, errors, registry, hashing, seeds, atomic writes and messages that every room uses."""

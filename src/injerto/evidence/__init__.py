"""Floor 6: whether the transfer helped, against controls on the same test examples, with intervals."""

"""Floor 5: what to do with this data on this machine, each choice with its reason."""

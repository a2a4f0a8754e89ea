"""Whether the transfer helped a model that writes texts."""

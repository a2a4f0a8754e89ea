"""Floor 2: what is predicted: targets, loss, metrics and decoding; one file per task."""

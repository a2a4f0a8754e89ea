"""Boxes as numbers: the layout of a detector's scores, which answer for which object, loss, decoding, metrics."""

"""Boxes around objects in pictures: what they are, what can be wrong with them, how they are written."""

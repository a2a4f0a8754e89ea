"""Texts to learn to write, and pairs of texts to learn to translate: read, split and surveyed."""

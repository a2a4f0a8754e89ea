"""Cuts through a network: a prefix that runs once, a suffix that trains; see README.md beside it."""

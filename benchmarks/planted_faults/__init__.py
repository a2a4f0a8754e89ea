"""Faults as they happen in other people's pipelines, one file a kind of input."""

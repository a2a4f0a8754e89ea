"""Metrics of texts, each a function of sums over examples, so that one bootstrap serves them all."""

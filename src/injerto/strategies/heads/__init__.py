"""Heads: what maps features to scores; every kind stores as tensors and a few settings, never as pickle."""

from injerto.strategies.heads.head import AbstractHead, FittedHead, heads, load_head

__all__ = ["AbstractHead", "FittedHead", "heads", "load_head"]

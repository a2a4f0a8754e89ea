"""Floor 9: parse, call, print. One file a command; everything heavy is imported inside the command."""

from injerto.cli.app import main

__all__ = ["main"]

"""Checkpoints of other libraries, read without running anything that they hold, and written as safetensors."""

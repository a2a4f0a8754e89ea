"""The formats of an exported graph, one file each."""

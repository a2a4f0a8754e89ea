"""Measurements that take too long for tests; each module is one command."""

"""Floor 7: judges that read what was measured and yield findings; one file an audit, found by its name."""

"""The panels of the report, one a file."""

"""The audits, one a file; the first part of a file's name is its code."""

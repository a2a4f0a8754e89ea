"""The controls of models that write texts, one a file."""

"""The verbs for tasks whose answer is a text."""

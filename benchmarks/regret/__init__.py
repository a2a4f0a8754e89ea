"""Regret of the search against the best of all strategies, over data sets and label budgets."""

"""How the shipped sound backbone was made: spoken nonsense, generated, and a small network that learns its sounds."""

"""Floor 4: a trained model and its folder: saved whole or not at all, inspected, verified, loaded."""

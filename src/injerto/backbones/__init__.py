"""Floor 2: the catalogue of pretrained models, where they are loaded from, and how each is seen from above."""

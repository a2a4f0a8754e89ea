"""What a trained model answers, its frozen activations read from the store where they are there."""

from injerto.training.scoring import answer as answer

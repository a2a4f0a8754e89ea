"""Floor 5: the one engine that runs the phases of every strategy, with checkpoints that resume."""

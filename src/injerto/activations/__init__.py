"""Floor 4: the frozen prefix runs once for each input, and what comes out of it is stored."""

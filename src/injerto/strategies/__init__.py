"""Floor 3: what trains and what is frozen: phases, heads, and the named strategies, one file each."""

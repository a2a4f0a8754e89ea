"""The user's story, one file a verb: inspect, plan, compare, fit, load, evaluate."""

"""Whether the contract that comes with a checkpoint can be that of its weights.

A local folder or file may say ImageNet's mean and std where the weights were trained on [-1, 1]; nothing fails, the
features are just worse, by tens of points at times. Each check (one file of `named/`) looks at one trace that the right
input left in the weights, and is silent where it is not sure.
"""

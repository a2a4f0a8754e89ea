"""Whether someone's own pipeline gives what the contract makes of the same examples, and which fault explains it.

An input may have been read in many ways. A **reading** names one: this filter, that crop, turned so, channels swapped.
A **comparison** knows the examples and what was given, and says how badly a reading fits. Each **fault** (one file of
`named/`, found by its name) offers other readings of its own aspect. The search (`explaining.py`) takes the reading
that fits best, then puts each aspect back to the contract's: a fault is named only where that makes the fit clearly
worse. So a fault that changes nothing here (swapped channels of grey pictures) is not named, and neither is one that
another explains. What is the same for every reading (gain and offset of the values) is read off the best fit.
"""

"""Arrays by name, for rooms that compute with numpy and need no torch for it."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

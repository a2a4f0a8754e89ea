"""Pixels were normalised by another mean and standard deviation, or not at all."""

from typing import Final, final

import numpy as np

from injerto.backbones.input_guard.fault import FAULTS
from injerto.backbones.input_guard.image_comparison import Floats
from injerto.backbones.input_guard.image_fault import (
    AbstractImageFault,
    ImageEvidence,
    agree,
    are_swapped,
    expected_constants,
)
from injerto.backbones.input_guard.named.value_range import ValueRange
from injerto.core.input_finding import InputFinding

_LEAST_LEVELS: Final = 0.5
"""Grey levels by which one set of constants has to miss, before each picture is said to have its own."""


@FAULTS.register
@final
class MeanStd(AbstractImageFault):
    """Gain and offset of the best reading, written as the mean and std that give them."""

    def judge(self, evidence: ImageEvidence) -> InputFinding | None:
        comparison = evidence.comparison
        if evidence.fit.misfit > comparison.foreign or ValueRange().judge(evidence) is not None:
            return None
        constants = comparison.constants(evidence.readings)
        if constants.misfit > max(_LEAST_LEVELS, 3 * evidence.fit.misfit):
            return self.finding("mean-std-each", {"misfit": constants.misfit, "misfit_explained": evidence.fit.misfit})
        contract = comparison.contract
        gains, offsets = expected_constants(contract)
        if not constants.gains.all() or agree(constants, gains, offsets) or are_swapped(constants, contract):
            return None
        found_std, found_mean = 1 / constants.gains, -constants.offsets / constants.gains
        is_plain = agree(constants, np.ones_like(gains), np.zeros_like(offsets))
        key = "mean-std-missing" if is_plain else "mean-std"
        channels = range(len(gains))
        return self.finding(
            key,
            {f"mean_{c}": float(found_mean[c]) for c in channels} | {f"std_{c}": float(found_std[c]) for c in channels},
            found=f"{_written(found_mean)} / {_written(found_std)}",
            expected=f"{_written(-offsets / gains)} / {_written(1 / gains)}",
        )


def _written(values: Floats) -> str:
    return ", ".join(f"{value:.3f}" for value in values)

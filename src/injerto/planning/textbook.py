"""What the textbook would have chosen, by data quantity, similarity and compute, and whether measurement agrees."""

from typing import Final

from injerto.core.messages import say
from injerto.core.plan import Basis, Reason

FROZEN: Final = ("linear-probe", "multi-layer", "mlp-head")
"""Strategies of feature extraction that a search tries."""
DESCENDING: Final = ("mlp-head",)
"""Those among them whose head is not solved but trained."""
_NEAR: Final = 0.01
_FAR: Final = 0.05
"""What several layers gain over the last one says how far the task is from what the network was made for; below the
first near, above the second far. On 101 draws of fourteen data sets fine-tuning gained 0.6, 1.6 and 4.6 points over
feature extraction where it was near, in between, and far (`python -m benchmarks.probes`)."""
_ENOUGH_TO_TUNE: Final = 500
"""Examples from which the textbook fine-tunes."""


def name_distance(gap: float) -> str:
    """`near`, `middling` or `far`, by what several layers gain over the last one."""
    return "near" if gap < _NEAR else "far" if gap > _FAR else "middling"


def explain_textbook(
    *, gap: float, num_train: int, device: str, extracts_features: bool, is_measured: bool = True
) -> Reason:
    """The textbook's rule for this case, beside what was chosen.

    Args:
        gap: left-out accuracy of a head on several layers minus that on the last one.
        extracts_features: whether what was chosen leaves the network frozen.
        is_measured: False where nothing could be compared.
    """
    distance = name_distance(gap)
    rule = "feature-extraction"
    if device == "cpu":
        basis, why = Basis.COMPUTE, "compute"
    elif num_train < _ENOUGH_TO_TUNE:
        basis, why = Basis.DATA_QUANTITY, "quantity"
    else:
        basis, why = Basis.SIMILARITY, "similarity"
        rule = "feature-extraction" if distance == "near" else "fine-tuning"
    measured = "feature-extraction" if extracts_features else "fine-tuning"
    reason = say(
        f"search.textbook-{why}",
        number=num_train,
        distance=say(f"search.{distance}"),
        gain=f"{100 * gap:+.1f}",
    )
    said = say(f"search.{rule}")
    if not is_measured:
        because = say("search.textbook-unmeasured", why=reason, rule=said)
    elif rule == measured:
        because = say("search.textbook-agrees", why=reason, rule=said)
    else:
        because = say("search.textbook-disagrees", why=reason, rule=said, measured=say(f"search.{measured}"))
    return Reason(field="textbook", choice=said, basis=basis, because=because)

"""Detectors that were pretrained as a whole: the new head, then the decoder, then everything."""

from typing import ClassVar, final

from injerto.core.plan import Phase
from injerto.strategies._fine_tuning import fine_tuning_phase, head_phases
from injerto.strategies.recipes import choose_epochs
from injerto.strategies.strategy import AbstractStrategy, Setting, strategies


@strategies.register
@final
class DecoderFirst(AbstractStrategy):
    """Each phase starts from the one before; the last two share the epochs.

    Where a network has no decoder, as a YOLOS or a classifier, the last third of its layer groups takes its place.
    """

    summary: ClassVar[str] = "head; head + decoder; everything: for detectors pretrained as a whole"
    source: ClassVar[str] = "Carion et al. 2020, arXiv 2005.12872; Howard and Ruder 2018, arXiv 1801.06146"

    def phases(self, setting: Setting) -> tuple[Phase, ...]:
        decoder = setting.num_decoder_groups or max(1, setting.num_groups // 3)
        half = max(1, choose_epochs(setting) // 2)
        return (
            *head_phases(setting, self.head),
            fine_tuning_phase(setting, "decoder", trains="last", num_groups=decoder, epochs=half),
            fine_tuning_phase(setting, "everything", trains="all", epochs=half),
        )

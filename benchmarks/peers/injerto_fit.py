"""injerto, as its command line runs it: survey, head on frozen features, evaluation, controls."""

import sys

from _measured import Clock

clock = Clock()
import injerto  # noqa: E402
import injerto.backbones.timm_network  # noqa: E402
import injerto.workflow  # noqa: E402

clock.imported()
data, weights, epochs, strategy = sys.argv[1:5]
run = injerto.fit(data, backbone=weights, strategy=strategy, epochs=int(epochs), device="cpu")
clock.done(run.evidence.accuracy.value)

"""injerto, as its command line runs it: survey, head on frozen features, evaluation, controls."""

import importlib
import sys
from pathlib import Path

from _measured import Clock

clock = Clock()
import injerto  # noqa: E402
import injerto.workflow.fit  # noqa: E402

# What comes with the first backbone; the others have imported it by now too.
LIBRARIES = ("injerto.backbones.timm_network",)
if Path(sys.argv[1], "train.csv").is_file():
    LIBRARIES = ("injerto.backbones.transformers_network", "transformers.models.bert.modeling_bert")
for name in LIBRARIES:
    importlib.import_module(name)
clock.imported(sys.argv[5])
data, weights, epochs, strategy, device = sys.argv[1:6]
run = injerto.fit(data, backbone=weights, strategy=strategy, epochs=int(epochs), device=device)
clock.done(run.evidence.accuracy.value)

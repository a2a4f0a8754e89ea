"""Transfer learning with proof: what to transfer, how, whether it helped, and a model that predicts.

>>> import injerto
>>> run = injerto.fit("flowers/", out="flowers-model")             # doctest: +SKIP
>>> print(run.evidence.sentence)                                   # doctest: +SKIP
>>> injerto.load("flowers-model").predict(["new.jpg"])             # doctest: +SKIP

Names are imported when they are first used, so that `import injerto` loads no torch.
"""

import importlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from injerto.activations.ledger.ledger import Ledger
    from injerto.activations.store.store import ActivationStore
    from injerto.artifacts.model import Model
    from injerto.artifacts.sequence_model import SequenceModel
    from injerto.backbones.input_guard.checking import check_inputs
    from injerto.backbones.loading import load_backbone
    from injerto.core.errors import InjertoError
    from injerto.core.limits import Limits
    from injerto.core.plan import Phase, Plan
    from injerto.core.sequences import Sampling, SequenceOptions
    from injerto.deploy.exported import ExportedModel
    from injerto.deploy.exporting import export
    from injerto.estimator import TransferClassifier
    from injerto.strategies.strategy import AbstractStrategy, parse_strategy
    from injerto.workflow.audit import audit
    from injerto.workflow.compare import compare
    from injerto.workflow.evaluate import evaluate, load
    from injerto.workflow.fit import Run, fit
    from injerto.workflow.inspect import inspect
    from injerto.workflow.mend import mend
    from injerto.workflow.pictures import convert, show
    from injerto.workflow.plan import plan
    from injerto.workflow.ready import DataOptions
    from injerto.workflow.report import report
    from injerto.workflow.sequences.fit import SequenceRun
    from injerto.workflow.sequences.merge import merge
    from injerto.workflow.transcribe import transcribe
    from injerto.workflow.verify import verify

# Threads of OpenMP that wait for work spin, and two of them beside a busy neighbour take each other's core: a ridge fit
# of 245 examples took 0.5 s and not 0.03. Asleep they cost a little where nothing else runs. It is read when torch is
# first imported, changes no result, and whoever has set it is obeyed.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.1.0"

_HOMES = {
    "AbstractStrategy": "injerto.strategies.strategy",
    "ActivationStore": "injerto.activations.store.store",
    "DataOptions": "injerto.workflow.ready",
    "ExportedModel": "injerto.deploy.exported",
    "InjertoError": "injerto.core.errors",
    "Ledger": "injerto.activations.ledger.ledger",
    "Limits": "injerto.core.limits",
    "Model": "injerto.artifacts.model",
    "Phase": "injerto.core.plan",
    "Plan": "injerto.core.plan",
    "Run": "injerto.workflow.fit",
    "Sampling": "injerto.core.sequences",
    "SequenceModel": "injerto.artifacts.sequence_model",
    "SequenceOptions": "injerto.core.sequences",
    "SequenceRun": "injerto.workflow.sequences.fit",
    "TransferClassifier": "injerto.estimator",
    "audit": "injerto.workflow.audit",
    "check_inputs": "injerto.backbones.input_guard.checking",
    "compare": "injerto.workflow.compare",
    "convert": "injerto.workflow.pictures",
    "evaluate": "injerto.workflow.evaluate",
    "export": "injerto.deploy.exporting",
    "fit": "injerto.workflow.fit",
    "inspect": "injerto.workflow.inspect",
    "load": "injerto.workflow.evaluate",
    "load_backbone": "injerto.backbones.loading",
    "merge": "injerto.workflow.sequences.merge",
    "mend": "injerto.workflow.mend",
    "parse_strategy": "injerto.strategies.strategy",
    "plan": "injerto.workflow.plan",
    "report": "injerto.workflow.report",
    "show": "injerto.workflow.pictures",
    "transcribe": "injerto.workflow.transcribe",
    "verify": "injerto.workflow.verify",
}

__all__ = [
    "AbstractStrategy",
    "ActivationStore",
    "DataOptions",
    "ExportedModel",
    "InjertoError",
    "Ledger",
    "Limits",
    "Model",
    "Phase",
    "Plan",
    "Run",
    "Sampling",
    "SequenceModel",
    "SequenceOptions",
    "SequenceRun",
    "TransferClassifier",
    "audit",
    "check_inputs",
    "compare",
    "convert",
    "evaluate",
    "export",
    "fit",
    "inspect",
    "load",
    "load_backbone",
    "mend",
    "merge",
    "parse_strategy",
    "plan",
    "report",
    "show",
    "transcribe",
    "verify",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'injerto' has no attribute {name!r}")
    value: object = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

"""`load` and `evaluate`: an artifact used and measured again."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from injerto.artifacts.inspecting import is_sequence_artifact
from injerto.artifacts.loading import load_artifact
from injerto.artifacts.model import Model
from injerto.core.errors import UsageError
from injerto.core.outcome import DetectionEvaluation, Evaluation
from injerto.core.progress import Reporter, Silent
from injerto.core.sequences import SequenceEvaluation, SequenceOptions
from injerto.data.reading import read_data
from injerto.deploy.exported import ExportedModel, is_exported, load_exported
from injerto.evidence.evaluating import measure_evaluation
from injerto.workflow.detection import evaluate_detector
from injerto.workflow.device import choose_device
from injerto.workflow.ready import DataOptions

if TYPE_CHECKING:
    from injerto.artifacts.sequence_model import SequenceModel


def load(path: str | Path, *, device: str = "auto") -> "Model | SequenceModel | ExportedModel":
    """The trained model of an artifact folder; a `SequenceModel` where it writes texts, an `ExportedModel` of `export`.

    Raises:
        UsageError: there is no such folder.
        ModelError: it is incomplete, was changed after it was written, or its backbone is not what it was.
    """
    folder, chosen = Path(path), choose_device(device)
    if is_exported(folder):
        return load_exported(folder)
    if is_sequence_artifact(folder):
        from injerto.artifacts.sequence_loading import load_sequence_artifact  # Seconds, for transformers.

        return load_sequence_artifact(folder, device=chosen)
    return load_artifact(folder, device=chosen)


def evaluate(
    path: str | Path,
    data: Any,
    *,
    split: str | None = None,
    options: DataOptions | None = None,
    device: str = "auto",
    seed: int = 0,
    texts: SequenceOptions | None = None,
    reporter: Reporter | None = None,
) -> Evaluation | DetectionEvaluation | SequenceEvaluation:
    """Measure an artifact on labelled data, all of it, or the split of that name where the data give splits.

    A model that writes texts is measured on texts, which `texts` says how to read, beside the untouched network.

    Unreadable items are never dropped in silence: the score comes with the bounds that they leave open.
    """
    reporter = reporter or Silent()
    if is_sequence_artifact(Path(path)):
        from injerto.workflow.sequences.evaluate import evaluate_sequences

        asked_texts = (options or DataOptions()).with_text_column(texts)
        return evaluate_sequences(
            Path(path), data, options=asked_texts, split=split, device=device, seed=seed, reporter=reporter
        )
    if is_exported(Path(path)):
        raise UsageError("export-only-predicts", path=path)
    model = load_artifact(Path(path), device=choose_device(device))
    asked = (options or DataOptions()).model_copy(update={"task": model.task_name})
    read = read_data(data, to_learn=False, reporter=reporter, **asked.model_dump())
    if split is not None:
        read = read.subset([i for i, example in enumerate(read.examples) if example.split == split])
    if model.finds_boxes:
        return evaluate_detector(model, read, path=str(path), seed=seed, reporter=reporter)
    return measure_evaluation(model, read, path=str(path), seed=seed, reporter=reporter)

"""`report`: one HTML file from a model's folder, with the examples where the data are given."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from injerto.artifacts.inspecting import InspectedArtifact, inspect_measurements, is_sequence_artifact
from injerto.audits.auditing import run_audits
from injerto.core.atomic import write_file
from injerto.core.errors import DataError, UsageError
from injerto.core.progress import Reporter, Silent
from injerto.core.sequences import SequenceOptions
from injerto.data.items import digest_in_order
from injerto.data.places import below_source
from injerto.reports.examples import Examples
from injerto.reports.material import Material, TextMaterial
from injerto.reports.page import render_page
from injerto.workflow.audit import kept_case, options_of

if TYPE_CHECKING:
    from injerto.workflow.ready import DataOptions, Ready


def report(
    model: str | Path,
    out: str | Path | None = None,
    *,
    data: Any = None,
    groups: Sequence[str] = (),
    options: "DataOptions | None" = None,
    overwrite: bool = True,
    device: str = "auto",
    texts: SequenceOptions | None = None,
    reporter: Reporter | None = None,
) -> Path:
    """Write the report of a model: one HTML file that needs no network and no script.

    Args:
        model: folder that `fit` wrote; its files are verified first.
        out: the file; None takes the model's name with `-report.html`, beside the folder.
        data: what `fit` was given. The model's folder holds no example; with the data, the report shows the pictures
            or texts behind its figures, and then it holds them itself.
        groups: columns of the data that say which group each example belongs to; see `audit`.
        options: how the data are read; None takes what `fit` was told.
        overwrite: replace a report that is there; a file that is not one is never replaced.
        device: where the network looks at the examples again; see `fit`.
        texts: of a model that writes texts, how they are read, where that is not what `fit` was told.

    Raises:
        UsageError: there is no such model, or `out` cannot be written.
        ModelError: the model is incomplete or was changed.
        DataError: the data are not those that the model was tested on.
    """
    path = Path(model)
    if groups and data is None:
        raise UsageError("groups-without-data", names=", ".join(groups))
    destination = Path(out) if out is not None else path.resolve().parent / f"{path.resolve().name}-report.html"
    _check_free(destination, overwrite=overwrite)
    reporter = reporter or Silent()
    if is_sequence_artifact(path):
        from injerto.workflow.sequences.report import make_text_material  # What reads texts, which few need.

        asked = texts if options is None else options.with_text_column(texts)
        made: Material | TextMaterial = make_text_material(path, data, groups, asked, device, reporter)
    else:
        made = _make_material(inspect_measurements(path), data, groups, options, device, reporter)
    write_file(destination, render_page(made))
    return destination


def _make_material(
    found: InspectedArtifact,
    data: Any,
    groups: Sequence[str],
    options: "DataOptions | None",
    device: str,
    reporter: Reporter,
) -> Material:
    """All that the page of a model with labels, boxes or transcripts is drawn from."""
    ready = None if data is None else _read_ready(found, data, groups, options, reporter)
    if ready is None:
        case = kept_case(found)
        return Material(artifact=found, examples=None, audit=run_audits(case, data=None))
    from injerto.workflow.close_up import look_if_possible  # Imports torch, as reading does.

    seen = look_if_possible(found, ready.data, ready.splits, device=device, reporter=reporter)
    examples = _examples_of(ready)
    case = kept_case(found, examples.test, groups, seen=seen)
    return Material(
        artifact=found,
        examples=examples,
        audit=run_audits(case, data=str(data)),
        close_up=seen.labels,
        boxes=seen.boxes,
        transcripts=seen.transcripts,
        unloaded=seen.unloaded,
    )


def _read_ready(
    found: InspectedArtifact,
    data: Any,
    groups: Sequence[str],
    options: "DataOptions | None",
    reporter: Reporter,
) -> "Ready":
    """Data read and split by the options and the seed of the model's own `fit`, unless others are given."""
    from injerto.workflow.ready import read_ready  # Imports torch, which a report without data never needs.

    ready = read_ready(data, options_of(found, options, groups), found.record.plan.seed, reporter)
    test = [ready.data.examples[i].item for i in ready.splits.test]
    if found.test_digest is not None and digest_in_order(test) != found.test_digest:
        raise DataError("data-differ", source=ready.data.source, model=found.path)
    return ready


def _examples_of(ready: "Ready") -> Examples:
    places = {below_source(example.where, ready.data.source): example for example in ready.data.examples}
    test = [ready.data.examples[i] for i in ready.splits.test]
    return Examples(test=test, by_place=places, problems=ready.survey.problems)


def _check_free(destination: Path, *, overwrite: bool) -> None:
    if destination.is_dir():
        raise UsageError("report-folder", path=destination)
    if not destination.exists():
        return
    with destination.open("rb") as stream:
        ours = b'content="injerto ' in stream.read(2000)
    if not overwrite or not ours:
        raise UsageError("report-exists", path=destination)

"""`report`: one HTML file from a model's folder, with the examples where the data are given."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from injerto.artifacts.inspecting import InspectedArtifact, inspect_measurements
from injerto.audits.auditing import run_audits
from injerto.core.atomic import write_file
from injerto.core.errors import DataError, UsageError
from injerto.core.progress import Reporter, Silent
from injerto.data.items import digest_in_order
from injerto.data.places import below_source
from injerto.reports.examples import Examples
from injerto.reports.material import Material
from injerto.reports.page import render_page
from injerto.workflow.audit import kept_case, options_of

if TYPE_CHECKING:
    from injerto.evidence.close_up import CloseUp
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

    Raises:
        UsageError: there is no such model, or `out` cannot be written.
        ModelError: the model is incomplete or was changed.
        DataError: the data are not those that the model was tested on.
    """
    path = Path(model)
    found = inspect_measurements(path)
    found.refuse_boxes("report")
    if groups and data is None:
        raise UsageError("groups-without-data", names=", ".join(groups))
    destination = Path(out) if out is not None else path.resolve().parent / f"{path.resolve().name}-report.html"
    _check_free(destination, overwrite=overwrite)
    reporter = reporter or Silent()
    ready = None if data is None else _read_ready(found, data, groups, options, reporter)
    examples = None if ready is None else _examples_of(ready)
    close_up, unloaded = (None, None) if ready is None else _look(found, ready, device, reporter)
    case = kept_case(found, examples.test if examples is not None else (), groups, close_up=close_up, unloaded=unloaded)
    judged = run_audits(case, data=None if data is None else str(data))
    material = Material(artifact=found, examples=examples, audit=judged, close_up=close_up, unloaded=unloaded)
    write_file(destination, render_page(material))
    return destination


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
    if found.answers is not None and digest_in_order(test) != found.answers.examples:
        raise DataError("data-differ", source=ready.data.source, model=found.path)
    return ready


def _look(
    found: InspectedArtifact, ready: "Ready", device: str, reporter: Reporter
) -> "tuple[CloseUp | None, str | None]":
    from injerto.workflow.close_up import look_if_possible  # Imports torch as well.

    return look_if_possible(found, ready.data, ready.splits, device=device, reporter=reporter)


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

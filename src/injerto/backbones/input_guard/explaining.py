"""The search for the reading that explains an input, and the faults that it cannot do without."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, final

from injerto.backbones.input_guard.fault import (
    FAULTS,
    AbstractComparison,
    AbstractFault,
    Evidence,
    Fit,
    Kind,
)
from injerto.core.input_finding import InputFinding

R = TypeVar("R")

_ROUNDS: Final = 5
_GAIN: Final = 0.97
"""A round that leaves more than this share of the misfit is the last."""
CLEARLY: Final = 0.7
"""A fault is named where the best reading leaves at most this share of what the contract's leaves."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation(Generic[R]):
    """The faults, and the readings in which they show."""

    findings: tuple[InputFinding, ...]
    readings: tuple[R, ...]
    fit: Fit


def explain(comparison: AbstractComparison[R], kind: Kind, *, start: tuple[R, ...] | None = None) -> Explanation[R]:
    """One finding for each fault that what was given cannot be explained without.

    `start` are readings that may fit already, from another comparison of the same examples.
    """
    faults = [fault for name in FAULTS.names() if (fault := FAULTS.get(name)()).kind == kind]
    faults.sort(key=lambda fault: fault.effort)
    readings, fit = _search(comparison, faults, start or comparison.start())
    found = []
    for fault in faults:
        restored = comparison.fit(_restored(comparison, fault, readings))
        is_needed = restored.misfit > comparison.same and fit.misfit < CLEARLY * restored.misfit
        evidence = Evidence(comparison=comparison, readings=readings, fit=fit, restored=restored, is_needed=is_needed)
        if (finding := fault.judge(evidence)) is not None:
            found.append(finding)
    return Explanation(findings=tuple(found), readings=readings, fit=fit)


def _search(
    comparison: AbstractComparison[R], faults: Sequence[AbstractFault[Any, Any]], readings: tuple[R, ...]
) -> tuple[tuple[R, ...], Fit]:
    """The aspect that explains most takes its best reading, then the next; then superfluous departures go.

    Most first, because an aspect that is looked at too early (a crop, while pictures lie on their side) takes any
    reading that fits a little better by chance. One fault alone is found in the first round.
    """
    fit = comparison.fit(readings)
    for _ in range(_ROUNDS):
        best, best_fit = readings, fit
        for fault in faults:
            if best_fit.misfit <= comparison.same:
                break
            found, found_fit = _improve(comparison, fault, readings, fit)
            if found_fit.misfit < best_fit.misfit:
                best, best_fit = found, found_fit
        has_improved = best_fit.misfit < _GAIN * fit.misfit
        readings, fit = best, best_fit
        if not has_improved:
            break
    for fault in faults:
        plain = _restored(comparison, fault, readings)
        if plain != readings:
            plain_fit = comparison.fit(plain)
            if plain_fit.misfit <= comparison.same or fit.misfit >= CLEARLY * plain_fit.misfit:
                readings, fit = plain, plain_fit
    return readings, fit


def _improve(
    comparison: AbstractComparison[R], fault: AbstractFault[Any, Any], readings: tuple[R, ...], fit: Fit
) -> tuple[tuple[R, ...], Fit]:
    rows = [(fault.restored(r, comparison), *fault.alternatives(r, comparison)) for r in readings]
    candidates = [tuple(choices) for choices in zip(*rows, strict=True)]
    fits: list[Fit] = []
    for candidate in candidates:
        fits.append(comparison.fit(candidate))
        if fits[-1].misfit <= comparison.same:
            return candidate, fits[-1]
    if fault.per_item:
        best = [min(range(len(fits)), key=lambda n, i=i: fits[n].by_item[i]) for i in range(len(readings))]  # type: ignore[misc]
        candidates.append(tuple(candidates[n][i] for i, n in enumerate(best)))
        fits.append(comparison.fit(candidates[-1]))
    chosen = min(range(len(fits)), key=lambda n: fits[n].misfit)
    return (candidates[chosen], fits[chosen]) if fits[chosen].misfit < fit.misfit else (readings, fit)


def _restored(
    comparison: AbstractComparison[R], fault: AbstractFault[Any, Any], readings: tuple[R, ...]
) -> tuple[R, ...]:
    return tuple(fault.restored(reading, comparison) for reading in readings)

"""The cases of the regret benchmark on many cores, each job on one of them.

A job is one data set at one label budget with: the heads on frozen layers, which share a store; one strategy that
trains by gradient, with a store of its own, so that it reads the frozen layers once more than it would after the
others; or the search. Records come back as each job ends, so that a run that is cut off has lost only what was running.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any, Final

from benchmarks.regret.measuring import BIT, STRATEGIES

HEADS: Final = ("linear-probe", "multi-layer", "knn", "estimator:name=random-forest", "mlp-head", "ladder:pool=taps")
SEARCH: Final = ()
SLOWEST_FIRST: Final = (
    SEARCH, ("gradual-unfreeze",), ("full",), ("lp-ft",), ("from-scratch",), ("lora",), ("norm-bias",), ("last-4",),
    ("last-1",), HEADS, (BIT,),
)  # fmt: skip
"""Between them all of `STRATEGIES`; a long job that starts last would leave the other cores idle."""
Job = tuple[str, str, tuple[str, ...]]


def list_jobs(labels: Sequence[str], names: Sequence[str], *, bit: bool) -> list[Job]:
    """Data set, labels a class, and the strategies (none: the search); the slowest kinds first."""
    kinds = [kind for kind in SLOWEST_FIRST if bit or kind != (BIT,)]
    return [(name, each, kind) for kind in kinds for each in labels for name in names]


def run_jobs(
    jobs: Sequence[Job], measure: Callable[[Job], list[dict[str, Any]]], *, workers: int
) -> Iterator[dict[str, Any]]:
    """Records of all jobs, in the order in which jobs end, from processes that share what is imported by now."""
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork")) as pool:
        for ended in as_completed([pool.submit(measure, job) for job in jobs]):
            yield from ended.result()


if {one for kind in SLOWEST_FIRST for one in kind} != {*STRATEGIES, BIT}:
    raise RuntimeError("SLOWEST_FIRST must name every strategy")

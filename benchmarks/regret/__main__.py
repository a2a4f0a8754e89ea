"""How far the search is from the best of all strategies: fifteen data sets, five label budgets.

    python -m benchmarks.regret [--seeds 1] [--labels 10,50,all,20,5] [--only sst2,digits] [--most 400]
                                [--records FILE.jsonl] [--report] [--trials] [--bit] [--jobs 16]
                                [--strategies lora,full] [--no-search]

Needs `../shared`. For each data set and so many labels a class, each of fourteen strategies (`STRATEGIES`; those that
need a column of groups, boxes or pairs of texts are not among them) is trained on the same labels and measured on up to
1,000 other examples; then the search chooses one, from its own empty store. Regret is what the best strategy gets right
beyond the chosen one, in points. The best of fourteen noisy figures looks better than it is, so `regret` takes the best
on one half of the test examples and measures it on the other, both ways; `naive` takes the maximum. `elsewhere` takes
the strategy that is best on the case's other draws of labels, where there are any. `±` is the standard error of the
difference between best and chosen on the same test examples, at least a hundred. `share` is the time of the search and
of one training of what it chose, over the time of all strategies, in seconds of the processor with one thread. Beside
it what one strategy for everything costs. A case is the mean over its draws of labels. Records are kept and not
measured twice. Those beside this file are of 2026-11-26 and 2026-11-27 on two machines; docs/evidence.md says which is
of when. After a change to strategies or search give another file. `--report` prints the table from what is there.
`--trials` also measures every rung of the search on every part of the training data.
"""

import argparse
import io
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any, Final

import numpy as np
import torch

from benchmarks.regret.cases import CASES, few_labels
from benchmarks.regret.in_parallel import Job, list_jobs, run_jobs
from benchmarks.regret.measuring import BIT, STRATEGIES, Measuring, Tried
from injerto.planning.selection import make_selections

LABELS: Final = "10,50,all,20,5"
RUNGS: Final = ("linear-probe", "multi-layer", "mlp-head", "last-1", "norm-bias", "lora", "lp-ft")
STATIC: Final = ("linear-probe", "lora", "full", "lp-ft", BIT)
Record = dict[str, Any]


def main() -> None:
    """Measure what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--labels", default=LABELS, help="a class; with commas")
    parser.add_argument("--only", default=",".join(CASES))
    parser.add_argument("--most", type=int, default=400, help="labels of one case")
    parser.add_argument("--records", type=Path, default=Path(__file__).with_name("records.jsonl"))
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--strategies", default=",".join(STRATEGIES), help="with commas; empty: the search alone")
    parser.add_argument("--jobs", type=int, default=1, help="processes, each on one core")
    parser.add_argument("--no-search", dest="search", action="store_false", help="all strategies, and no search")
    parser.add_argument("--trials", action="store_true")
    parser.add_argument("--bit", action="store_true", help="BiT-HyperRule too: 500 steps whatever the data")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    records = read_records(chosen.records)
    if not chosen.report:
        with chosen.records.open("a", encoding="utf-8") as file, tempfile.TemporaryDirectory() as work:
            how = measure if chosen.jobs == 1 else measure_in_parallel
            found = how(chosen, records, Path(work))
            for record in found:
                records.append(record)
                file.write(json.dumps(record) + "\n")
                file.flush()
    report(records)


def measure(chosen: argparse.Namespace, known: Sequence[Record], work: Path) -> Iterator[Record]:
    """Records that are not there yet, the cheapest label budgets of all data sets before the next."""
    done = {tuple(record["key"]) for record in known}
    read: dict[str, Any] = {}
    for labels in chosen.labels.split(","):
        for name in chosen.only.split(","):
            for seed in range(chosen.seeds):
                backbone, reader = CASES[name]
                data = read.setdefault(name, reader(work)) if name not in read else read[name]
                each = None if labels == "all" else int(labels)
                case = few_labels(data, each, most=chosen.most, seed=seed)
                if case is None:
                    continue
                yield from measure_case(chosen, done, (name, labels, seed), Measuring(backbone, case, seed=seed))


def measure_in_parallel(chosen: argparse.Namespace, known: Sequence[Record], work: Path) -> Iterator[Record]:
    """The same records with `--jobs` processes; a job of which all is known is not run."""
    done = {(*record["key"][:2], record["key"][-1]) for record in known}
    jobs = [
        (name, labels, kind)
        for name, labels, kind in list_jobs(chosen.labels.split(","), chosen.only.split(","), bit=chosen.bit)
        if not all((name, labels, one) in done for one in kind or ("search",))
    ]
    for record in run_jobs(jobs, partial(measure_job, chosen, known, work), workers=chosen.jobs):
        print(*record["key"], f"{record['seconds']:.1f} s", flush=True)
        yield record


def measure_job(chosen: argparse.Namespace, known: Sequence[Record], work: Path, job: Job) -> list[Record]:
    """One job, in a process of a pool; each makes the files of the data sets that it meets in a folder of its own."""
    name, labels, kind = job
    own = {**vars(chosen), "only": name, "labels": labels, "search": not kind, "strategies": ",".join(kind)}
    folder = work / str(os.getpid())
    folder.mkdir(exist_ok=True)
    with redirect_stdout(io.StringIO()):
        return list(measure(argparse.Namespace(**{**own, "bit": False}), known, folder))


def measure_case(
    chosen: argparse.Namespace, done: set[tuple[Any, ...]], case: tuple[str, str, int], one: Measuring
) -> Iterator[Record]:
    """All strategies, the search, and the rungs on parts of the training data where they are asked for."""
    with tempfile.TemporaryDirectory() as home:
        for strategy in (*filter(None, chosen.strategies.split(",")), *([BIT] if chosen.bit else [])):
            key = (*case, "strategy", strategy)
            if key not in done:
                tried = one.try_strategy(strategy, one.splits, Path(home))
                print(*key, f"{100 * tried.right.mean():.1f} % in {tried.seconds:.1f} s", flush=True)
                yield {"key": key, **shown(tried)}
        if chosen.search and (*case, "search") not in done:
            picked, seconds, rungs = one.search()
            print(*case, "search:", picked, f"in {seconds:.1f} s", flush=True)
            yield {"key": (*case, "search"), "picked": picked, "seconds": seconds, "rungs": rungs}
            if picked not in STRATEGIES and (*case, "strategy", picked) not in done:
                yield {"key": (*case, "strategy", picked), **shown(one.try_strategy(picked, one.splits, Path(home)))}
        if chosen.trials:
            for part, splits in enumerate(make_selections(one.data, one.splits, seed=case[2])):
                for strategy in RUNGS:
                    key = (*case, "trial", strategy, part)
                    if key not in done:
                        tried = one.try_strategy(strategy, splits, Path(home))
                        yield {"key": key, **shown(tried), "losses": [round(float(x), 3) for x in tried.losses]}


def report(records: Sequence[Record]) -> None:
    """One row a case, its draws of labels averaged, then the means over cases."""
    by_key = {tuple(record["key"]): record for record in records}
    draws: dict[tuple[str, str], list[Record]] = {}
    for key in sorted(key for key in by_key if key[3] == "search"):
        found = measure_draw(by_key, key[:3])
        if found is not None:
            draws.setdefault(key[:2], []).append(found)
    print("| data | labels | draws | test | best | its % | picked | its % | regret | ± | elsewhere | naive | share |")
    print("|" + "---|" * 13)
    rows = [average_draws(*case, found) for case, found in draws.items()]
    for row in rows:
        elsewhere = "" if row["elsewhere"] is None else f"{100 * row['elsewhere']:+.1f}"
        print(
            f"| {row['data']} | {row['labels']} | {row['draws']} | {row['test']} | {row['best']} | "
            f"{100 * row['best_right']:.1f} | {row['picked']} | {100 * row['right']:.1f} | "
            f"{100 * row['regret']:+.1f} | {100 * row['error']:.1f} | {elsewhere} | "
            f"{100 * row['naive']:.1f} | "
            f"{100 * row['share']:.0f} % |"
        )
    for labels in (*LABELS.split(","), "every budget"):
        summarise(labels, [row for row in rows if labels in (row["labels"], "every budget")])


def measure_draw(by_key: dict[tuple[Any, ...], Record], case: tuple[Any, ...]) -> Record | None:
    """What one draw of labels says; None where a strategy is missing."""
    right = {key[4]: unpack(record) for key, record in by_key.items() if key[:4] == (*case, "strategy")}
    if not set(STRATEGIES) <= set(right):
        return None
    menu = np.stack([right[name] for name in STRATEGIES])
    search, best = by_key[(*case, "search")], STRATEGIES[int(menu.mean(1).argmax())]
    picked, seconds = search["picked"], {name: by_key[(*case, "strategy", name)]["seconds"] for name in right}
    return {
        "test": menu.shape[1],
        "best": best,
        "best_right": float(menu.mean(1).max()),
        "picked": picked,
        "right": float(right[picked].mean()),
        "regret": fair_best(menu) - float(right[picked].mean()),
        "error": standard_error(right[best] - right[picked]),
        "naive": float(menu.mean(1).max() - right[picked].mean()),
        "share": (search["seconds"] + seconds[picked]) / sum(seconds[name] for name in STRATEGIES),
        "accuracies": menu.mean(1),
        "static": {name: fair_best(menu) - float(right[name].mean()) for name in STATIC if name in right},
    }


def average_draws(data: str, labels: str, draws: Sequence[Record]) -> Record:
    """One case: means over its draws, whose labels and test examples are drawn anew."""
    row = {name: mean(draw[name] for draw in draws) for name in ("best_right", "right", "regret", "naive", "share")}
    texts = {name: " / ".join(dict.fromkeys(draw[name] for draw in draws)) for name in ("best", "picked")}
    error = float(np.sqrt(sum(draw["error"] ** 2 for draw in draws))) / len(draws)
    names = set.intersection(*(set(draw["static"]) for draw in draws))
    static = {name: mean(draw["static"][name] for draw in draws) for name in names}
    about = {"data": data, "labels": labels, "draws": len(draws), "test": draws[0]["test"]}
    return about | row | texts | {"error": error, "static": static, "elsewhere": regret_elsewhere(draws)}


def regret_elsewhere(draws: Sequence[Record]) -> float | None:
    """What the strategy that is best on the other draws gets right beyond the chosen one; None with one draw alone.

    The best of one draw is in part the luck of one training, which no choice of a strategy can have.
    """
    if len(draws) < 2:
        return None
    menus = np.stack([draw["accuracies"] for draw in draws])
    lost = [menus[i, np.delete(menus, i, 0).mean(0).argmax()] - draw["right"] for i, draw in enumerate(draws)]
    return float(np.mean(lost))


def summarise(labels: str, rows: Sequence[Record]) -> None:
    """Means over the cases of one label budget, or of all."""
    if not rows:
        return
    print(f"\n{labels}: {len(rows)} cases; regret in points: mean, worst; share of compute: mean")
    print(
        f"search: {100 * mean(row['regret'] for row in rows):+.2f}, {100 * max(row['regret'] for row in rows):.1f}"
        f" (naive {100 * mean(row['naive'] for row in rows):.2f}, {100 * max(row['naive'] for row in rows):.1f}), "
        f"share {100 * mean(row['share'] for row in rows):.0f} %"
    )
    drawn = [row["elsewhere"] for row in rows if row["elsewhere"] is not None]
    if drawn:
        print(f"against the best elsewhere ({len(drawn)}): {100 * mean(drawn):+.2f}, {100 * max(drawn):.1f}")
    for name in STATIC:
        found = [row["static"][name] for row in rows if name in row["static"]]
        if found:
            print(f"always {name} ({len(found)}): {100 * mean(found):+.2f}, {100 * max(found):.1f}")
    losing = ", ".join(f"{row['data']}/{row['labels']}" for row in rows if row["regret"] > 0.03)
    print("losing cases:", losing or "none")


def standard_error(differences: np.ndarray) -> float:
    """Of their mean."""
    return float(differences.std(ddof=1) / np.sqrt(len(differences)))


def fair_best(menu: np.ndarray) -> float:
    """Accuracy of the strategy that is best on one half of the examples, on the other half; the mean of both ways."""
    halves = menu[:, ::2], menu[:, 1::2]
    return float(mean(judge[int(choose.mean(1).argmax())].mean() for choose, judge in (halves, halves[::-1])))


def read_records(file: Path) -> list[Record]:
    """What was measured before."""
    if not file.is_file():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def shown(tried: Tried) -> Record:
    """What is kept of it."""
    return {"right": pack(tried.right), "number": len(tried.right), "seconds": tried.seconds}


def pack(right: np.ndarray) -> str:
    """One bit an example."""
    return np.packbits(right.astype(bool)).tobytes().hex()


def unpack(record: Record) -> np.ndarray:
    """What `pack` was given."""
    return np.unpackbits(np.frombuffer(bytes.fromhex(record["right"]), dtype=np.uint8))[: record["number"]].astype(
        float
    )


if __name__ == "__main__":
    main()

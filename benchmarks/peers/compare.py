"""injerto beside other libraries: seconds from the first line to the accuracy on the test split, and peak memory.

    python -m benchmarks.peers.compare [--modality image] [--images 1000] [--epochs 10] [--rounds 3] [--core 0]
    python -m benchmarks.peers.compare --modality text [--texts 2000] [--source banking77] [--once setfit_head]

1,000 generated JPEG files of 500 x 375 in ten classes, or 2,000 texts of `../shared` (generated where that is not
there); a fifth of them the test split, random weights that all libraries share where they have the architecture.
`ratio` is to the first peer; where other processes want the same cores, look at the seconds of CPU. `limit` is one pass
over all examples at 75 GFLOP/s a core plus what Pillow takes to decode pictures: nothing that looks at every example
can be quicker without other arithmetic. With `--device cuda` the limit says nothing: it is of a processor.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.peers import _image_job, _text_job
from benchmarks.peers._job import Job
from benchmarks.reporting import Report, middle

HERE = Path(__file__).resolve().parent
JOBS = {"image": _image_job.JOB, "text": _text_job.JOB}
PACKAGES = {
    "keras_recipe": "keras torch pillow",
    "fastai_learner": "fastai timm",
    "sentence_features": "sentence-transformers",
    "setfit_head": "setfit",
    "setfit_epochs": "setfit",
}
"""Peers that need another environment than injerto's."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--modality", choices=JOBS, default="image")
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--source", default="banking77", help="of texts: banking77, ag_news or generated")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--networks")
    parser.add_argument("--peers", help="the first is what the others are compared with")
    parser.add_argument("--once", default="", help="peers that run in the first round alone, since they take long")
    parser.add_argument("--strategy", default="linear-probe")
    parser.add_argument("--core", type=int, help="pin everything to one core; both cores otherwise")
    parser.add_argument("--device", default="cpu", help="cuda: peers that know of it alone")
    parser.add_argument("--envs", type=Path, default=Path(tempfile.gettempdir()) / "injerto-peers")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    if chosen.core is not None:
        os.sched_setaffinity(0, {chosen.core})
    columns = (
        "network",
        "peer",
        "import_s",
        "work_s",
        "ratio",
        "cpu_s",
        "cpu_ratio",
        "limit_s",
        "peak_mb",
        "accuracy",
        "turns",
    )
    report = Report("peers", columns, chosen.out)
    job = JOBS[chosen.modality]
    with tempfile.TemporaryDirectory() as folder:
        number = chosen.images if chosen.modality == "image" else chosen.texts
        data = job.write_data(Path(folder), number, chosen.source)
        for network in chosen.networks.split(",") if chosen.networks else job.networks:
            compare(network, job, data, chosen, report, Path(folder))


def compare(network: str, job: Job, data: Path, chosen: argparse.Namespace, report: Report, folder: Path) -> None:
    """A row for each peer."""
    weights = job.write_weights(folder / network, network)
    limit = job.find_limit(weights, data) / len(os.sched_getaffinity(0))
    peers = (
        [name for name in chosen.peers.split(",") if job.takes(name, network)]
        if chosen.peers
        else [name for name in job.peers if job.takes(name, network)]
    )
    found: dict[str, list[dict[str, float]]] = {name: [] for name in peers}
    for turn in range(chosen.rounds):
        for name in peers:
            if turn and name in chosen.once.split(","):
                continue
            arguments = [str(data), str(weights), str(chosen.epochs), chosen.strategy, chosen.device]
            # A store of its own each time: everything is computed anew.
            home = folder / f"home-{network}-{name}-{turn}"
            found[name].append(run(name, arguments, home, chosen.envs))
            # A comparison takes long: what is done is shown, so that one that is stopped was not for nothing.
            print(f"round {turn + 1}, {name}: {json.dumps(found[name][-1])}", file=sys.stderr, flush=True)
    for name, turns in found.items():
        report.add(
            network=network,
            peer=name,
            import_s=middle([turn["import_seconds"] for turn in turns]),
            work_s=middle([turn["work_seconds"] for turn in turns]),
            ratio=compare_turns("work_seconds", turns, found[peers[0]]),
            cpu_s=middle([turn["cpu_seconds"] for turn in turns]),
            cpu_ratio=compare_turns("cpu_seconds", turns, found[peers[0]]),
            limit_s=limit,
            peak_mb=max(turn["peak_mb"] for turn in turns),
            accuracy=middle([turn["accuracy"] for turn in turns]),
            turns=len(turns),
            each=turns,
        )


def compare_turns(field: str, theirs: list[dict[str, float]], ours: list[dict[str, float]]) -> float:
    """Median of their figure over ours; who runs once is compared with our first turn."""
    return middle([their[field] / our[field] for their, our in zip(theirs, ours, strict=False)])


def run(name: str, arguments: list[str], home: Path, envs: Path) -> dict[str, float]:
    """One peer, once."""
    python = environment(PACKAGES[name], envs) if name in PACKAGES else Path(sys.executable)
    home.mkdir()
    done = subprocess.run(
        [python, HERE / f"{name}.py", *arguments],
        cwd=home,
        # Nobody waits for a hub that may not answer: everything is on this machine.
        env=os.environ | {"INJERTO_HOME": str(home / "injerto"), "HF_HOME": str(home / "hub"), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if not lines:
        raise SystemExit(f"{name} failed:\n{done.stderr[-3000:]}")
    result: dict[str, float] = json.loads(lines[-1].removeprefix("RESULT "))
    return result


def environment(packages: str, envs: Path) -> Path:
    """Python of an environment with these packages, which is made where it is not there; what we use too as we do."""
    folder = envs / packages.replace(" ", "-")
    python = folder / "bin" / "python"
    if not (folder / "ready").is_file():
        beside = Path(sys.executable).with_name("uv")
        uv = str(beside) if beside.is_file() else shutil.which("uv")
        if uv is None:
            raise SystemExit(f"{packages} need an environment of their own, and there is no uv to make it")
        constraints = str(HERE.parents[1] / "constraints.txt")
        subprocess.run([uv, "venv", "-q", "--clear", "--python", sys.executable, folder], check=True)
        install = [uv, "pip", "install", "-q", "--link-mode", "hardlink", "-c", constraints, "--python", str(python)]
        subprocess.run([*install, *packages.split()], check=True)
        (folder / "ready").touch()
    return python


if __name__ == "__main__":
    main()

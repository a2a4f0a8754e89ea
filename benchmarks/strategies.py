"""Every strategy on real data: accuracy, gain over random weights, seconds.

    python -m benchmarks.strategies [--epochs 3] [--only brain_mri,sst2]

Needs `../shared`. Prints one row for each (data, strategy) and writes nothing.
"""

import argparse
import tempfile
from pathlib import Path

import injerto
from injerto.strategies.strategy import strategies

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
IMAGE_BACKBONE = SHARED / "weights" / "mobilenetv2_035.imagenet_trunk"
DATA = {
    "hymenoptera": str(IMAGE_BACKBONE),
    "brain_mri": str(IMAGE_BACKBONE),
    "tweet_sentiment/spanish": "shipped:injerto-minitext-en-es",
    "sst2": "shipped:injerto-minitext-en-es",
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=3, help="epochs of each gradient phase")
    parser.add_argument("--only", default=",".join(DATA), help="data sets, with commas")
    chosen = parser.parse_args()
    print(f"{'data':26}{'strategy':20}{'accuracy':>9}{'gain over random (95 %)':>28}{'verdict':>14}{'s':>8}")
    for name in chosen.only.split(","):
        for strategy in strategies.names():
            with tempfile.TemporaryDirectory() as folder:
                run = injerto.fit(
                    SHARED / "data" / name,
                    backbone=DATA[name],
                    strategy=strategies.get(strategy).example().written(),
                    epochs=chosen.epochs,
                    device="cpu",
                    out=Path(folder) / "model",
                )
            control = next(c for c in run.evidence.controls if c.name == "random-backbone")
            low, high = (100 * end for end in control.interval)
            print(
                f"{name:26}{strategy:20}{100 * run.evidence.accuracy.value:8.1f} %"
                f"{100 * control.gain:+11.1f} ({low:+.1f} to {high:+.1f})".rjust(28)
                + f"{run.evidence.verdict:>14}{run.outcome.seconds:8.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()

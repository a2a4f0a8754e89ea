"""Heads on frozen features: seconds on generated features, accuracy on real ones, scikit-learn beside them.

    python -m benchmarks.heads [--threads 2] [--only speed,hymenoptera] [--seeds 3] [--out heads.json]

`speed` is 10,000 examples of 512 generated features, 6, 10 and 100 classes, the penalty chosen among 17. The rest needs
`../shared`: features of a real or shipped backbone, split by each seed anew, at most `--most` training examples.
`tuned` is scikit-learn's logistic regression on standardised features, C chosen among 7 by five-fold cross-validation.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, RidgeClassifierCV
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from benchmarks.reporting import Report
from injerto.activations.reading import compute_features
from injerto.activations.store.store import ActivationStore
from injerto.backbones.loading import load_backbone
from injerto.data.reading import read_data
from injerto.data.splitting import make_splits
from injerto.strategies.heads.closed_form import LAMBDAS, fit_ridge
from injerto.strategies.heads.discriminant import fit_discriminant, fit_nearest_mean
from injerto.strategies.heads.head import FittedHead
from injerto.strategies.heads.linear_choice import fit_linear
from injerto.strategies.heads.logistic import fit_logistic
from injerto.strategies.heads.projected_fit import fit_projected

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
TRUNK = str(SHARED / "weights" / "mobilenetv2_035.imagenet_trunk")
IMAGES = ("hymenoptera", "brain_mri", "omniglot_small", "flowers128")
TEXTS = ("banking77", "sst2", "tweet_sentiment/spanish", "tweet_sentiment/english")
DATA = [(name, backbone) for name in IMAGES for backbone in (TRUNK, "injerto-mix-r10")]
DATA += [(name, "injerto-minitext-en-es") for name in TEXTS]

Fit = Callable[..., FittedHead]
FITS: dict[str, Fit] = {
    "auto": fit_linear,
    "ridge": fit_ridge,
    "discriminant": fit_discriminant,
    "nearest-mean": fit_nearest_mean,
    "logistic": fit_logistic,
    "projected": fit_projected,
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", default=",".join(["speed", *dict.fromkeys(name for name, _ in DATA)]))
    parser.add_argument("--most", type=int, default=4000)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    warnings.simplefilter("ignore", ConvergenceWarning)
    columns = ("data", "backbone", "examples", "classes", "head", "accuracy", "log_loss", "seconds", "chosen")
    report = Report("heads", columns, chosen.out)
    for name in chosen.only.split(","):
        if name == "speed":
            measure_speed(report)
            continue
        for backbone in (backbone for data, backbone in DATA if data == name):
            for seed in range(chosen.seeds):
                measure_accuracy(name, backbone, seed, chosen.most, report)


def measure_speed(report: Report) -> None:
    """Seconds on generated features."""
    for num_classes in (6, 10, 100):
        generator = torch.Generator().manual_seed(0)
        labels = torch.randint(0, num_classes, (10_000,), generator=generator)
        features = torch.randn(10_000, 512, generator=generator)
        features += 0.15 * torch.randn(num_classes, 512, generator=generator)[labels]
        for name in ("auto", "ridge", "discriminant", "nearest-mean", "projected"):
            features[0, 0] += 0.01  # Other features, of which no head before has left directions behind.
            fitted, seconds = timed(FITS[name], features, labels, num_classes=num_classes)
            report.add(
                data="generated",
                examples=10_000,
                classes=num_classes,
                head=name,
                accuracy=fitted.facts.get("loo_accuracy"),
                log_loss=fitted.facts.get("loo_log_loss", fitted.facts.get("validation_log_loss")),
                seconds=seconds,
            )
        theirs = RidgeClassifierCV(alphas=[10_000 * value for value in LAMBDAS])
        start = time.perf_counter()
        theirs.fit(features.numpy(), labels.numpy())
        report.add(
            data="generated",
            examples=10_000,
            classes=num_classes,
            head="RidgeClassifierCV",
            seconds=time.perf_counter() - start,
        )


def measure_accuracy(name: str, backbone_name: str, seed: int, most: int, report: Report) -> None:
    """Test accuracy and log-loss of every head on one split of one data set."""
    data = read_data(SHARED / "data" / name)
    splits = make_splits(data, seed=seed)
    backbone = load_backbone(backbone_name)
    # Some of all classes: files are in the order of their classes.
    some = np.random.default_rng(seed).permutation(splits.train)[:most]
    rows = {"train": np.sort(some), "test": np.concatenate([splits.tune, splits.test])[:4000]}
    items = {split: [data.examples[i].item for i in chosen] for split, chosen in rows.items()}
    x = {split: compute_features(backbone, items[split], store=ActivationStore()) for split in rows}
    y = {split: torch.from_numpy(data.targets()[chosen]) for split, chosen in rows.items()}
    shared: dict[str, object] = {
        "data": name,
        "backbone": Path(backbone_name).name,
        "examples": len(y["train"]),
        "classes": len(data.labels),
    }
    for head, fit in FITS.items():
        fitted, seconds = timed(fit, x["train"], y["train"], num_classes=len(data.labels))
        log_probability = torch.log_softmax(fitted.head(x["test"]).detach().double(), 1)
        report.add(
            **shared,
            head=head,
            **judged(log_probability, y["test"]),
            seconds=seconds,
            chosen=fitted.facts.get("solver"),
        )
    start = time.perf_counter()
    theirs = GridSearchCV(
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
        {"logisticregression__C": [10.0**power for power in range(-5, 2)]},
        scoring="neg_log_loss" if bool((torch.bincount(y["train"]) > 5).all()) else "accuracy",
    ).fit(x["train"].numpy(), y["train"].numpy())
    seconds = time.perf_counter() - start
    log_probability = torch.full((len(y["test"]), len(data.labels)), -30.0, dtype=torch.float64)
    log_probability[:, theirs.classes_] = torch.from_numpy(theirs.predict_log_proba(x["test"].numpy())).double()
    report.add(
        **shared,
        head="tuned",
        **judged(log_probability, y["test"]),
        seconds=seconds,
        chosen=str(next(iter(theirs.best_params_.values()))),
    )


def timed(fit: Fit, features: Tensor, labels: Tensor, *, num_classes: int) -> tuple[FittedHead, float]:
    """A fit and its seconds."""
    start = time.perf_counter()
    fitted = fit(features, labels, num_classes=num_classes)
    return fitted, time.perf_counter() - start


def judged(log_probability: Tensor, labels: Tensor) -> dict[str, float]:
    """Accuracy and log-loss."""
    return {
        "accuracy": float((log_probability.argmax(1) == labels).double().mean()),
        "log_loss": float(torch.nn.functional.nll_loss(log_probability, labels)),
    }


if __name__ == "__main__":
    main()

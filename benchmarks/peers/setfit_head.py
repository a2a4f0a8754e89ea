"""SetFit's second phase alone: its own head, scikit-learn's logistic regression, on a frozen body.

Its normal recipe first trains the body on pairs of texts, another job that takes many times as long.
"""

import csv
import sys

from _measured import Clock

clock = Clock()
import numpy as np  # noqa: E402
from setfit import SetFitModel, Trainer, TrainingArguments  # noqa: E402

clock.imported()
data, weights, _, _ = sys.argv[1:5]


def read(split: str) -> tuple[list[str], list[str]]:
    with open(f"{data}/{split}.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], [row["label"] for row in rows]


model = SetFitModel.from_pretrained(weights, head_params={"max_iter": 1000}, device="cpu")
trainer = Trainer(model=model, args=TrainingArguments(report_to="none", show_progress_bar=False))
trainer.train_classifier(*read("train"))
texts, labels = read("test")
clock.done(float(np.mean(np.array(model.predict(texts)) == np.array(labels))))

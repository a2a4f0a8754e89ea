"""SetFit's other head, a linear layer of PyTorch, trained for the same epochs on a frozen body.

It pads every text to the longest that the network reads, which takes most of the time; `max_length` would shorten it.
"""

import csv
import sys

from _measured import Clock

clock = Clock()
import numpy as np  # noqa: E402
from setfit import SetFitModel, Trainer, TrainingArguments  # noqa: E402

clock.imported()
data, weights, epochs, _ = sys.argv[1:5]


def read(split: str) -> tuple[list[str], list[str]]:
    with open(f"{data}/{split}.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], [row["label"] for row in rows]


texts, labels = read("train")
names = sorted(set(labels))
model = SetFitModel.from_pretrained(
    weights, use_differentiable_head=True, head_params={"out_features": len(names)}, labels=names, device="cpu"
)
arguments = TrainingArguments(batch_size=32, num_epochs=int(epochs), report_to="none", show_progress_bar=False)
trainer = Trainer(model=model, args=arguments)
trainer.train_classifier(texts, [names.index(label) for label in labels])
texts, labels = read("test")
clock.done(float(np.mean(np.array(model.predict(texts)) == np.array(labels))))

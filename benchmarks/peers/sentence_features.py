"""sentence-transformers' `encode` as its documentation shows it, then scikit-learn's logistic regression."""

import csv
import sys

from _measured import Clock

clock = Clock()
from sentence_transformers import SentenceTransformer  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402

clock.imported()
data, weights, _, _ = sys.argv[1:5]


def read(split: str) -> tuple[list[str], list[str]]:
    with open(f"{data}/{split}.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], [row["label"] for row in rows]


# A folder without modules.json is a network whose tokens are averaged.
model = SentenceTransformer(weights, device="cpu")
texts, labels = read("train")
head = LogisticRegression(max_iter=1000).fit(model.encode(texts), labels)
texts, labels = read("test")
clock.done(float(head.score(model.encode(texts), labels)))

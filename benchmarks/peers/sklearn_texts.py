"""transformers features by a plain loop, the mean of the tokens, then scikit-learn's logistic regression."""

import csv
import sys

from _measured import Clock

clock = Clock()
import torch  # noqa: E402
import transformers.models.bert.modeling_bert  # noqa: E402, F401 - AutoModel would import it while the clock runs
from sklearn.linear_model import LogisticRegression  # noqa: E402
from transformers import AutoModel, AutoTokenizer  # noqa: E402

clock.imported()
data, weights, _, _ = sys.argv[1:5]
tokenizer = AutoTokenizer.from_pretrained(weights)
model = AutoModel.from_pretrained(weights).eval()


def read(split: str) -> tuple[list[str], list[str]]:
    with open(f"{data}/{split}.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], [row["label"] for row in rows]


@torch.no_grad()
def features(texts: list[str]) -> torch.Tensor:
    found = []
    for start in range(0, len(texts), 32):
        inputs = tokenizer(texts[start : start + 32], padding=True, truncation=True, return_tensors="pt")
        mask = inputs["attention_mask"].unsqueeze(-1)
        found.append((model(**inputs).last_hidden_state * mask).sum(1) / mask.sum(1))
    return torch.cat(found)


texts, labels = read("train")
head = LogisticRegression(max_iter=1000).fit(features(texts).numpy(), labels)
texts, labels = read("test")
clock.done(float(head.score(features(texts).numpy(), labels)))

"""Hugging Face Trainer as the text classification guide does it, the base model frozen."""

import sys

from _measured import Clock

clock = Clock()
import numpy as np  # noqa: E402
import transformers.models.bert.modeling_bert  # noqa: E402, F401 - AutoModel would import it while the clock runs
from datasets import load_dataset  # noqa: E402
from transformers import (  # noqa: E402
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
)

clock.imported()
data, weights, epochs, _ = sys.argv[1:5]
tables = load_dataset("csv", data_files={split: f"{data}/{split}.csv" for split in ("train", "test")})
tables = tables.class_encode_column("label")
tokenizer = AutoTokenizer.from_pretrained(weights)
tables = tables.map(lambda rows: tokenizer(rows["text"], truncation=True), batched=True)
names = tables["train"].features["label"].names
model = AutoModelForSequenceClassification.from_pretrained(weights, num_labels=len(names))
model.base_model.requires_grad_(False)
arguments = TrainingArguments(
    output_dir="hf-output",
    num_train_epochs=int(epochs),
    per_device_train_batch_size=32,
    per_device_eval_batch_size=32,
    learning_rate=1e-3,
    eval_strategy="epoch",
    save_strategy="no",
    report_to=[],
    use_cpu=True,
    disable_tqdm=True,
)
trainer = Trainer(
    model=model,
    args=arguments,
    train_dataset=tables["train"],
    eval_dataset=tables["test"],
    processing_class=tokenizer,
    data_collator=DataCollatorWithPadding(tokenizer),
    compute_metrics=lambda found: {"accuracy": float(np.mean(found.predictions.argmax(1) == found.label_ids))},
)
trainer.train()
clock.done(next(row["eval_accuracy"] for row in reversed(trainer.state.log_history) if "eval_accuracy" in row))

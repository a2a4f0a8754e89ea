"""Hugging Face Trainer on a timm network with its backbone frozen, as the image classification guide does it."""

import os
import sys

from _measured import Clock

clock = Clock()
import timm  # noqa: E402
import torch  # noqa: E402
from torchvision.datasets import ImageFolder  # noqa: E402
from transformers import Trainer, TrainingArguments  # noqa: E402

data, weights, epochs, _, device = sys.argv[1:6]
clock.imported(device)


class Classifier(torch.nn.Module):
    """A frozen backbone and a linear head, with the loss that Trainer asks for."""

    def __init__(self, num_labels: int) -> None:
        super().__init__()
        self.backbone = timm.create_model(f"local-dir:{weights}", pretrained=True, num_classes=0)
        self.backbone.requires_grad_(False)
        self.head = torch.nn.Linear(self.backbone.head_hidden_size, num_labels)

    def forward(self, pixel_values: torch.Tensor, labels: torch.Tensor | None = None) -> dict[str, torch.Tensor]:
        self.backbone.eval()
        logits = self.head(self.backbone(pixel_values))
        found = {"logits": logits}
        if labels is not None:
            found = {"loss": torch.nn.functional.cross_entropy(logits, labels), **found}
        return found


config = timm.data.resolve_model_data_config(timm.create_model(f"local-dir:{weights}", num_classes=0))
transform = timm.data.create_transform(**config, is_training=False)
train, test = (ImageFolder(f"{data}/{split}", transform) for split in ("train", "test"))
arguments = TrainingArguments(
    output_dir="hf-output",
    num_train_epochs=int(epochs),
    per_device_train_batch_size=32,
    per_device_eval_batch_size=32,
    learning_rate=1e-3,
    eval_strategy="epoch",
    save_strategy="no",
    report_to=[],
    use_cpu=device == "cpu",
    dataloader_num_workers=0 if device == "cpu" else len(os.sched_getaffinity(0)),
    disable_tqdm=True,
)
trainer = Trainer(
    model=Classifier(len(train.classes)),
    args=arguments,
    train_dataset=train,
    eval_dataset=test,
    data_collator=lambda rows: {
        "pixel_values": torch.stack([row[0] for row in rows]),
        "labels": torch.tensor([row[1] for row in rows]),
    },
    compute_metrics=lambda found: {"accuracy": float((found.predictions.argmax(1) == found.label_ids).mean())},
)
trainer.train()
clock.done(float(trainer.evaluate()["eval_accuracy"]))

"""timm features by a plain loop over a DataLoader, then scikit-learn's logistic regression."""

import os
import sys

from _measured import Clock

clock = Clock()
import timm  # noqa: E402
import torch  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from torch.utils.data import DataLoader  # noqa: E402
from torchvision.datasets import ImageFolder  # noqa: E402

data, weights, _, _, device = sys.argv[1:6]
clock.imported(device)
model = timm.create_model(f"local-dir:{weights}", pretrained=True, num_classes=0).eval().to(device)
# On a GPU whoever writes this loop reads in processes, one for each core; on one core that only costs.
WORKERS = {"cpu": 0, "cuda": len(os.sched_getaffinity(0))}
transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model), is_training=False)


@torch.no_grad()
def features(split: str) -> tuple[torch.Tensor, torch.Tensor]:
    loader = DataLoader(ImageFolder(f"{data}/{split}", transform), batch_size=32, num_workers=WORKERS[device])
    pairs = [(model(images.to(device)).cpu(), labels) for images, labels in loader]
    return torch.cat([pair[0] for pair in pairs]), torch.cat([pair[1] for pair in pairs])


x, y = features("train")
head = LogisticRegression(max_iter=1000).fit(x.numpy(), y.numpy())
x, y = features("test")
clock.done(float(head.score(x.numpy(), y.numpy())))

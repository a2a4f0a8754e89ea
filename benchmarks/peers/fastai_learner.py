"""fastai's vision_learner: its body frozen, the head trained for the same epochs, 224 pixels, no augmentation."""

import sys

from _measured import Clock

clock = Clock()
import timm  # noqa: E402
import torch  # noqa: E402
from fastai.vision.all import ImageDataLoaders, Resize, accuracy, vision_learner  # noqa: E402

clock.imported()
data, weights, epochs, _ = sys.argv[1:5]
loaders = ImageDataLoaders.from_folder(
    data, train="train", valid="test", item_tfms=Resize(224), bs=32, num_workers=0, device=torch.device("cpu")
)
architecture = timm.create_model(f"local-dir:{weights}", num_classes=0).default_cfg["architecture"]
learner = vision_learner(loaders, architecture, metrics=accuracy, pretrained=False)
learner.freeze()
with learner.no_bar(), learner.no_logging():
    learner.fit_one_cycle(int(epochs))
    found = learner.validate()
clock.done(float(found[1]))

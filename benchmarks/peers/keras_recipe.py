"""Keras 3 on the torch backend: the transfer learning guide's recipe, base frozen, a dense head, Adam.

Its MobileNetV3-large has random weights here, since no network is reached: seconds are compared, not accuracy.
"""

import os
import sys

from _measured import Clock

clock = Clock()
os.environ["KERAS_BACKEND"] = "torch"
import keras  # noqa: E402
import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402

clock.imported()
data, _, epochs, _ = sys.argv[1:5]


class Pictures(keras.utils.PyDataset):
    """A folder of class folders, 224 pixels, 32 a batch."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self.labels = sorted(os.listdir(folder))
        self.files = [
            (f"{folder}/{label}/{name}", number)
            for number, label in enumerate(self.labels)
            for name in sorted(os.listdir(f"{folder}/{label}"))
        ]

    def __len__(self) -> int:
        return -(-len(self.files) // 32)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        rows = self.files[index * 32 : (index + 1) * 32]
        images = [np.asarray(Image.open(path).convert("RGB").resize((224, 224)), "float32") for path, _ in rows]
        return np.stack(images), np.array([label for _, label in rows])


train, test = Pictures(f"{data}/train"), Pictures(f"{data}/test")
base = keras.applications.MobileNetV3Large(weights=None, include_top=False, pooling="avg", input_shape=(224, 224, 3))
base.trainable = False
inputs = keras.Input((224, 224, 3))
model = keras.Model(inputs, keras.layers.Dense(len(train.labels))(base(inputs, training=False)))
model.compile(
    optimizer=keras.optimizers.Adam(),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history = model.fit(train, epochs=int(epochs), validation_data=test, verbose=0)
clock.done(float(history.history["val_accuracy"][-1]))

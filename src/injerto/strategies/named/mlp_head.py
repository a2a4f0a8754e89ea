"""Feature extraction with the classic head of two dense layers."""

from typing import ClassVar, Final, Literal, final

from pydantic import Field

from injerto.core.plan import Phase
from injerto.strategies.recipes import choose_batch_size, choose_epochs, choose_kept, stored_views
from injerto.strategies.strategy import AbstractStrategy, Setting, strategies

_WIDTH: Final = 1024
_RECURRENT_WIDTH: Final = 64
_RECURRENT_DROPOUT: Final = 0.3


@strategies.register
@final
class MlpHead(AbstractStrategy):
    """Everything frozen; Dense(1024, relu) and Dense(classes) learn by gradient descent.

    With `pool=flatten` it is the textbook's head for VGG-16, Flatten -> Dense(1024) -> Dense(n), which has 25.7
    million parameters for ten classes; the default pools first and has 0.5 million. For transcripts the hidden
    layer is a recurrent one of 64 units in each direction: a frame by itself does not say where in a word it is.
    """

    summary: ClassVar[str] = "frozen backbone + Dense(1024, relu) + Dense(n); pool=flatten for the textbook's form"
    source: ClassVar[str] = "Chollet 2016, Building powerful image classification models using very little data"
    heads: ClassVar[tuple[str, ...]] = ("mlp",)

    head: Literal["linear", "mlp", "ladder"] = "mlp"
    width: int | None = Field(
        None, ge=1, le=65536, description="units of the hidden layer; 1024, and 64 in each direction for transcripts"
    )
    dropout: float | None = Field(
        None, ge=0, lt=1, description="share of hidden units dropped in training; 0, and 0.3 for transcripts"
    )
    views: int = Field(0, ge=0, le=64, description="stored random crops of each picture, seen in turn; 0 for none")
    optimizer: Literal["adamw", "adam", "sgd"] = "adam"
    learning_rate: float = Field(1e-3, gt=0, le=10, description="peak rate; 0.001 is Keras' default for Adam")

    def phases(self, setting: Setting) -> tuple[Phase, ...]:
        return (
            Phase(
                name="head",
                epochs=choose_epochs(setting, longest=60),
                keep=choose_kept(setting),
                learning_rate=self.learning_rate,
                optimizer=self.optimizer,
                weight_decay=0.0 if self.optimizer == "adam" else 1e-4,
                batch_size=choose_batch_size(setting),
                **stored_views(setting, self.views),
            ),
        )

    def head_options(self) -> dict[str, float | int | str | bool]:
        return {"width": self.width or _WIDTH, "dropout": self.dropout or 0.0}

    def letter_options(self) -> dict[str, float | int | str | bool]:
        return {
            "recurrent": self.width or _RECURRENT_WIDTH,
            "dropout": _RECURRENT_DROPOUT if self.dropout is None else self.dropout,
        }

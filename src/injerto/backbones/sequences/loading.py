"""`load_sequence_backbone`: a spec becomes a network that writes texts."""

from injerto.backbones.loading import load_backbone
from injerto.backbones.sequences.sequence_backbone import AbstractSequenceBackbone
from injerto.core.errors import ModelError
from injerto.core.sequences import NetworkKind


def load_sequence_backbone(
    spec: str,
    *,
    kind: NetworkKind,
    revision: str | None = None,
    pretrained: bool = True,
    seed: int = 0,
) -> AbstractSequenceBackbone:
    """Load a pretrained network with its output layer; see `load_backbone` for the arguments and errors.

    Raises `ModelError` also where the network is of another kind than the task needs.
    """
    made = load_backbone(spec, revision=revision, pretrained=pretrained, seed=seed, purpose=kind)
    if not isinstance(made, AbstractSequenceBackbone):
        raise ModelError(f"language-no-{kind}", where=spec, architecture=made.card.architecture)
    return made

"""Settings and weights of a transformers folder, read by us and checked: any kind of network, no code of the folder."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import torch
from huggingface_hub.errors import StrictDataclassError
from torch import Tensor

from injerto.backbones.lean_imports import without_triton

with without_triton():  # Here first: transformers imports torchvision with its first network.
    import torchvision  # noqa: F401
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from injerto.backbones.model_folder import ModelFolder
from injerto.backbones.near_names import nearest
from injerto.backbones.weights_file import check_names
from injerto.core.errors import ModelError

# Settings that ask for another library, or another arithmetic, than the plain network.
_UNFIT_SETTINGS: Final = ("quantization_config", "fusion_config", "distributed_config")
_UNFIT_ERRORS: Final = (
    StrictDataclassError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


@contextmanager
def unfit(spec: str) -> Iterator[None]:
    """Settings come from a file, and transformers checks them with all these errors: a fault of the model."""
    try:
        yield
    except _UNFIT_ERRORS as error:
        raise ModelError("architecture-unfit", where=spec, why=error) from error


def read_config(folder: ModelFolder, *, spec: str) -> Any:
    """The configuration of a folder; raises `ModelError` for an architecture that transformers has not."""
    values = folder.read_json("config.json")
    model_type = values.get("model_type")
    if model_type not in CONFIG_MAPPING:
        near = nearest(str(model_type), list(CONFIG_MAPPING.keys()))
        raise ModelError("architecture-unknown", where=spec, name=model_type, library="transformers", near=near)
    if asked := [key for key in _UNFIT_SETTINGS if values.get(key) is not None]:
        raise ModelError("architecture-unfit", where=spec, why=f"its config.json has {', '.join(asked)}")
    with unfit(spec):
        return CONFIG_MAPPING[model_type].from_dict(values)


def load_network(
    network_class: Any,
    config: Any,
    weights: Mapping[str, Tensor],
    *,
    spec: str,
    lacking: Callable[[Any, list[str]], list[str]],
) -> Any:
    """A network with these weights; raises `ModelError` with the first tensors that do not fit.

    Args:
        lacking: of the network and the names that were not found, those that it cannot do without.
    """
    # Without a name transformers reads no file and asks no hub; mismatches are reported instead of raised.
    with unfit(spec):
        network, report = network_class.from_pretrained(
            None,
            config=config,
            state_dict=weights,
            dtype=torch.float32,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
        )
    trunk = {name for name, _ in network.named_children()} | {network.base_model_prefix}
    check_names(
        spec,
        missing=lacking(network, list(report["missing_keys"])),
        misshapen=[name for name, *_ in report["mismatched_keys"]],
        # What lies beside the trunk is a head; what lies inside it and has no place is not this architecture.
        unknown=[name for name in report["unexpected_keys"] if name.partition(".")[0] in trunk],
    )
    if report["error_msgs"]:
        raise ModelError("architecture-unfit", where=spec, why="; ".join(report["error_msgs"]))
    return network

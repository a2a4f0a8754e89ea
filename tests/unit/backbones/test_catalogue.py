import subprocess
import sys

import pytest
import timm

from injerto.backbones.catalogue import find_card, list_cards
from injerto.backbones.loading import load_backbone
from injerto.core.errors import UsageError
from injerto.core.survey import Modality


def test_names_and_specs_are_unique() -> None:
    cards = list_cards()
    assert len({card.name for card in cards}) == len({card.spec for card in cards}) == len(cards)


def test_both_modalities_and_a_model_without_commercial_use_are_listed() -> None:
    cards = list_cards()
    assert {card.modality for card in cards} == set(Modality)
    assert any(card.commercial_use is False for card in cards)


def test_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"U301.*Did you mean 'resnet18'"):
        find_card("resnet81")


@pytest.mark.parametrize("card", [c for c in list_cards() if c.spec.startswith("timm:")], ids=lambda card: card.name)
def test_timm_entries_say_what_timm_says(card) -> None:
    known = timm.models.get_pretrained_cfg(card.spec.removeprefix("timm:"))
    assert known is not None
    assert card.license == known.license
    assert card.input == f"{known.input_size[-1]} px RGB"
    assert card.architecture == card.spec.removeprefix("timm:").partition(".")[0]


@pytest.mark.parametrize("name", ["vgg16", "resnet18", "mobilenetv3-small"])
def test_parameter_counts_are_those_of_the_network(name: str) -> None:
    assert find_card(name).num_parameters == load_backbone(name, pretrained=False).card.num_parameters


def test_listing_imports_no_heavy_library() -> None:
    code = (
        "import sys; from injerto.backbones.catalogue import list_cards; list_cards();"
        "print(sorted({'torch', 'timm', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

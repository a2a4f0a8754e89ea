import pytest

from injerto.backbones.catalogue import find_card
from injerto.backbones.licences import allows_commercial_use, licence_warning


@pytest.mark.parametrize(
    ("license_id", "allowed"),
    [
        ("apache-2.0", True),
        ("BSD-3-Clause", True),
        ("cc-by-nc-4.0", False),
        ("cc-by-nc-sa-4.0", False),
        ("fair-noncommercial-research-license", False),
        ("dinov3-license", None),
        (None, None),
    ],
)
def test_what_a_licence_allows(license_id: str | None, allowed: bool | None) -> None:
    assert allows_commercial_use(license_id) is allowed


def test_only_a_forbidding_licence_warns() -> None:
    assert licence_warning(find_card("resnet18")) is None
    warning = licence_warning(find_card("resnet18-swsl"))
    assert warning is not None
    assert "cc-by-nc-4.0" in warning

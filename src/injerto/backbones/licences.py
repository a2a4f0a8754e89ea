"""What a licence says of commercial use; a flag to act on, not legal advice."""

import re
from typing import Final

from injerto.backbones.model_folder import ModelFolder
from injerto.core.messages import say
from injerto.core.provenance import BackboneCard

_PERMISSIVE: Final = frozenset(
    {"apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "cc-by-4.0", "cc0-1.0", "unlicense"}
)
_NON_COMMERCIAL: Final = ("-nc-", "-nc", "noncommercial", "non-commercial", "apple-amlr", "cvnets", "seer-license")
_FRONT_MATTER: Final = re.compile(r"\A---\s*\n(.*?)\n---\s*(?:\n|\Z)", re.DOTALL)
_SAID: Final = re.compile(r"^(license|license_name):[ \t]*['\"]?([\w.+-]{1,80})", re.MULTILINE)
_READ: Final = 1 << 16
"""Bytes of a README.md in which the description at its top must end."""


def licence_of(folder: ModelFolder) -> str | None:
    """The licence that the description at the top of README.md names, as on the hub; None where it names none."""
    if not folder.holds("README.md"):
        return None
    with folder.file("README.md").open("rb") as file:
        text = file.read(_READ).decode("utf-8", errors="replace").replace("\r\n", "\n")
    matter = _FRONT_MATTER.match(text)
    said = dict(_SAID.findall(matter[1])) if matter else {}
    license_id: str | None = said.get("license")
    return said.get("license_name", license_id) if license_id == "other" else license_id


def allows_commercial_use(license_id: str | None) -> bool | None:
    """False where the licence forbids it, True where it is known to allow it, None where that is not known.

    >>> allows_commercial_use("cc-by-nc-4.0"), allows_commercial_use("mit"), allows_commercial_use("other")
    (False, True, None)
    """
    if license_id is None:
        return None
    name = license_id.lower()
    if name in _PERMISSIVE:
        return True
    return False if any(part in name for part in _NON_COMMERCIAL) else None


def licence_warning(card: BackboneCard) -> str | None:
    """One sentence for a backbone whose licence forbids commercial use, None for any other."""
    if card.commercial_use is not False:
        return None
    return say("backbones.non-commercial", name=card.name, license=card.license or "unknown")

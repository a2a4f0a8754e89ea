"""What a licence says of commercial use; a flag to act on, not legal advice."""

from typing import Final

from injerto.core.messages import say
from injerto.core.provenance import BackboneCard

_PERMISSIVE: Final = frozenset(
    {"apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "cc-by-4.0", "cc0-1.0", "unlicense"}
)
_NON_COMMERCIAL: Final = ("-nc-", "-nc", "noncommercial", "non-commercial", "apple-amlr", "cvnets", "seer-license")


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

"""What a licence says of commercial use; a flag to act on, not legal advice."""

import re
from enum import StrEnum
from typing import Final

from injerto.backbones.model_folder import ModelFolder
from injerto.core.licence import LicenceOfResult, LicenceState
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


class _Term(StrEnum):
    """What a licence asks for, by its name alone."""

    ATTRIBUTION = "attribution"
    SHARE_ALIKE = "share-alike"
    NON_COMMERCIAL = "non-commercial"
    NO_DERIVATIVES = "no-derivatives"


_SHARE_ALIKE: Final = ("gpl", "-sa-", "-sa", "odbl", "cdla-sharing", "eupl", "mpl-")
_OPEN_WAYS: Final = frozenset({("cc-by-sa-4.0", "gpl-3.0"), ("cc-by-sa-4.0", "gpl-3.0-only")})
"""From the first to the second is allowed by the first's own words (creativecommons.org/compatiblelicenses)."""


def read_terms(license_id: str) -> frozenset[str] | None:
    """What a licence asks for; None where its name does not tell.

    >>> [str(term) for term in sorted(read_terms("cc-by-nc-sa-4.0"))], read_terms("other")
    (['attribution', 'non-commercial', 'share-alike'], None)
    """
    name = license_id.lower()
    terms: set[str] = set()
    if any(part in name for part in _NON_COMMERCIAL):
        terms.add(_Term.NON_COMMERCIAL)
    if "-nd-" in f"{name}-":
        terms.add(_Term.NO_DERIVATIVES)
    if any(part in name for part in _SHARE_ALIKE):
        terms.add(_Term.SHARE_ALIKE)
    if name.startswith("cc-by") or name in _PERMISSIVE - {"cc0-1.0", "unlicense"}:
        terms.add(_Term.ATTRIBUTION)
    return frozenset(terms) if terms or name in _PERMISSIVE else None


def combine_licences(base: str | None, data: str | None) -> LicenceOfResult:
    """What may be done with a network that was trained from `base` on `data`.

    Whether data bind the weights learnt from them is disputed; the stricter reading is taken, and said. By the words of
    the licences: nothing may be made of what allows no derivatives; two that each want the result under their own
    licence clash, and so does one of them with a limit that it forbids to add.
    """
    known = {name: read_terms(name) for name in (base, data) if name is not None}
    terms = frozenset[str]().union(*(found for found in known.values() if found is not None))
    unclear = base is None or any(found is None for found in known.values())
    clash = _find_clash(base, data, known)
    commercial = None if unclear and _Term.NON_COMMERCIAL not in terms else _Term.NON_COMMERCIAL not in terms
    names = {"base": base or say("card.unknown"), "data": data or say("card.unknown")}
    duties = tuple(say(f"licence.duty-{term}") for term in _Term if term in terms)
    if clash is not None:
        state, result, sentence = LicenceState.CLASH, None, say(f"licence.clash-{clash}", **names)
    elif unclear:
        state, result, sentence = LicenceState.UNKNOWN, None, say("licence.unclear", **names)
    else:
        given = [name for name in (base, data) if name is not None]
        # The first of two that go one way alone ends under the second.
        ends = {way[1] for way in _OPEN_WAYS} & {name.lower() for name in given} if len(given) == 2 else set()
        strictest = max(given, key=lambda name: (name.lower() in ends, *_strictness(known[name])))
        limited = _Term.NON_COMMERCIAL in terms or _Term.SHARE_ALIKE in terms
        state = LicenceState.RESTRICTED if limited else LicenceState.FINE
        result = strictest
        key = "without-data" if data is None else "limited" if limited else "free"
        sentence = say(f"licence.{key}", result=strictest, **names)
    return LicenceOfResult(
        base=base, data=data, result=result, commercial_use=commercial, state=state, duties=duties, sentence=sentence
    )


def _find_clash(base: str | None, data: str | None, known: dict[str, frozenset[str] | None]) -> str | None:
    """Which rule two licences break; None where they break none."""
    found = {name: terms or frozenset() for name, terms in known.items()}
    if any(_Term.NO_DERIVATIVES in terms for terms in found.values()):
        return "derivatives"
    if base is None or data is None or base.lower() == data.lower():
        return None
    both = (base.lower(), data.lower())
    shared = [name for name in (base, data) if _Term.SHARE_ALIKE in found[name]]
    if len(shared) == 2 and not {both, both[::-1]} & _OPEN_WAYS:
        return "share-alike"
    if len(shared) == 1:
        other = data if shared[0] == base else base
        if _Term.NON_COMMERCIAL in found[other] and _Term.NON_COMMERCIAL not in found[shared[0]]:
            return "limits"
    return None


def _strictness(terms: frozenset[str] | None) -> tuple[bool, bool, bool]:
    asked = terms or frozenset()
    return _Term.NON_COMMERCIAL in asked, _Term.SHARE_ALIKE in asked, _Term.ATTRIBUTION in asked

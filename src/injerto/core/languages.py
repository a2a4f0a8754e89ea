"""Languages by name and code: ISO 639-1, and the codes that NLLB and mBART made of them."""

from typing import Final

_LANGUAGES: Final = {
    "ar": ("Arabic", "arb_Arab"),
    "bg": ("Bulgarian", "bul_Cyrl"),
    "ca": ("Catalan", "cat_Latn"),
    "cs": ("Czech", "ces_Latn"),
    "da": ("Danish", "dan_Latn"),
    "de": ("German", "deu_Latn"),
    "el": ("Greek", "ell_Grek"),
    "en": ("English", "eng_Latn"),
    "es": ("Spanish", "spa_Latn"),
    "et": ("Estonian", "est_Latn"),
    "eu": ("Basque", "eus_Latn"),
    "fa": ("Persian", "pes_Arab"),
    "fi": ("Finnish", "fin_Latn"),
    "fr": ("French", "fra_Latn"),
    "gl": ("Galician", "glg_Latn"),
    "he": ("Hebrew", "heb_Hebr"),
    "hi": ("Hindi", "hin_Deva"),
    "hr": ("Croatian", "hrv_Latn"),
    "hu": ("Hungarian", "hun_Latn"),
    "id": ("Indonesian", "ind_Latn"),
    "it": ("Italian", "ita_Latn"),
    "ja": ("Japanese", "jpn_Jpan"),
    "ko": ("Korean", "kor_Hang"),
    "lt": ("Lithuanian", "lit_Latn"),
    "lv": ("Latvian", "lvs_Latn"),
    "nl": ("Dutch", "nld_Latn"),
    "no": ("Norwegian", "nob_Latn"),
    "pl": ("Polish", "pol_Latn"),
    "pt": ("Portuguese", "por_Latn"),
    "ro": ("Romanian", "ron_Latn"),
    "ru": ("Russian", "rus_Cyrl"),
    "sk": ("Slovak", "slk_Latn"),
    "sl": ("Slovenian", "slv_Latn"),
    "sv": ("Swedish", "swe_Latn"),
    "th": ("Thai", "tha_Thai"),
    "tr": ("Turkish", "tur_Latn"),
    "uk": ("Ukrainian", "ukr_Cyrl"),
    "vi": ("Vietnamese", "vie_Latn"),
    "zh": ("Chinese", "zho_Hans"),
}
_NAMES: Final = {
    spelling.lower(): code for code, (name, long) in _LANGUAGES.items() for spelling in (code, name, long, long[:3])
} | {"español": "es", "spa": "es", "castellano": "es", "ger": "de", "fre": "fr", "inglés": "en"}


def language_code(name: str) -> str | None:
    """The two letters of a language called by its code or English name; None for what is none.

    >>> language_code("English"), language_code("spa_Latn"), language_code("es_XX"), language_code("text")
    ('en', 'es', 'es', None)
    """
    plain = name.strip().lower()
    if plain in _NAMES:
        return _NAMES[plain]
    stem = plain.replace("-", "_").partition("_")[0]
    return _NAMES.get(stem) if "_" in plain.replace("-", "_") and len(stem) <= 3 else None


def language_name(code: str) -> str | None:
    """The English name of a language, which T5 reads in its prefix; None where it is not known."""
    return _LANGUAGES.get(language_code(code) or "", (None, None))[0]


def long_code(code: str) -> str | None:
    """The code that NLLB uses, such as `spa_Latn`; None where it is not known."""
    return _LANGUAGES.get(language_code(code) or "", (None, None))[1]

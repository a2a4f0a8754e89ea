"""Which token, or which words, tell a translation network its languages."""

from typing import Any, Final

from injerto.backbones.near_names import nearest
from injerto.core.errors import UsageError
from injerto.core.languages import language_code, language_name, long_code
from injerto.core.sequences import SequenceOptions

_READS_PREFIX: Final = ("t5", "umt5", "longt5", "switch_transformers")


def find_language(tokenizer: Any, language: str | None, *, backbone: str, side: str) -> str | None:
    """The language as the tokenizer calls it (`eng_Latn`, `en_XX`, `en`); None where the tokenizer has no codes.

    Raises `UsageError` where it has codes and none was named, or none fits.
    """
    codes = known_languages(tokenizer)
    if not codes:
        return None
    if language is None:
        raise UsageError("language-missing", backbone=backbone, side=side)
    # A long code with a slip in its script must not become another script of the same language.
    is_plain = "_" not in language or long_code(language) == language
    two = language_code(language) if is_plain else None
    for name in (language, long_code(language) if is_plain else None, two):
        if name in codes:
            return name
    fitting = [code for code in codes if two is not None and language_code(code) == two]
    if len(fitting) == 1:
        return fitting[0]
    raise UsageError("language-unknown", language=language, backbone=backbone, near=nearest(language, codes))


def known_languages(tokenizer: Any) -> list[str]:
    """Codes of languages that a tokenizer can be set to; empty where it serves one pair of languages."""
    if not hasattr(tokenizer, "src_lang"):
        return []
    by_code = getattr(tokenizer, "lang_code_to_id", None) or getattr(tokenizer, "lang_code_to_token", None)
    if by_code:
        return [str(code) for code in by_code]
    special = [str(token) for token in tokenizer.get_added_vocab()]
    return [token for token in special if language_code(token) is not None or _is_long_code(token)]


def find_prefix(config: Any, tokenizer: Any, options: SequenceOptions, *, backbone: str) -> str:
    """What stands before every source: T5's instruction, Marian's `>>es<<` where it knows several targets.

    Raises `UsageError` where the network needs to be told the target language and no language of it was named.
    """
    targets = getattr(tokenizer, "supported_language_codes", None)
    if targets:
        return _marian_target(targets, options.target_language, backbone=backbone)
    if config.model_type not in _READS_PREFIX:
        return ""
    if options.source_language is None or options.target_language is None:
        raise UsageError("language-missing", backbone=backbone, side="source and target")
    names = [language_name(code) or code for code in (options.source_language, options.target_language)]
    return f"translate {names[0]} to {names[1]}: "


def _marian_target(targets: list[str], language: str | None, *, backbone: str) -> str:
    plain = [target.strip("><") for target in targets]
    if language is None:
        raise UsageError("language-missing", backbone=backbone, side="target")
    for name in plain:
        if name == language or (language_code(name) is not None and language_code(name) == language_code(language)):
            return f">>{name}<< "
    raise UsageError("language-unknown", language=language, backbone=backbone, near=nearest(language, plain))


def _is_long_code(token: str) -> bool:
    head, mark, tail = token.partition("_")
    return bool(mark) and 2 <= len(head) <= 3 and len(tail) in (2, 4) and tail[:1].isupper()

"""Casing, and a tokenizer that does not know the language, by the words that it cannot spell."""

from collections.abc import Sequence
from typing import Any, Final

from injerto.core.input_finding import InputFinding
from injerto.core.messages import say
from injerto.core.provenance import TextContract
from injerto.data.items import Text
from injerto.planning.input_guard.checks import CHECKS, Question

_LONGEST: Final = 4000
_FEWER: Final = 0.02
"""Share of all tokens that lower-casing has to make known before casing is doubted."""
_MOST: Final = 0.3
"""Share of unknown tokens above which little of a text reaches the network."""


@CHECKS.register
def check_vocabulary(question: Question) -> InputFinding | None:
    """Silent for tokenizers that spell everything by bytes."""
    contract = question.backbone.contract
    if not isinstance(contract, TextContract):
        return None
    tokenizer: Any = question.backbone.tokenizer
    if tokenizer.unk_token_id is None:
        return None
    texts = [item.read()[:_LONGEST] for item in question.items if isinstance(item, Text)]
    unknown = _unknown_share(texts, tokenizer)
    lower = unknown if contract.lowercase else _unknown_share([text.lower() for text in texts], tokenizer)
    measured = {"unknown": unknown, "unknown_lower_cased": lower}
    values = {"unknown": f"{100 * unknown:.0f}", "lower": f"{100 * lower:.0f}", "name": question.backbone.card.name}
    if unknown - lower > _FEWER and lower < 0.7 * unknown:
        return InputFinding(name="casing", measured=measured, sentence=say("guard.checkpoint-casing", **values))
    if lower > _MOST:
        sentence = say("guard.checkpoint-vocabulary", **values)
        return InputFinding(name="wrong-tokenizer", measured=measured, sentence=sentence)
    return None


def _unknown_share(texts: Sequence[str], tokenizer: Any) -> float:
    rows = tokenizer(list(texts), add_special_tokens=False, truncation=False, verbose=False)["input_ids"]
    total = sum(map(len, rows))
    return sum(row.count(tokenizer.unk_token_id) for row in rows) / total if total else 0.0

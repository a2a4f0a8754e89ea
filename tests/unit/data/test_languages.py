"""Languages are told by words that have no topic, and unsure is said."""

import csv
from pathlib import Path

import pytest

from injerto.data.languages import UNDETERMINED, count_languages, frequent_languages, tell_language

TWEETS = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "tweet_sentiment"

SENTENCES = {
    "ca": "Aquesta és la casa que els meus pares van comprar, però no hi viu ningú.",
    "cs": "To je dům, který jsem koupil, ale nikdo v něm není, protože se mi tam nelíbí.",
    "da/nb": "Det er ikke det hus, som jeg ville have, men vi var der med dem efter festen.",
    "de": "Das ist das Haus, das ich nicht kaufen wollte, weil es zu klein für uns war.",
    "en": "This is the house that I did not want to buy, because it was too small for us.",
    "es": "Esta es la casa que no quería comprar, porque era muy pequeña para nosotros.",
    "fi": "Se on talo, jota en halunnut, mutta hän on siellä ja minä olen täällä nyt.",
    "fr": "C'est la maison que je ne voulais pas acheter, elle était trop petite pour nous.",
    "hu": "Ez az a ház, amit nem akartam, de most már csak egy van, és meg kell venni.",
    "id": "Ini adalah rumah yang tidak ingin saya beli, karena itu dengan kami sudah ada.",
    "it": "Questa è la casa che non volevo comprare, perché era troppo piccola per noi.",
    "nl": "Dit is het huis dat ik niet wilde kopen, want het was te klein voor ons.",
    "pl": "To jest dom, którego nie chciałem kupić, bo był za mały i nie ma w nim już nic.",
    "pt": "Esta é a casa que eu não queria comprar, porque era muito pequena para nós.",
    "ro": "Aceasta este casa pe care nu am vrut să o cumpăr, pentru că era prea mică.",
    "sv": "Det är huset som jag inte ville köpa, för att det var för litet och vi hade ett.",
    "tr": "Bu ev çok küçük olduğu için almak değil, daha sonra bir ev bulmak var.",
    "vi": "Đây là ngôi nhà mà tôi không muốn mua và nó cũng rất nhỏ cho những người này.",
    "ko": "이것은 내가 사고 싶지 않았던 집이다",
    "ja": "これは私が買いたくなかった家です",
    "zh/ja": "这是我不想买的房子",
    "el": "Αυτό είναι το σπίτι που δεν ήθελα",
}


@pytest.mark.parametrize("code", SENTENCES)
def test_a_sentence_is_told(code: str) -> None:
    assert tell_language(SENTENCES[code]) == code


@pytest.mark.parametrize(
    "text", ["", " ", "42", "Berlin", "@user #news http://x.org", "😀😀", "xylem quorum zephyr", "\0"]
)
def test_what_says_nothing_stays_undetermined(text: str) -> None:
    assert tell_language(text) == UNDETERMINED


def test_languages_are_counted_and_rare_ones_left_out() -> None:
    texts = [SENTENCES["de"]] * 30 + [SENTENCES["en"]] * 2 + ["Berlin"] * 9
    counts = count_languages(texts)
    assert counts == {"de": 30, UNDETERMINED: 9, "en": 2}
    assert frequent_languages(counts, share=0.05, least=10) == ["de"]


@pytest.mark.skipif(not TWEETS.is_dir(), reason="needs ../shared/data/tweet_sentiment")
@pytest.mark.parametrize(("folder", "code"), [("english", "en"), ("spanish", "es"), ("french", "fr"), ("german", "de")])
def test_real_tweets_are_seldom_told_wrongly(folder: str, code: str) -> None:
    """The word lists were written before any of them was read."""
    with (TWEETS / folder / "test.csv").open(encoding="utf-8", newline="") as stream:
        counts = count_languages(row["text"] for row in csv.DictReader(stream))
    told = sum(number for one, number in counts.items() if one != UNDETERMINED)
    assert counts[code] / told > 0.93
    assert frequent_languages(counts, share=0.05, least=10) == [code]

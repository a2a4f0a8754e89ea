"""The sounds that are spoken: formants and noise of about forty phones, as tables of phonetics give them.

Vowel formants after Peterson and Barney 1952 and Hillenbrand et al. 1995 (means over men, in Hz); loci and bands of
noise after Stevens, Acoustic Phonetics, 1998. Numbers of a textbook, no recording.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a phone: length in ms, formants, loudness of voice and of noise in dB, centre and width of noise."""

    ms: float
    formants: tuple[float, float, float] | None = None
    """None keeps those of the neighbours."""
    voice: float = -60.0
    noise: float = -60.0
    centre: float = 2000.0
    width: float = 1000.0
    aspirated: bool = False
    """Noise that goes through the formants, as in h."""
    damped: bool = False
    """Wide formants and little above the first: a nasal."""


@dataclass(frozen=True, slots=True)
class Phone:
    """One sound; a diphthong and a stop have several parts."""

    name: str
    parts: tuple[Part, ...] = field(default=())
    is_vowel: bool = False


def _vowel(name: str, *targets: tuple[float, float, float], ms: float = 120) -> Phone:
    return Phone(name, tuple(Part(ms / len(targets), target, voice=0.0) for target in targets), is_vowel=True)


def _fricative(name: str, centre: float, width: float, level: float, *, voiced: bool, ms: float = 95) -> Phone:
    voice = -12.0 if voiced else -60.0
    return Phone(name, (Part(ms, None, voice=voice, noise=level, centre=centre, width=width),))


def _stop(name: str, locus: float, centre: float, width: float, *, voiced: bool) -> Phone:
    closure = Part(55, (250, locus, 2500), voice=-22.0 if voiced else -60.0)
    burst = Part(12, (300, locus, 2600), noise=-12.0, centre=centre, width=width)
    if voiced:
        return Phone(name, (closure, burst))
    return Phone(name, (closure, burst, Part(38, None, noise=-20.0, aspirated=True)))


PHONES: tuple[Phone, ...] = (
    _vowel("iy", (280, 2250, 2950)),
    _vowel("ih", (400, 1950, 2550), ms=90),
    _vowel("eh", (550, 1800, 2500), ms=100),
    _vowel("ae", (680, 1700, 2430), ms=140),
    _vowel("aa", (740, 1120, 2460), ms=140),
    _vowel("ao", (590, 880, 2480), ms=140),
    _vowel("uh", (450, 1080, 2280), ms=90),
    _vowel("uw", (310, 920, 2270)),
    _vowel("ah", (640, 1200, 2430), ms=95),
    _vowel("er", (490, 1360, 1720), ms=120),
    _vowel("a", (740, 1400, 2550), ms=110),
    _vowel("e", (420, 2050, 2650), ms=110),
    _vowel("o", (440, 850, 2450), ms=110),
    _vowel("y", (280, 1850, 2300), ms=110),
    _vowel("oe", (420, 1550, 2350), ms=110),
    _vowel("ax", (500, 1450, 2450), ms=60),
    _vowel("ay", (720, 1250, 2500), (350, 2100, 2650), ms=190),
    _vowel("ey", (520, 1850, 2550), (320, 2250, 2750), ms=170),
    _vowel("oy", (560, 880, 2450), (360, 2050, 2600), ms=200),
    _vowel("aw", (720, 1300, 2450), (400, 900, 2350), ms=190),
    _vowel("ow", (550, 1000, 2400), (370, 850, 2350), ms=170),
    Phone("w", (Part(65, (300, 650, 2250), voice=-4.0),)),
    Phone("j", (Part(65, (270, 2250, 2950), voice=-4.0),)),
    Phone("r", (Part(70, (340, 1150, 1500), voice=-4.0),)),
    Phone("l", (Part(70, (350, 1050, 2700), voice=-5.0),)),
    Phone("rr", (Part(22, (400, 1500, 2400), voice=-18.0), Part(25, (450, 1450, 2400), voice=-4.0)) * 2),
    Phone("m", (Part(75, (250, 1000, 2200), voice=-8.0, damped=True),)),
    Phone("n", (Part(70, (260, 1500, 2500), voice=-8.0, damped=True),)),
    Phone("ng", (Part(75, (270, 2000, 2600), voice=-8.0, damped=True),)),
    _fricative("s", 6200, 2600, -8.0, voiced=False),
    _fricative("sh", 3400, 1900, -7.0, voiced=False),
    _fricative("f", 5200, 6000, -24.0, voiced=False),
    _fricative("th", 5800, 4200, -26.0, voiced=False, ms=80),
    _fricative("z", 6000, 2600, -14.0, voiced=True, ms=80),
    _fricative("zh", 3300, 1900, -13.0, voiced=True, ms=80),
    _fricative("v", 4800, 6000, -28.0, voiced=True, ms=65),
    _fricative("dh", 5500, 4500, -30.0, voiced=True, ms=50),
    _fricative("x", 1900, 1400, -14.0, voiced=False, ms=85),
    Phone("h", (Part(65, None, noise=-16.0, aspirated=True),)),
    _stop("p", 900, 900, 1500, voiced=False),
    _stop("t", 1800, 4400, 3000, voiced=False),
    _stop("k", 2000, 2000, 1200, voiced=False),
    _stop("b", 900, 800, 1200, voiced=True),
    _stop("d", 1750, 4000, 2800, voiced=True),
    _stop("g", 2000, 1900, 1100, voiced=True),
    Phone(
        "tsh",
        (
            Part(50, (280, 1800, 2600)),
            Part(70, None, noise=-8.0, centre=3500, width=2000),
        ),
    ),
    Phone(
        "dzh",
        (
            Part(45, (280, 1800, 2600), voice=-22.0),
            Part(50, None, voice=-16.0, noise=-12.0, centre=3400, width=2000),
        ),
    ),
)
SILENCE = len(PHONES)
"""Label of a frame in which nothing is said."""
NUM_LABELS = SILENCE + 1

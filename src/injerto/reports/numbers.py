"""How the report writes numbers: the same number looks the same in a sentence, a table and a chart."""

from injerto.core.evidence import Interval
from injerto.core.messages import say


def percent(share: float) -> str:
    """A share: `96.1 %`."""
    return f"{100 * share:.1f} %"


def between(low: float, high: float) -> str:
    """An interval of shares in percent: `91.1 to 98.1`."""
    return say("report.between", low=f"{100 * low:.1f}", high=f"{100 * high:.1f}")


def points(difference: float) -> str:
    """A difference of shares in points: `+38.6`, with a true minus."""
    return _with_sign(100 * difference, 1)


def whole_points(difference: float) -> str:
    """A difference on an axis, without digits that are zero: `+20`, `−2.5`, `0`."""
    return f"{100 * difference:+.3g}".replace("-", "−") if round(100 * difference, 3) else "0"


def points_between(low: float, high: float) -> str:
    """An interval of differences: `+29.7 to +47.7`."""
    return say("report.between", low=points(low), high=points(high))


def counted(number: float) -> str:
    """A whole number with thousands apart: `2,223,872`."""
    return f"{number:,.0f}"


def signed(value: float) -> str:
    """A difference in the unit of its metric: `+0.38`, with a true minus."""
    return _with_sign(value, 2)


def plain_between(value: Interval) -> str:
    """An interval in the unit of its metric: `1.91 to 2.03`."""
    return say("report.between", low=f"{value.low:.2f}", high=f"{value.high:.2f}")


def _with_sign(value: float, digits: int) -> str:
    """A true minus, and none before what is shown as nothing."""
    return f"{round(value, digits) + 0.0:+.{digits}f}".replace("-", "−")

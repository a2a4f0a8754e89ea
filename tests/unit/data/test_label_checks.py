"""Labels that look like slips of the pen."""

import pytest

from injerto.data.label_checks import near_equal


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["cat", "dog"], []),
        (["cat", "Cat", "CAT"], [["CAT", "Cat", "cat"]]),
        (["1", "1.0", "01", "2"], [["01", "1", "1.0"]]),
        (["new york", "new  york", "new_york"], [["new  york", "new york", "new_york"]]),
        (["caf\u00e9", "cafe\u0301"], [["cafe\u0301", "caf\u00e9"]]),
        (["1.5", "1.50"], []),
    ],
)
def test_near_equal_labels_are_grouped(labels: list[str], expected: list[list[str]]) -> None:
    assert near_equal(labels) == expected

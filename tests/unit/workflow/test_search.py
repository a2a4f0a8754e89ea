"""The plan that a killed run left behind is found again, for the same question alone."""

from pathlib import Path

from injerto.core.plan import Phase, Plan
from injerto.workflow.search import find_or_search

PLAN = Plan(
    task="image-classification",
    backbone="shipped:injerto-mix-r10",
    strategy="linear-probe",
    head="linear",
    phases=(Phase(name="head", solver="closed-form"),),
)


def test_the_same_question_is_searched_once(tmp_path: Path) -> None:
    asked: list[int] = []

    def search() -> Plan:
        asked.append(1)
        return PLAN

    first = find_or_search(tmp_path, ["data", 60.0, 0, "cpu"], search)
    assert find_or_search(tmp_path, ["data", 60.0, 0, "cpu"], search) == first == PLAN
    assert len(asked) == 1
    find_or_search(tmp_path, ["data", 90.0, 0, "cpu"], search)
    find_or_search(None, ["data", 60.0, 0, "cpu"], search)
    assert len(asked) == 3

from collections.abc import Callable
from pathlib import Path

import injerto


def test_the_command_writes_the_page_and_says_where(
    program: Callable, pictures: Path, network_folder: Path, tmp_path: Path
) -> None:
    injerto.fit(pictures, backbone=str(network_folder), out=tmp_path / "m", device="cpu")
    done = program("report", "m", "--out", "r.html", "--json")
    assert done.code == 0
    document = done.document()
    assert document["num_bytes"] == (tmp_path / "r.html").stat().st_size
    assert (document["schema_version"], document["report"]) == (1, "r.html")
    assert "r.html" in program("report", "m", "--out", "r.html").out
    assert program("report", "nothing").code == 2

"""What is promised of the package itself: light imports, a quick help, small files, names that say something."""

import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import injerto

ROOT = Path(injerto.__file__).parent
HEAVY = ("torch", "timm", "transformers", "sklearn", "pandas", "pyarrow", "PIL", "numpy")


@pytest.mark.parametrize(
    "statement",
    [
        "import injerto",
        "from injerto.cli.app import build_app; build_app()",
        "from injerto.backbones.catalogue import *",
    ],
)
def test_nothing_heavy_is_imported(statement: str) -> None:
    allowed = ("PIL", "numpy") if "catalogue" in statement else ()
    heavy = [name for name in HEAVY if name not in allowed]
    code = f"{statement}; import sys; print([n for n in {heavy} if n in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.strip() == "[]"


@pytest.mark.parametrize(
    ("library", "absent"),
    [
        ("timm", ["transformers", "sklearn", "pandas", "triton"]),
        ("transformers", ["timm", "sklearn", "pandas", "triton"]),
    ],
)
def test_a_fit_imports_what_its_backbone_needs(library: str, absent: list[str]) -> None:
    import torch

    absent = [name for name in absent if name != "triton" or not torch.cuda.is_available()]
    modules = f"injerto.workflow.fit, injerto.backbones.{library}_network"
    code = f"import sys, {modules}; print([n for n in {absent} if n in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.strip() == "[]"


@pytest.mark.parametrize("module", ["report", "audit", "verify"])
def test_what_only_reads_a_finished_model_imports_no_torch(module: str) -> None:
    heavy = ["torch", "sklearn", "pyarrow"]
    code = f"import sys, injerto.workflow.{module}; print([n for n in {heavy} if n in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.strip() == "[]"


def test_help_is_quick() -> None:
    """At most 0.35 s of the processor, best of three: what a person waits on a free machine."""
    seconds = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "injerto.cli", "--help"], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(seconds) < 0.35


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_is_small_has_a_first_line_and_a_telling_name(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith('"""'), "the first line says what the module holds"
    assert text.count("\n") <= 420
    assert not re.fullmatch(r"(utils?|helpers?|common|misc|manager)", path.stem)


def test_no_pickle_is_read_or_written() -> None:
    pattern = re.compile(
        r"\b(import pickle\b|pickle\.(load|dump)|torch\.(load|save)|import joblib|np\.load|allow_pickle|eval\(|exec\()"
    )
    for path in ROOT.rglob("*.py"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if pattern.search(line) and ".eval(" not in line:
                raise AssertionError(f"{path.relative_to(ROOT)}:{number} {line.strip()}")


def test_every_public_name_can_be_imported_and_has_words() -> None:
    for name in injerto.__all__:
        value = getattr(injerto, name)
        assert (value.__doc__ or "").strip(), name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        injerto.nothing  # noqa: B018

"""Install injerto into `.venv` beside this file and run it: the README's two commands.

    python3 bootstrap.py demo     installs injerto and runs `injerto demo`
    python3 bootstrap.py test     installs injerto with its test tools and runs the tests
    python3 bootstrap.py check    the same tools: format, lint, types, import layers

Needs Python 3.11 or newer and nothing else; versions come from constraints.txt.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")


def main() -> int:
    """Install what the command needs and run it; returns its exit code."""
    command = sys.argv[1] if len(sys.argv) == 2 else ""
    if command not in ("demo", "test", "check"):
        print(__doc__)
        return 2
    if sys.version_info < (3, 11):  # noqa: UP036 - run by whatever python3 is there, to say what is needed
        print(f"injerto needs Python 3.11 or newer; this is {sys.version.split()[0]}")
        return 2
    os.chdir(ROOT)
    install(extra="" if command == "demo" else "[test]")
    # Python keeps what it compiled: else every process of the suite spends seconds on the source of torch and others.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    return {"demo": run_demo, "test": run_tests, "check": run_checks}[command]()


def install(*, extra: str) -> None:
    """Make `.venv` and install the package into it; uv does in half a minute what pip does in several."""
    if not (BIN / python_name()).exists():
        venv.create(VENV, with_pip=True)
    run(tool(python_name()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv")
    constraints = str(ROOT / "constraints.txt")
    uv = tool("uv")
    run(uv, "pip", "install", "--quiet", "--python", tool(python_name()), "-c", constraints, "-e", f".{extra}")


def run_demo() -> int:
    """The main job, offline, on real data."""
    return subprocess.call([tool("injerto"), "demo"])


def run_tests() -> int:
    """The whole test suite, in parallel."""
    return subprocess.call([tool(python_name()), "-m", "pytest"])


def run_checks() -> int:
    """Format, lint, types and import layers; every one runs, so that one report holds all that is wrong."""
    steps = [
        [tool("ruff"), "format", "--check", "."],
        [tool("ruff"), "check", "."],
        [tool("mypy")],
        [tool("lint-imports")],
    ]
    return max(subprocess.call(step) for step in steps)


def tool(name: str) -> str:
    """Path of a program of the virtual environment."""
    return str(BIN / (f"{name}.exe" if os.name == "nt" and not name.endswith(".exe") else name))


def python_name() -> str:
    """The interpreter's name in a virtual environment."""
    return "python.exe" if os.name == "nt" else "python"


def run(*arguments: str) -> None:
    """Run a step of the installation; its failure ends the script with its output."""
    subprocess.run(arguments, check=True)


if __name__ == "__main__":
    sys.exit(main())

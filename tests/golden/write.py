"""Write the golden texts anew, to be read in the diff: `python tests/golden/write.py`."""

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
NAMES = [
    "inspect",
    "show",
    "plan",
    "compare",
    "fit",
    "evaluate",
    "predict",
    "audit",
    "mend",
    "explain",
    "report",
    "verify",
    "export",
    "merge",
    "backbones",
    "strategies",
    "cache",
    "demo",
    "doctor",
]
COMMANDS = {
    "help": ["--help"],
    **{f"help-{name}": [name, "--help"] for name in NAMES},
    "strategies": ["strategies"],
    "explain": ["explain"],
    "strategies-show-gradual-unfreeze": ["strategies", "show", "gradual-unfreeze"],
}


def output_of(arguments: list[str]) -> str:
    """What the program prints at 80 columns, without the blanks at line ends."""
    environment = os.environ | {"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    command = [sys.executable, "-m", "injerto.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return "\n".join(line.rstrip() for line in done.stdout.splitlines()) + "\n"


if __name__ == "__main__":
    for name, arguments in COMMANDS.items():
        (FOLDER / f"{name}.txt").write_text(output_of(arguments), encoding="utf-8")

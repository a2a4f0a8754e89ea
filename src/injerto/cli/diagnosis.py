"""What `injerto doctor` looks at."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Final

from injerto.core.messages import say
from injerto.core.paths import injerto_home
from injerto.core.record import Record

_NEEDED_FREE_BYTES: Final = 2_000_000_000


class Finding(Record):
    """One thing that was looked at."""

    subject: str
    fine: bool
    sentence: str


def diagnose() -> tuple[Finding, ...]:
    """Every finding, in the order in which a person would mend them."""
    return tuple(_findings())


def _findings() -> Iterator[Finding]:
    yield Finding(
        subject="python",
        fine=sys.version_info >= (3, 11),
        sentence=f"{platform.python_version()} · {platform.platform()}",
    )
    missing = list(_missing())
    text = say("doctor.missing", names=", ".join(missing)) if missing else say("doctor.packages")
    yield Finding(subject="packages", fine=not missing, sentence=text)
    yield _torch_pair()
    yield _devices()
    yield _runtimes()
    yield _home()
    offline = os.environ.get("HF_HUB_OFFLINE", "").lower() in ("1", "true", "yes", "on")
    yield Finding(subject="hub", fine=True, sentence=say("doctor.offline" if offline else "doctor.online"))


def _missing() -> Iterator[str]:
    from packaging.requirements import Requirement

    for line in requires("injerto") or []:
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            yield requirement.name
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            yield f"{requirement.name} {found} ({requirement.specifier})"


def _torch_pair() -> Finding:
    """torchvision's compiled operators load only beside the torch they were built for."""
    import torch

    try:
        import torchvision
        from torchvision.ops import nms

        nms(torch.zeros(1, 4), torch.zeros(1), 0.5)
    except (ImportError, RuntimeError) as error:
        return Finding(subject="torch", fine=False, sentence=say("doctor.pair-broken", reason=error))
    sentence = say("doctor.pair", torch=torch.__version__, torchvision=torchvision.__version__)
    return Finding(subject="torch", fine=True, sentence=sentence)


def _runtimes() -> Finding:
    """What frozen layers may run in; PyTorch alone is slower and no fault."""
    from injerto.activations.runtimes.calibration import is_installed
    from injerto.activations.runtimes.runtime import runtimes

    kinds = [runtimes.get(name) for name in runtimes.names()]
    there = ", ".join(kind.title for kind in kinds if kind.packages and is_installed(kind))
    sentence = say("doctor.runtimes", names=there) if there else say("doctor.no-runtimes")
    return Finding(subject="runtimes", fine=True, sentence=sentence)


def _devices() -> Finding:
    import torch

    names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        names.append("mps")
    threads = say("doctor.threads", cores=os.cpu_count(), threads=torch.get_num_threads())
    return Finding(subject="devices", fine=True, sentence=", ".join([*names, threads]))


def _home() -> Finding:
    home = injerto_home()
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    fine = os.access(existing, os.W_OK) and free > _NEEDED_FREE_BYTES
    return Finding(subject="cache", fine=fine, sentence=say("doctor.home", folder=home, free=f"{free / 1e9:.1f}"))

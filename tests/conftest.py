"""What every test stands on: an own cache folder, one thread, small real pictures, texts and networks."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SHARED = Path(__file__).resolve().parents[1].parent / "shared"


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the cache of the person who runs the tests, nor reaches for a hub."""
    monkeypatch.setenv("INJERTO_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    import torch

    # The suite runs on many workers; one thread each is faster than all fighting for the cores.
    torch.set_num_threads(1)


@pytest.fixture
def shared() -> Path:
    """The folder of real data and weights beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared, which is not here")
    return SHARED


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty pictures in three classes that differ in the direction of their stripes; read only."""
    root = tmp_path_factory.mktemp("pictures")
    generator = np.random.default_rng(0)
    rows, columns = np.mgrid[0:32, 0:32]
    waves = {"across": rows, "down": columns, "slanted": rows + columns}
    for label, wave in waves.items():
        (root / label).mkdir()
        for number in range(20):
            stripes = 128 + 90 * np.sin(wave * generator.uniform(0.5, 0.9) + generator.uniform(0, 6))
            noisy = stripes[..., None] + generator.normal(0, 25, (32, 32, 3))
            Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(root / label / f"{number:02d}.png")
    return root


@pytest.fixture(scope="session")
def few_pictures(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten of each class, for what trains large networks or many times; read only."""
    root = tmp_path_factory.mktemp("few")
    for label in sorted(pictures.iterdir()):
        (root / label.name).mkdir()
        for file in sorted(label.iterdir())[:10]:
            (root / label.name / file.name).write_bytes(file.read_bytes())
    return root


@pytest.fixture(scope="session")
def network_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small real residual network with batch norms for 32-pixel pictures, saved as timm saves it."""
    import timm
    import torch

    folder = tmp_path_factory.mktemp("network")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        network = timm.create_model("test_resnet", num_classes=0, pretrained_cfg_overlay={"input_size": (3, 32, 32)})
    timm.models.save_for_hf(network, str(folder), safe_serialization=True)
    return folder


@pytest.fixture(scope="session")
def save_text_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Gives the folder of a small text model by its architecture; read it, do not write to it."""
    made: dict[str, Path] = {}

    def save(name: str) -> Path:
        import text_networks  # Imports transformers: seconds that most tests need not wait.

        if name not in made:
            made[name] = tmp_path_factory.mktemp(name)
            text_networks.save_network(name, made[name])
        return made[name]

    return save

"""What the hub client raises becomes one line for each cause."""

import httpx2
import pytest
from huggingface_hub import errors

from injerto.backbones import hub
from injerto.core.errors import HubError

RESPONSE = httpx2.Response(403, request=httpx2.Request("GET", "https://example.invalid/x"))
CAUSES = [
    (errors.GatedRepoError("gated", response=RESPONSE), "H102"),
    (errors.RepositoryNotFoundError("none", response=RESPONSE), "H103"),
    (errors.RevisionNotFoundError("none", response=RESPONSE), "H103"),
    (errors.RemoteEntryNotFoundError("no file", response=RESPONSE), "H104"),
    (errors.HfHubHTTPError("500", response=RESPONSE), "H101"),
    (errors.OfflineModeIsEnabled("offline"), "H101"),
    (httpx2.ConnectError("no route"), "H101"),
    (TimeoutError("slow"), "H101"),
]


@pytest.mark.parametrize(("cause", "code"), CAUSES, ids=lambda value: type(value).__name__)
def test_cause(cause: Exception, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, local_files_only: bool = False, **_options: object) -> str:
        if local_files_only:
            raise errors.LocalEntryNotFoundError("not cached")
        raise cause

    monkeypatch.setattr(hub, "hf_hub_download", fail)
    monkeypatch.setattr(hub, "snapshot_download", fail)
    for fetch in (
        lambda: hub.fetch_file("owner/name", "model.safetensors", revision=None),
        lambda: hub.fetch_model("owner/name", revision="v1", needs_weights=True),
    ):
        with pytest.raises(HubError, match=code) as caught:
            fetch()
        assert "owner/name" in str(caught.value)

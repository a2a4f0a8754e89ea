"""What `fit` is asked to write with the model that it trains: a paragraph, or the translations of a file."""

from pathlib import Path
from typing import Final, final

from injerto.artifacts.sequence_model import SequenceModel
from injerto.cli.console import make_console
from injerto.cli.writing import Writing, check_output
from injerto.core.errors import UsageError
from injerto.core.messages import say
from injerto.core.sequences import Sampling, SequenceOptions
from injerto.data.sequences.sources import read_sources

_BEAMS: Final = 4


@final
class Afterwards:
    """One prompt or one file, checked when it is made: training may take hours.

    Raises `UsageError` for an option that has no meaning for the task, or where translations would replace a file, and
    what reading the file raises.
    """

    def __init__(
        self,
        task: str | None,
        *,
        out: Path,
        prompt: str | None,
        translate: Path | None,
        texts: SequenceOptions,
        overwrite: bool,
    ) -> None:
        for option, given, own in (
            ("--prompt", prompt, "text-generation"),
            ("--translate", translate, "translation"),
        ):
            if given is not None and task != own:
                raise UsageError("task-no-option", option=option, task=task or say("language.no-task"))
        self._column = texts.source_column
        self._file = None
        if translate is not None:
            self._file = out.with_name(f"{out.name}-translations.txt")
            check_output(self._file, overwrite=overwrite)
            read_sources(translate, column=self._column, language=texts.source_language)
        self._paths = [] if translate is None else [translate]
        self._prompts = [] if prompt is None else [prompt]
        self._overwrite = overwrite

    def write(self, model: SequenceModel, *, seed: int, as_json: bool) -> list[dict[str, str]]:
        """Each input with its answer; a paragraph also streams to the terminal, translations also fill their file."""
        if self._prompts and not as_json:
            make_console().print()
        writing = Writing(model, out=self._file, overwrite=self._overwrite, as_json=as_json)
        sampling = Sampling(seed=seed)
        return writing.run(self._paths, self._prompts, column=self._column, sampling=sampling, num_beams=_BEAMS)

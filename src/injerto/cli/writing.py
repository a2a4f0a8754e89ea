"""`predict` of models that write texts: a continuation that streams, or translations to the terminal or a file."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import final

from injerto.artifacts.sequence_model import SequenceModel
from injerto.cli.console import ConsoleReporter, make_console
from injerto.cli.rendering.tables import cell
from injerto.core.atomic import write_file
from injerto.core.errors import UsageError
from injerto.core.messages import say
from injerto.core.sequences import Sampling
from injerto.data.sequences.sources import read_sources


@final
class Writing:
    """Answers of one model, where they were asked to go."""

    def __init__(self, model: SequenceModel, *, out: Path | None, overwrite: bool, as_json: bool) -> None:
        self._model = model
        self._out = out
        self._overwrite = overwrite
        self._as_json = as_json

    def run(
        self, paths: Sequence[Path], texts: Sequence[str], *, column: str | None, sampling: Sampling, num_beams: int
    ) -> list[dict[str, str]]:
        """Write after each prompt, translate each text, or write down each recording; each input with its answer."""
        check_output(self._out, overwrite=self._overwrite)
        if self._model.task.reads_recordings:
            return self._deliver([str(path) for path in paths], self._model.predict(list(paths)))
        language = self._model.settings.read_from
        sources = [source for path in paths for source in read_sources(path, column=column, language=language)]
        sources += list(texts)
        if self._model.task.reads_pairs:
            found = self._model.translate(sources, num_beams=num_beams, reporter=ConsoleReporter(as_json=self._as_json))
        elif not sources:
            raise UsageError("input-for-generation")
        else:
            found = [self._generate(source, sampling) for source in sources]
        return self._deliver(sources, found)

    def _generate(self, prompt: str, sampling: Sampling) -> str:
        """Streams to the terminal unless the text goes elsewhere."""
        reporter = ConsoleReporter(as_json=self._as_json)
        if self._as_json or self._out is not None:
            return self._model.generate(prompt, sampling=sampling, reporter=reporter)
        sys.stdout.write(_shown(prompt))
        sys.stdout.flush()
        text = self._model.generate(prompt, sampling=sampling, on_text=_stream, reporter=reporter)
        sys.stdout.write("\n")
        return text

    def _deliver(self, sources: Sequence[str], found: Sequence[str]) -> list[dict[str, str]]:
        entries = [{"input": source, "text": text} for source, text in zip(sources, found, strict=True)]
        if self._out is not None:
            as_lines = self._out.suffix.lower() == ".jsonl"
            lines = [json.dumps(entry, ensure_ascii=False) for entry in entries] if as_lines else map(_one_line, found)
            write_file(self._out, "".join(f"{line}\n" for line in lines))
        if self._out is not None:
            make_console(stderr=True).print(say("language.written", number=len(found), out=self._out))
        elif not self._as_json and (self._model.task.reads_pairs or self._model.task.reads_recordings):
            console = make_console()
            for text in found:
                console.print(cell(text), soft_wrap=True)
        return entries


def check_output(out: Path | None, *, overwrite: bool) -> None:
    """Raise `UsageError` where a file would be replaced that nobody said to replace."""
    if out is not None and out.exists() and not overwrite:
        raise UsageError("output-exists", path=out)


def _one_line(text: str) -> str:
    """A file of translations stays in step with its source: one line each."""
    return " ".join(text.split())


def _stream(text: str) -> None:
    sys.stdout.write(_shown(text))
    sys.stdout.flush()


def _shown(text: str) -> str:
    """Without control characters, which could steer a terminal; lines and tabs stay."""
    return "".join(character for character in text if character.isprintable() or character in "\n\t")

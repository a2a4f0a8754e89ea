"""What a language model learns from: plain text files, or tables of texts, of prompts with responses, or of chats."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from injerto.core.errors import DataError, UsageError
from injerto.core.sequences import SequenceOptions
from injerto.core.survey import Modality, Split
from injerto.data.column_choice import check_columns
from injerto.data.draft import Draft, Fault, join_names
from injerto.data.folders import list_folder, walk_folders
from injerto.data.labelled import Example
from injerto.data.locating import locate
from injerto.data.readers import find_table_reader
from injerto.data.sequences.items import Exchange, Passage
from injerto.data.split_names import split_named
from injerto.data.table import Table, attributes_of, is_missing
from injerto.data.text_encoding import is_mangled, read_text_file

PIECE_CHARACTERS: Final = 1_000
"""About as long are the pieces of a plain text file: each is one example of the split and of the bootstrap."""
_PIECES: Final = 60
"""A short text is cut into about so many, or its last tenth would be a single example."""
_SHORTEST_PIECE: Final = 200
_TEXT_NAMES: Final = ("text", "content", "document", "story", "sentence")
_PROMPT_NAMES: Final = ("prompt", "instruction", "question", "input")
_RESPONSE_NAMES: Final = ("response", "completion", "answer", "output")
_CHAT_NAMES: Final = ("messages", "conversation", "conversations")


def read_passages(source: Any, options: SequenceOptions) -> Draft:
    """Texts, or prompts with responses, from a file, a folder of them, or a list.

    A `.txt` file is one text, cut at empty lines or line ends into pieces of about a thousand characters, fewer where
    it is short. A row of a table is one text, one prompt with its response, or one chat, each of whose answers is then
    a response. Files and tables named after splits are these splits.

    Raises:
        DataError: nothing can be read, or too much of it cannot.
        UsageError: a named column does not exist, or no column is told for a text's.
    """
    source = locate(source)
    draft = Draft(source=str(source), modality=Modality.TEXT)
    if isinstance(source, Path):
        for path, split in _files(source):
            _read_file(path, split, options, draft)
    elif isinstance(source, list | tuple):
        draft.source = "list"
        for number, text in enumerate(source, start=1):
            _add_text(text, f"item {number}", draft, None)
    else:
        raise UsageError("source-type", kind=f"{type(source).__module__}.{type(source).__name__}")
    if not draft.examples:
        if draft.faults:
            raise draft.faults[0].error
        raise DataError("no-texts", source=draft.source)
    return draft


def cut_text(text: str, *, characters: int = PIECE_CHARACTERS) -> list[str]:
    """The text in pieces that together are the text, cut after lines, and where it can be after empty ones.

    >>> cut_text("a\\n\\nb\\nc", characters=2)
    ['a\\n\\n', 'b\\nc']
    """
    pieces: list[str] = []
    piece = ""
    for line in text.splitlines(keepends=True):
        is_break = not line.strip()
        while len(line) > 4 * characters:  # A whole file on one line.
            end = line.rfind(" ", 0, characters) + 1 or characters
            pieces.append(piece + line[:end])
            piece, line = "", line[end:]
        piece += line
        if len(piece) >= (characters if is_break else 2 * characters):
            pieces.append(piece)
            piece = ""
    if piece.strip() or not pieces:
        pieces.append(piece)
    elif piece:
        pieces[-1] += piece
    return pieces


def _files(source: Path) -> Iterator[tuple[Path, Split | None]]:
    if source.is_file():
        yield source, None
        return
    listings = [(source, list_folder(source)), *walk_folders(source)]
    for folder, listing in listings:
        inherited = split_named(folder.name) if folder != source else None
        for path in sorted({*listing.texts, *(p for p in listing.others if find_table_reader(p) is not None)}):
            yield path, split_named(path.stem) or inherited


def _read_file(path: Path, split: Split | None, options: SequenceOptions, draft: Draft) -> None:
    reader = find_table_reader(path)
    if reader is not None:
        _read_table(reader.read_table(path), split, options, draft)
        return
    if path.suffix.lower() not in (".txt", ".md", ""):
        raise DataError("format-no-text", path=path)
    text, notes = read_text_file(path)
    draft.notes += notes
    if is_mangled(text):
        line = next(number for number, one in enumerate(text.split("\n"), start=1) if is_mangled(one))
        raise DataError("row-encoding", where=f"{path}, line {line}", encoding="UTF-8")
    if not text.strip():
        error = DataError("text-empty", where=str(path))
        draft.faults.append(Fault(error=error, where=str(path)))
        return
    pieces = cut_text(text, characters=max(_SHORTEST_PIECE, min(PIECE_CHARACTERS, len(text) // _PIECES)))
    line = 1
    for number, piece in enumerate(pieces, start=1):
        where = f"{path}, line {line}"
        line += piece.count("\n")
        item = Passage(piece, is_last=number == len(pieces))
        draft.examples.append(Example(item=item, labels=(), where=where, group=str(path), split=split))


def _read_table(table: Table, split: Split | None, options: SequenceOptions, draft: Draft) -> None:
    draft.faults += table.faults
    draft.notes += table.notes
    columns = _columns(table, options)
    check_columns(table, options.attribute_columns)
    draft.columns = {name: role for role, name in columns.items()}
    split_column = next((name for name in table.names if name.lower() == "split"), None)
    for row in range(len(table)):
        where = table.where(row)
        own = split if split_column is None else split_named(str(table.columns[split_column][row]))
        cells = {role: table.columns[name][row] for role, name in columns.items()}
        try:
            for item in _row_items(cells, where):
                beside = attributes_of(table, row, options.attribute_columns)
                made = Example(item=item, labels=(), where=where, group=where, split=own, attributes=beside)
                draft.examples.append(made)
        except DataError as error:
            draft.faults.append(Fault(error=error, where=where))


def _columns(table: Table, options: SequenceOptions) -> dict[str, str]:
    """Role and name of the columns that are read."""
    asked = {"text": options.text_column, "prompt": options.prompt_column, "response": options.response_column}
    given = {role: name for role, name in asked.items() if name is not None}
    check_columns(table, list(given.values()))
    if ("prompt" in given) != ("response" in given):
        raise UsageError("prompt-alone", source=table.source)
    if given:
        return given
    lowered = {name.lower(): name for name in reversed(table.names)}

    def first(names: Sequence[str]) -> str | None:
        return next((lowered[name] for name in names if name in lowered), None)

    if (chat := first(_CHAT_NAMES)) is not None:
        return {"chat": chat}
    prompt, response = first(_PROMPT_NAMES), first(_RESPONSE_NAMES)
    if prompt is not None and response is not None:
        return {"prompt": prompt, "response": response}
    if (text := first(_TEXT_NAMES)) is not None:
        return {"text": text}
    if len(table.names) == 1:
        return {"text": table.names[0]}
    raise UsageError("no-text-column", source=table.source, names=join_names(list(table.names)))


def _row_items(cells: Mapping[str, object], where: str) -> Iterator[Passage | Exchange]:
    if "chat" in cells:
        yield from _chat_items(cells["chat"], where)
    elif "prompt" in cells:
        yield Exchange(_text(cells["prompt"], where, "prompt"), _text(cells["response"], where, "response"))
    else:
        yield Passage(_text(cells["text"], where, "text"))


def _chat_items(messages: object, where: str) -> Iterator[Exchange]:
    """One exchange for each answer of the assistant, all messages before it the prompt."""
    if not isinstance(messages, list) or not messages:
        raise DataError("chat-form", where=where)
    turns: list[tuple[str, str]] = []
    num_found = 0
    for message in messages:
        if not isinstance(message, dict):
            raise DataError("chat-form", where=where)
        role, content = message.get("role", message.get("from")), message.get("content", message.get("value"))
        if not isinstance(role, str) or not isinstance(content, str):
            raise DataError("chat-form", where=where)
        if role in ("assistant", "gpt") and turns and content.strip():
            prompt = "\n".join(f"{speaker}: {words}" for speaker, words in turns) + "\nassistant:"
            yield Exchange(prompt, content, tuple(turns))
            num_found += 1
        turns.append(({"human": "user", "gpt": "assistant"}.get(role, role), content))
    if not num_found:
        raise DataError("chat-no-answer", where=where)


def _add_text(text: object, where: str, draft: Draft, split: Split | None) -> None:
    try:
        item = Passage(_text(text, where, "text"))
    except DataError as error:
        draft.faults.append(Fault(error=error, where=where))
        return
    draft.examples.append(Example(item=item, labels=(), where=where, group=where, split=split))


def _text(cell: object, where: str, role: str) -> str:
    if is_missing(cell):
        raise DataError("side-empty", where=where, role=role)
    if not isinstance(cell, str | int | float):
        raise DataError("text-not-text", where=where, kind=type(cell).__name__)
    # A lone surrogate (JSON may hold one) cannot be encoded, neither for a tokenizer nor for a file.
    return str(cell).encode("utf-8", "replace").decode("utf-8")

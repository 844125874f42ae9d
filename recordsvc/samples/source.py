"""The texts of the sample papers: TOML front matter and a small markup."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

__all__ = ["Block", "Kind", "Paper", "read_papers"]

_FENCE = "+++"
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_SPEECH = re.compile(r"@ (?P<name>[^|]+) \| (?P<role>\S+)\Z")


class Kind(StrEnum):
    """What a block of text is."""

    CENTRED = "centred"
    TITLE = "title"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    SIGNATURE = "signature"
    SPEECH = "speech"
    NARRATIVE = "narrative"
    ROW = "row"
    PAGE_BREAK = "page break"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of a paper's text.

    Parameters
    ----------
    text
        The words; of a speech the speaker's name.
    cells
        The cells of a table row.
    role
        Of a speech, the speaker's key.
    """

    kind: Kind
    text: str = ""
    cells: tuple[str, ...] = ()
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One sample paper: what it says of itself, and its text.

    Parameters
    ----------
    file
        Name of the file to be built; its ending names the format.
    date
        Day of the act, sitting or document.
    number
        Official number as printed, empty for a letter.
    said
        The rest of the front matter.
    """

    file: str
    language: str
    title: str
    date: date
    author: str
    blocks: tuple[Block, ...]
    type: str
    number: str = ""
    said: dict[str, Any]

    @property
    def format(self) -> str:
        """Return the name of the writer."""
        return str(self.said.get("format") or self.file.rpartition(".")[2])

    @property
    def is_part(self) -> bool:
        """Say whether this is an attachment, not a paper of its own."""
        return bool(self.said.get("part"))

    @property
    def is_right_to_left(self) -> bool:
        """Say whether the paper is written from right to left."""
        return self.language == "ar"

    @property
    def plain_text(self) -> str:
        """Return the words of the paper, a line a block."""
        return "\n".join(" ".join((b.text, *b.cells)).strip() for b in self.blocks)


def read_papers(folder: Path) -> dict[str, Paper]:
    """Read every text of a folder.

    Returns
    -------
    dict
        Papers by the name of their text, in order of name.

    Raises
    ------
    ValueError
        If a text has no front matter or a replacement finds nothing.
    """
    sources = {path.name: _split(path) for path in sorted(folder.glob("*.md"))}
    papers = {}
    for name, (said, body) in sources.items():
        whole = body
        if base := said.get("base"):
            whole = _replaced(sources[base][1], said.get("replace", ()), name)
        papers[name] = Paper(
            file=said["file"],
            language=said["language"],
            title=said["title"],
            date=said["date"],
            author=said["author"],
            type=said["type"],
            number=said.get("number", ""),
            blocks=tuple(_blocks(whole)),
            said=said,
        )
    return papers


def _split(path: Path) -> tuple[dict[str, Any], str]:
    parts = path.read_text(encoding="utf-8").split(f"{_FENCE}\n", 2)
    if len(parts) != 3 or parts[0]:  # noqa: PLR2004 - fence, front matter, body
        raise ValueError(f"{path.name} has no front matter between {_FENCE} lines")
    return tomllib.loads(parts[1]), parts[2]


def _replaced(body: str, replacements: Any, name: str) -> str:
    for change in replacements:
        if body.count(change["old"]) != 1:
            raise ValueError(f"{name}: {change['old']!r} is not there just once")
        body = body.replace(change["old"], change["new"])
    return body


def _blocks(body: str) -> Iterator[Block]:
    for chunk in body.split("\n\n"):
        lines: list[str] = []
        for line in chunk.strip("\n").split("\n"):
            marked = _marked(line)
            if marked is None:
                lines.append(line.strip())
                continue
            if lines:
                yield _paragraph(lines)
                lines = []
            yield marked
        if any(lines):
            yield _paragraph(lines)


def _paragraph(lines: list[str]) -> Block:
    return Block(kind=Kind.PARAGRAPH, text=_plain(" ".join(lines)))


def _plain(text: str) -> str:
    return _BOLD.sub(r"\1", text)


def _marked(line: str) -> Block | None:
    if line.strip() == "---":
        return Block(kind=Kind.PAGE_BREAK)
    if line.startswith("|"):
        cells = tuple(cell.strip() for cell in line.strip().strip("|").split("|"))
        return Block(kind=Kind.ROW, cells=cells)
    if speech := _SPEECH.match(line):
        return Block(kind=Kind.SPEECH, text=speech["name"], role=speech["role"])
    for mark, kind in (
        ("^ ", Kind.CENTRED),
        ("# ", Kind.TITLE),
        ("## ", Kind.HEADING),
        ("- ", Kind.ITEM),
        ("~ ", Kind.NARRATIVE),
        ("> ", Kind.SIGNATURE),
    ):
        if line.startswith(mark):
            return Block(kind=kind, text=_plain(line[len(mark) :]))
    return None

"""Find the lines of the tables and keys of a TOML document.

The standard library's reader tells what a document holds, not where. This one tells
where, and nothing else: it is given documents that :mod:`tomllib` has read already, so
it may trust their grammar (TOML 1.0).
"""

import re
import tomllib
from bisect import bisect_right

__all__ = ["Path", "line_of", "lines_of"]

Path = tuple[str | int, ...]
"""Keys and list places that lead to a value, such as ``("class", 0, "code")``."""

_BLANK = re.compile(r"(?:[ \t\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\]|\\.)*"'
    r"|'[^']*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]*")


def lines_of(source: str) -> dict[Path, int]:
    r"""Return the line, from 1, of every table, key and list entry of a document.

    Parameters
    ----------
    source
        A document that tomllib reads, with ``\n`` as its line ends.

    Examples
    --------
    >>> lines_of('[a]\nb = [\n  1,\n  2]\n')
    {('a',): 1, ('a', 'b'): 2, ('a', 'b', 0): 3, ('a', 'b', 1): 4}
    """
    return _Scanner(source).scan()


def line_of(lines: dict[Path, int], path: Path) -> int:
    """Return the line of a value, or of what it should stand in; else 1.

    Examples
    --------
    >>> line_of({("a",): 7}, ("a", "missing"))
    7
    """
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 1


class _Scanner:
    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._breaks = [found.start() for found in re.finditer("\n", source)]
        self._lines: dict[Path, int] = {}
        self._last_entry: dict[Path, int] = {}

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._source):
            if self._source.startswith("[", self._at):
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self._lines

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._source, self._at)
        text = found[0] if found is not None else ""
        self._at += len(text)
        return text

    def _note(self, path: Path) -> None:
        # A table that several lines open is found where it is opened first.
        line = bisect_right(self._breaks, self._at - 1) + 1
        for length in range(1, len(path) + 1):
            self._lines.setdefault(path[:length], line)

    def _header(self) -> Path:
        start = self._at
        is_entry = self._source.startswith("[[", self._at)
        self._at += 2 if is_entry else 1
        *parents, last = self._keys()
        self._at += 2 if is_entry else 1
        path: Path = ()
        for key in parents:
            path = self._entered((*path, key))
        path = (*path, last)
        if is_entry:
            self._last_entry[path] = self._last_entry.get(path, -1) + 1
        path = self._entered(path)
        end, self._at = self._at, start
        self._note(path)
        self._at = end
        return path

    def _entered(self, path: Path) -> Path:
        entry = self._last_entry.get(path)
        return path if entry is None else (*path, entry)

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._skip(_SPACE)
            keys.append(self._key())
            self._skip(_SPACE)
            if not self._source.startswith(".", self._at):
                return keys
            self._at += 1

    def _key(self) -> str:
        bare = self._skip(_BARE_KEY)
        if bare:
            return bare
        quoted = self._skip(_STRING)
        return str(tomllib.loads(f"key = {quoted}")["key"])

    def _pair(self, table: Path) -> None:
        start = self._at
        path = (*table, *self._keys())
        end, self._at = self._at, start
        self._note(path)
        self._at = end + 1
        self._skip(_SPACE)
        self._value(path)

    def _value(self, path: Path) -> None:
        opening = self._source[self._at]
        if opening == "[":
            self._list(path)
        elif opening == "{":
            self._inline_table(path)
        elif opening in "\"'":
            self._skip(_STRING)
        else:
            self._skip(_SCALAR)

    def _list(self, path: Path) -> None:
        self._at += 1
        place = 0
        self._skip(_BLANK)
        while self._source[self._at] != "]":
            if self._source[self._at] == ",":
                self._at += 1
                place += 1
            else:
                self._note((*path, place))
                self._value((*path, place))
            self._skip(_BLANK)
        self._at += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        self._skip(_BLANK)
        while self._source[self._at] != "}":
            if self._source[self._at] == ",":
                self._at += 1
            else:
                self._pair(path)
            self._skip(_BLANK)
        self._at += 1

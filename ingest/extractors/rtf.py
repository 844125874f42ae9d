r"""Read Rich Text Format 1.9: groups, \uN, \'hh with code page, destinations."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace

from ingest.extractors.source import Findings, Source

__all__ = ["extract_rtf", "rtf_text"]

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])"
    rb"|([{}])|[\r\n]+|([^\\{}\r\n]+)|\\"
)
_SKIPPED = frozenset(
    b"fonttbl colortbl stylesheet listtable listoverridetable revtbl rsidtbl "
    b"generator pict object objdata themedata colorschememapping datastore "
    b"latentstyles xmlnstbl fldinst shppict nonshppict bkmkstart bkmkend "
    b"pntext pntxtb pntxta listtext filetbl mmathPr atnid atnauthor "
    b"wgrffmtfilter template passwordhash userprops".split()
)
_INFO = {
    b"title": "title",
    b"subject": "subject",
    b"author": "author",
    b"keywords": "keywords",
    b"doccomm": "description",
}
_PRINTED = {
    b"par": "\n",
    b"line": "\n",
    b"sect": "\n",
    b"row": "\n",
    b"cell": "\t",
    b"tab": "\t",
    b"emdash": "—",
    b"endash": "–",
    b"emspace": " ",
    b"enspace": " ",
    b"qmspace": " ",
    b"bullet": "•",
    b"lquote": "‘",
    b"rquote": "’",
    b"ldblquote": "“",
    b"rdblquote": "”",
}
_CHARSETS = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "cp936",
    136: "cp950", 161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255",
    178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
}  # fmt: skip
_MAX_DEPTH = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """Hold what a group inherits."""

    skipped: bool = False
    info: str | None = None
    fonts: bool = False
    fallback: int = 1
    codec: str = "cp1252"


def extract_rtf(source: Source, found: Findings) -> None:
    r"""Read one RTF document; ``\page`` begins a page."""
    reader = _Reader()
    complete = reader.read(source.read())
    if not complete:
        found.warn("rtf:damaged", "the groups of the RTF document do not close")
    for name, value in reader.info:
        found.value(name, value, "rtf:info")
    pages = "".join(reader.out).split("\x0c")
    found.page_count = len(pages)
    for page in pages:
        found.page(re.sub(r"\n{3,}", "\n\n", page).strip())


def rtf_text(content: bytes) -> str:
    r"""Return the text of an RTF document that another file carries.

    Examples
    --------
    >>> rtf_text(rb"{\rtf1\ansi The dues\par are paid}")
    'The dues\nare paid'
    """
    reader = _Reader()
    reader.read(content)
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.out)).strip()


class _Reader:
    """Follow the tokens of one document."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.info: list[tuple[str, str]] = []
        self._info_text: list[str] = []
        self._state = _State()
        self._stack: list[_State] = []
        self._skip = 0
        self._raw = bytearray()
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._star = False

    def read(self, content: bytes) -> bool:
        """Read all tokens; return whether every group was closed."""
        place = 0
        while match := _TOKEN.match(content, place):
            place = match.end()
            word, number, code, symbol, brace, plain = match.groups()
            if code:
                self._byte(int(code, 16))
            elif plain:
                self._bytes(plain)
            else:
                self._flush()
                if word == b"bin" and number:
                    # So many bytes follow that mean nothing here.
                    place += max(int(number), 0)
                elif word:
                    self._word(word, int(number) if number else None)
                elif brace == b"{":
                    if len(self._stack) >= _MAX_DEPTH:
                        return False
                    self._stack.append(self._state)
                elif brace:
                    self._close()
                elif symbol:
                    self._symbol(symbol)
        self._flush()
        return not self._stack

    def _close(self) -> None:
        before = self._state
        self._state = self._stack.pop() if self._stack else _State()
        self._skip = 0
        self._star = False
        if before.info and before.info != self._state.info:
            self.info.append((before.info, "".join(self._info_text)))
            self._info_text.clear()

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._star = True
        elif symbol == b"~":
            self._put(" ")
        elif symbol == b"_":
            self._put("-")
        elif symbol in b"{}\\":
            self._put(symbol.decode("ascii"))
        elif symbol in b"\r\n":
            self._put("\n")

    def _word(self, word: bytes, number: int | None) -> None:
        if word in _INFO and self._state.info == "":
            self._state = replace(self._state, skipped=False, info=_INFO[word])
        elif word == b"info":
            self._state = replace(self._state, skipped=True, info="")
        elif word == b"fonttbl":
            self._state = replace(self._state, skipped=True, fonts=True)
        elif word in _SKIPPED or (self._star and word not in {b"shpinst", b"shptxt"}):
            self._state = replace(self._state, skipped=True)
        elif word == b"u" and number is not None:
            self._unicode(number)
        elif word == b"uc" and number is not None:
            self._state = replace(self._state, fallback=min(max(number, 0), 16))
        elif word in {b"page", b"pagebb", b"sbkpage"} and word == b"page":
            self._put("\x0c")
        elif word in _PRINTED:
            self._put(_PRINTED[word])
        else:
            self._codepage(word, number)
        self._star = False

    def _codepage(self, word: bytes, number: int | None) -> None:
        if number is None:
            if word == b"plain":
                self._state = replace(self._state, codec=self._default())
            return
        if word == b"ansicpg" and number:
            self._fonts[-1] = f"cp{number}"
            self._state = replace(self._state, codec=f"cp{number}")
        elif word == b"f" and self._state.fonts:
            self._font = number
        elif word == b"fcharset" and self._state.fonts:
            if number in _CHARSETS and number:
                self._fonts[self._font] = _CHARSETS[number]
        elif word == b"f":
            codec = self._fonts.get(number, self._default())
            self._state = replace(self._state, codec=codec)

    def _default(self) -> str:
        return self._fonts.get(-1, "cp1252")

    def _unicode(self, number: int) -> None:
        code = number + 65_536 if number < 0 else number
        self._put(chr(code) if code <= sys.maxunicode else "\ufffd")
        self._skip = self._state.fallback

    def _byte(self, value: int) -> None:
        if self._skip:
            self._skip -= 1
            return
        self._raw.append(value)

    def _bytes(self, plain: bytes) -> None:
        skipped = min(self._skip, len(plain))
        self._skip -= skipped
        self._raw += plain[skipped:]

    def _flush(self) -> None:
        if not self._raw:
            return
        try:
            text = self._raw.decode(self._state.codec, "replace")
        except LookupError:
            text = self._raw.decode("cp1252", "replace")
        self._raw.clear()
        self._put(text)

    def _put(self, text: str) -> None:
        if self._state.skipped:
            return
        if self._state.info:
            self._info_text.append(text)
        else:
            self.out.append(_pairs(self.out, text))


def _pairs(out: list[str], text: str) -> str:
    """Join the two halves of a character beyond U+FFFF written as two words."""
    if out and len(text) == 1 and "\udc00" <= text <= "\udfff":
        high = out[-1][-1:]
        if "\ud800" <= high <= "\udbff":
            out[-1] = out[-1][:-1]
            joined = (high + text).encode("utf-16-le", "surrogatepass")
            return joined.decode("utf-16-le", "replace")
    return text

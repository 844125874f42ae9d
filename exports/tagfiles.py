"""Tag files of a bag: declaration, bag-info, manifests, fetch (RFC 8493)."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

VERSIONS: tuple[str, ...] = ("0.93", "0.94", "0.95", "0.96", "0.97", "1.0")
"""The BagIt versions that are read; 1.0 is written."""

DIGEST_LENGTHS: dict[str, int] = {
    "md5": 32,
    "sha1": 40,
    "sha224": 56,
    "sha256": 64,
    "sha384": 96,
    "sha512": 128,
    "sha3224": 56,
    "sha3256": 64,
    "sha3384": 96,
    "sha3512": 128,
    "blake2b512": 128,
}
"""The algorithms that are checked, with their digest's length in hex digits."""

WEAK_ALGORITHMS = frozenset({"md5", "sha1"})

_LINE_END = re.compile(r"\r\n|\r|\n")
_DECLARED_VERSION = re.compile(r"BagIt-Version: ([0-9]+\.[0-9]+)")
_DECLARED_ENCODING = re.compile(r"Tag-File-Character-Encoding: ([!-~]+)")
_MANIFEST_LINE = re.compile(r"([0-9A-Fa-f]+)[ \t]+(\*?)(.+)", re.DOTALL)
_MANIFEST_NAME = re.compile(r"(tag)?manifest-([A-Za-z0-9_-]+)\.txt")
_FETCH_LINE = re.compile(r"(\S+)[ \t]+([0-9]+|-)[ \t]+(.+)", re.DOTALL)
_ENCODED = re.compile(r"%(25|0[AaDd])")
_TEXT_ENCODINGS = re.compile(
    r"utf-(8|16|16-le|16-be|32|32-le|32-be|7)|ascii|iso8859-\d+|cp\d+|koi8-[ru]|"
    r"mac-\w+|shift_jis\w*|euc_\w+|gb\w+|big5\w*|hz|iso2022_\w+|tis-620|ptcp154"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestLine:
    """Hold one line of a manifest: digest in lower case and path as written."""

    digest: str
    path: str
    starred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLine:
    """Hold one line of ``fetch.txt``; the length is None when unknown."""

    url: str
    length: int | None
    path: str


def lines_of(text: str) -> list[str]:
    """Split a tag file into lines at LF, CR or CRLF and nowhere else.

    `str.splitlines` would also split at U+2028 and others, which names may hold.
    """
    lines = _LINE_END.split(text)
    if lines and not lines[-1]:
        lines.pop()
    return lines


def parse_declaration(content: bytes) -> tuple[str | None, str | None, list[str]]:
    """Read ``bagit.txt``.

    Returns
    -------
    version, encoding, faults
        Version and encoding are None when they cannot be read; each fault is a
        sentence.

    Notes
    -----
    RFC 8493 section 2.1.1: two lines, UTF-8 without byte-order mark, one space
    after each colon and no other white space.
    """
    faults: list[str] = []
    if content.startswith(codecs.BOM_UTF8):
        faults.append("begins with a byte-order mark")
        content = content[len(codecs.BOM_UTF8) :]
    try:
        lines = lines_of(content.decode())
    except UnicodeDecodeError:
        return None, None, [*faults, "is not UTF-8"]
    version = _DECLARED_VERSION.fullmatch(lines[0]) if lines else None
    encoding = _DECLARED_ENCODING.fullmatch(lines[1]) if len(lines) > 1 else None
    if version is None:
        faults.append("its first line is not exactly 'BagIt-Version: M.N'")
    if encoding is None:
        faults.append(
            "its second line is not exactly 'Tag-File-Character-Encoding: NAME'"
        )
    if len(lines) > 2:  # noqa: PLR2004  the declaration has two lines
        faults.append("has more than two lines")
    return (
        version.group(1) if version else None,
        encoding.group(1) if encoding else None,
        faults,
    )


def codec_of(encoding: str) -> str | None:
    """Return Python's codec for an encoding name, or None when it is no text one."""
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        return None
    return name if _TEXT_ENCODINGS.fullmatch(name) else None


def manifest_name(path: str) -> tuple[bool, str] | None:
    """Tell from a file name whether it is a manifest.

    Returns
    -------
    (is_tag_manifest, algorithm) or None
        The algorithm is normalised: lower case, letters and digits alone.
    """
    match = _MANIFEST_NAME.fullmatch(path)
    if match is None:
        return None
    algorithm = re.sub(r"[^a-z0-9]", "", match.group(2).lower())
    return match.group(1) is not None, algorithm


def parse_manifest(
    text: str, algorithm: str
) -> tuple[list[ManifestLine], list[tuple[int, str]]]:
    """Read a manifest.

    Returns
    -------
    lines, faults
        Each fault is a line number from 1 and a sentence.
    """
    lines: list[ManifestLine] = []
    faults: list[tuple[int, str]] = []
    length = DIGEST_LENGTHS.get(algorithm)
    for number, line in enumerate(lines_of(text), 1):
        match = _MANIFEST_LINE.fullmatch(line)
        if match is None:
            faults.append((number, "is not 'digest, white space, path'"))
        elif length is not None and len(match.group(1)) != length:
            faults.append((number, f"holds no {algorithm} digest"))
        else:
            lines.append(
                ManifestLine(
                    digest=match.group(1).lower(),
                    path=match.group(3),
                    starred=bool(match.group(2)),
                )
            )
    return lines, faults


def decoded_path(path: str) -> str:
    """Undo the percent-encoding of RFC 8493 section 2.1.3: LF, CR and ``%``."""
    return _ENCODED.sub(lambda match: chr(int(match.group(1), 16)), path)


def encoded_path(path: str) -> str:
    """Apply the percent-encoding of RFC 8493 section 2.1.3."""
    return path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")


def parse_fetch(text: str) -> tuple[list[FetchLine], list[tuple[int, str]]]:
    """Read ``fetch.txt``; faults as in `parse_manifest`."""
    lines: list[FetchLine] = []
    faults: list[tuple[int, str]] = []
    for number, line in enumerate(lines_of(text), 1):
        match = _FETCH_LINE.fullmatch(line)
        if match is None:
            faults.append((number, "is not 'URL length path'"))
            continue
        length = None if match.group(2) == "-" else int(match.group(2)[:19])
        lines.append(FetchLine(url=match.group(1), length=length, path=match.group(3)))
    return lines, faults


def parse_bag_info(
    text: str, *, strict: bool
) -> tuple[list[tuple[str, str]], list[tuple[int, str]]]:
    """Read ``bag-info.txt``: labels with values, in order, repeats kept.

    Parameters
    ----------
    text : str
        The decoded file.
    strict : bool
        True for BagIt 1.0, where the colon follows the label at once and one
        space or tab follows the colon (RFC 8493 section 2.2.2).
    """
    pairs: list[tuple[str, str]] = []
    faults: list[tuple[int, str]] = []
    for number, line in enumerate(lines_of(text), 1):
        if line[:1] in (" ", "\t"):
            if not pairs:
                faults.append((number, "continues a value that never began"))
                continue
            label, value = pairs[-1]
            pairs[-1] = (label, f"{value} {line.strip()}")
            continue
        if not line.strip() and not strict:
            continue
        label, colon, value = line.partition(":")
        if not colon or not label.strip():
            faults.append((number, "is not 'Label: value'"))
        elif strict and (label != label.rstrip() or value[:1] not in ("", " ", "\t")):
            faults.append((number, "has wrong white space around its colon"))
        else:
            pairs.append((label.strip(), value.strip()))
    return pairs, faults


def format_declaration() -> bytes:
    """Write ``bagit.txt`` for BagIt 1.0."""
    return b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


def format_bag_info(pairs: list[tuple[str, str]]) -> bytes:
    """Write ``bag-info.txt``: one line a pair, never folded."""
    return "".join(f"{label}: {value}\n" for label, value in pairs).encode()


def format_manifest(entries: list[tuple[str, str]]) -> bytes:
    """Write a manifest from (path, digest) pairs, sorted by path."""
    return "".join(
        f"{digest}  {encoded_path(path)}\n" for path, digest in sorted(entries)
    ).encode()


def one_line(value: str) -> str:
    """Make a text fit for a value of ``bag-info.txt``.

    White space, line ends of every script and control characters become single
    spaces; lone surrogates become U+FFFD.
    """
    printable = "".join(
        char if char.isprintable() or char.isspace() else _shown(char) for char in value
    )
    return " ".join(printable.split())


def _shown(char: str) -> str:
    if "\ud800" <= char <= "\udfff":
        return "\ufffd"
    # Joiners and direction marks are not printable, yet scripts need them.
    return char if ord(char) > 0x9F else " "  # noqa: PLR2004  end of C1

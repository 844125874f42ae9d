"""Hostile files, made: bombs, traversal, XXE, truncations, flips, polyglots, names."""

import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

OFFSETS = 64
XXE = (
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y SYSTEM '
    '"http://127.0.0.1:1/x">]>'
)
LAUGHS = (
    "<!DOCTYPE a [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))
    + "]>"
)


def _zip(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def _tar(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def _docx(document: bytes) -> bytes:
    return _zip({"[Content_Types].xml": b"<Types/>", "word/document.xml": document})


def _png(width: int, height: int, data: bytes) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return (
            struct.pack("!I", len(content)) + kind + content + struct.pack("!I", check)
        )

    head = struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(data))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def _pdf(stream: bytes, filters: str) -> bytes:
    return (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj\n"
        + f"4 0 obj<</Length {len(stream)}/Filter[{filters}]>>stream\n".encode()
        + stream
        + b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    )


def bombs(scale: int) -> dict[str, bytes]:
    """Return files that grow when they are read, `scale` MiB each."""
    zeros = bytes(scale << 20)
    twice = zlib.compress(zlib.compress(zeros, 9), 9)
    return {
        "zeros.zip": _zip({"zeros": zeros}),
        "nested.zip": _zip({f"{n}.zip": _zip({"z": zeros}) for n in range(3)}),
        "many.zip": _zip({f"{n}": b"" for n in range(25_000)}),
        "zeros.gz": gzip.compress(zeros),
        "zeros.bz2": bz2.compress(zeros),
        "zeros.xz": lzma.compress(zeros),
        "zeros.tar.gz": gzip.compress(_tar({"zeros": zeros})),
        "laughs.xml": f"<?xml version='1.0'?>{LAUGHS}<a>&a11;</a>".encode(),
        "laughs.docx": _docx(f"{LAUGHS}<w>&a11;</w>".encode()),
        "large.docx": _docx(b"<w>" + b"<p>x</p>" * (scale << 17) + b"</w>"),
        "large.png": _png(60_000, 60_000, b"\0"),
        "twice.pdf": _pdf(twice, "/FlateDecode/FlateDecode"),
        "deep.json": b"[" * 200_000 + b"]" * 200_000,
        "deep.html": b"<div>" * 100_000,
        "deep.xml": b"<a>" * 100_000 + b"</a>" * 100_000,
        "deep.pdf": b"%PDF-1.7\n1 0 obj " + b"[" * 100_000 + b"\n%%EOF",
        "deep.rtf": b"{\\rtf1 " + b"{" * 200_000,
        "attributes.html": b"<p " + b"a=1 " * 500_000 + b">",
        "header.eml": b"From: a@b.invalid\nTo: "
        + b"a@b.invalid, " * 200_000
        + b"\n\nx",
        "parts.eml": (
            b"From: a@b.invalid\nSubject: x\nTo: a@b.invalid\nMIME-Version: 1.0\n"
            b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\n" * 20_000
        ),
        "cells.csv": b"a," * 1_000_000,
        "line.txt": b"word" * (scale << 18),
    }


def references() -> dict[str, bytes]:
    """Return files that name what lies outside of them."""
    xml = f"<?xml version='1.0'?>{XXE}<a>&x;&y;</a>".encode()
    evil = {
        "../../etc/cron.d/evil": b"x",
        "/etc/evil": b"x",
        "C:\\evil.bat": b"x",
        "a/../../evil": b"x",
    }
    link = io.BytesIO()
    with tarfile.open(fileobj=link, mode="w") as archive:
        entry = tarfile.TarInfo("link")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(entry)
    return {
        "xxe.xml": xml,
        "xxe.svg": xml.replace(b"<a>", b"<svg>").replace(b"</a>", b"</svg>"),
        "xxe.docx": _docx(f"{XXE}<w>&x;</w>".encode()),
        "xxe.odt": _zip({"content.xml": xml, "mimetype": b"application/x"}),
        "xinclude.xml": (
            b'<a xmlns:xi="http://www.w3.org/2001/XInclude">'
            b'<xi:include href="file:///etc/passwd" parse="text"/></a>'
        ),
        "frame.html": b'<iframe src="file:///etc/passwd"></iframe><base href="//x">',
        "remote.docx": _docx(b'<a r:link="http://127.0.0.1:1/x"/>'),
        "traversal.zip": _zip(evil),
        "traversal.tar": _tar(evil),
        "link.tar": link.getvalue(),
        "launch.pdf": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/Launch/F(/bin/sh)>>>>endobj",
    }


def polyglots(
    samples: list[tuple[str, bytes]], chance: random.Random
) -> dict[str, bytes]:
    """Return files that are two things at once."""
    made = {}
    for number in range(40):
        (one, first), (other, second) = chance.sample(samples, 2)
        made[f"polyglot-{number}-{Path(other).name}.{one.rpartition('.')[2]}"] = (
            first + second
        )
    return made


NAMES = (
    b"new\nline.txt",
    b"\xe2\x80\xaegpj.exe.txt",
    b"-rf.txt",
    b"--help",
    b"x" * 251 + b".txt",
    b"not\xff\xfeutf8.txt",
    b"tab\tand\x07bell.txt",
    b"$(touch evil).txt",
    b"'; DROP TABLE records; --.txt",
    b"<script>alert(1)</script>.html".replace(b"/", b"_"),
    b" .txt",
    b"CON.txt",
    b"...",
    b"%s%n%x.txt",
    b"caf\xc3\xa9.txt",
    b"cafe\xcc\x81.txt",
)


def _cut(content: bytes, chance: random.Random) -> bytes:
    return content[: len(content) * chance.randrange(OFFSETS) // OFFSETS]


def _flipped(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 8, 64))):
        if changed:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _spliced(content: bytes, chance: random.Random) -> bytes:
    if not content:
        return content
    at, length = chance.randrange(len(content)), chance.randrange(2_000)
    return content[:at] + chance.randbytes(length) + content[at + length :]


CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _cut,
    _cut,
    _flipped,
    _flipped,
    _spliced,
)


def hostile_files(
    count: int, samples: list[tuple[str, bytes]], *, seed: int, scale: int
) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and content of so many files, the same for the same seed.

    Parameters
    ----------
    samples
        Name and content of papers of every kind, which are cut and changed.
    scale
        MiB to which a bomb grows.
    """
    chance = random.Random(seed)
    made: list[tuple[bytes, bytes]] = [
        (name.encode(), content)
        for group in (bombs(scale), references(), polyglots(samples, chance))
        for name, content in group.items()
    ]
    made += [(name, b"A paper of an odd name %d" % n) for n, name in enumerate(NAMES)]
    # A small run takes some of each kind.
    chance.shuffle(made)
    kept = made[: count * 2 // 3]
    while len(kept) < count:
        name, content = chance.choice(samples)
        change = chance.choice(CHANGES)
        stem, _, ending = name.rpartition(".")
        fresh = f"{len(kept)}-{stem[:60]}{change.__name__}.{ending}"
        kept.append((fresh.encode("utf-8", "surrogateescape"), change(content, chance)))
    yield from kept

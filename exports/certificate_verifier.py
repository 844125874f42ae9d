"""Check certificates of destruction and transfer: one file, nothing but Python 3.11.

    python certificate_verifier.py FILE... [--key KEY.pem] [--items]

FILE is a certificate as JSON, or the page (HTML) that holds it. Without ``--key`` the
signature is checked with the key inside the certificate, and the fingerprint of that
key is shown: compare it with the one that the parliament publishes. Several files are
checked for their order too: each certificate names the digest of the one before it.

Exit codes: 0 all are valid; 2 usage; 3 a file cannot be read; 8 something is wrong.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

MAX_BYTES = 256 * 1024 * 1024
FORM = "recordsvc-certificate-1"
MARK = "signed-document"
COUNTED = ("records", "components", "bytes")
EXIT_VALID, EXIT_UNREADABLE, EXIT_WRONG = 0, 3, 8


class Refused(Exception):
    """Say why a certificate proves nothing."""


class TooLong(Exception):
    """Say that a file is longer than any certificate."""


# Ed25519 (RFC 8032 section 5.1), verification alone

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
_KEY_BYTES, _SIGNATURE_BYTES = 32, 64
_Point = tuple[int, int, int, int]
_NEUTRAL: _Point = (0, 1, 1, 0)
# RFC 8410: the DER of an Ed25519 public key is this and the 32 bytes of the key.
_DER_PREFIX = bytes.fromhex("302a300506032b6570032100")
_PEM = re.compile(
    r"-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END PUBLIC KEY-----\s*"
)


def verify_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a signature of 64 bytes is that of a key of 32 bytes.

    Notes
    -----
    RFC 8032 section 5.1.7, by the equation without cofactor, which OpenSSL uses
    too; numbers and points that are not in their shortest form are refused.
    """
    if len(public) != _KEY_BYTES or len(signature) != _SIGNATURE_BYTES:
        return False
    key = _point_of(public)
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or scalar >= _L:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    factor = int.from_bytes(digest, "little") % _L
    x, y, z, t = key
    opposite = (-x % _P, y, z, -t % _P)
    found = _sum(_product(scalar, _BASE), _product(factor, opposite))
    return _bytes_of(found) == signature[:32]


def public_key_of(pem: str) -> bytes | None:
    """Return the 32 bytes of an Ed25519 public key in PEM, or None."""
    match = _PEM.fullmatch(pem)
    if match is None:
        return None
    try:
        der = base64.b64decode("".join(match.group(1).split()), validate=True)
    except ValueError:
        return None
    if len(der) != len(_DER_PREFIX) + _KEY_BYTES or not der.startswith(_DER_PREFIX):
        return None
    return der[len(_DER_PREFIX) :]


def pem_of(public: bytes) -> str:
    """Write the 32 bytes of an Ed25519 public key as PEM, in the one usual form."""
    body = base64.b64encode(_DER_PREFIX + public).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n"


def _sum(one: _Point, two: _Point) -> _Point:
    x1, y1, z1, t1 = one
    x2, y2, z2, t2 = two
    a = (y1 - x1) * (y2 - x2) % _P
    b = (y1 + x1) * (y2 + x2) % _P
    c = 2 * t1 * t2 * _D % _P
    d = 2 * z1 * z2 % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _product(scalar: int, point: _Point) -> _Point:
    found = _NEUTRAL
    while scalar:
        if scalar & 1:
            found = _sum(found, point)
        point = _sum(point, point)
        scalar >>= 1
    return found


def _point_of(content: bytes) -> _Point | None:
    number = int.from_bytes(content, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return (x, y, 1, x * y % _P)


def _bytes_of(point: _Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, -1, _P)
    x, y = x * inverse % _P, y * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


_BASE_Y = 4 * pow(5, -1, _P) % _P
_BASE = _point_of(_BASE_Y.to_bytes(32, "little")) or _NEUTRAL


# The document


class _Page(HTMLParser):
    """Find the signed document in a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._is_inside:
            raise Refused("the signed document in the page is broken by a tag")
        if ("id", MARK) in attrs:
            self._is_inside = tag == "pre"
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "pre":
            self._is_inside = False

    def handle_data(self, data: str) -> None:
        if self._is_inside:
            self.found[-1] += data


def envelope_in(content: bytes) -> bytes:
    """Return the signed JSON: the content itself, or what a page holds."""
    if not _is_page(content):
        return content.strip()
    page = _Page()
    try:
        page.feed(content.decode())
        page.close()
    except UnicodeDecodeError as error:
        raise Refused("the page is no UTF-8") from error
    if len(page.found) != 1:
        raise Refused(f"the page holds {len(page.found)} signed documents, not one")
    return page.found[0].strip().encode()


def _is_page(content: bytes) -> bool:
    return content.lstrip()[:1] == b"<"


def check(content: bytes, key: bytes | None = None) -> dict[str, object]:
    """Check one certificate and return its signed facts.

    Parameters
    ----------
    content : bytes
        JSON or HTML.
    key : bytes or None
        The 32 bytes of the key that must have signed; None takes the one inside.

    Returns
    -------
    dict
        ``certificate``; ``digest`` (what the next certificate calls ``previous``);
        ``key_id`` and ``fingerprint`` (SHA-256 of the key).

    Raises
    ------
    Refused
        If anything at all is not as it was signed.
    """
    envelope = envelope_in(content)
    value = _decoded(envelope)
    if _canonical(value) != envelope:
        raise Refused("it is not written in canonical form: it was edited")
    certificate, signature = _parts(value)
    inside = public_key_of(_text(signature, "public_key"))
    if inside is None or pem_of(inside) != signature["public_key"]:
        raise Refused("the public key inside is no Ed25519 key in plain PEM")
    if key is not None and key != inside:
        raise Refused("it was signed with another key than the one given")
    sealed = _signature_bytes(signature)
    # What is signed is the whole envelope but the signature's own value.
    head = {name: signature[name] for name in signature if name != "value"}
    message = _canonical({"certificate": certificate, "signature": head})
    if not verify_ed25519(inside, message, sealed):
        raise Refused("the signature is not that of this document: it was altered")
    _check_counts(certificate)
    return {
        "certificate": certificate,
        "digest": hashlib.sha256(_canonical(certificate)).hexdigest(),
        "key_id": _text(signature, "key_id"),
        "fingerprint": hashlib.sha256(inside).hexdigest(),
    }


def breaks_in(facts: list[dict[str, object]]) -> list[str]:
    """Say where a row of certificates, oldest first, does not hang together."""
    found = []
    for before, after in pairwise(facts):
        one, two = _object(before["certificate"]), _object(after["certificate"])
        # The same certificate again, as JSON and as a page, is no break.
        if before["digest"] not in (two.get("previous"), after["digest"]):
            found.append(
                f"{_shown(two.get('id'))} does not follow {_shown(one.get('id'))}: "
                "one is missing, or they are not given oldest first"
            )
    return found


def _decoded(envelope: bytes) -> object:
    try:
        value: object = json.loads(
            envelope.decode(),
            object_pairs_hook=_unique,
            parse_float=_no_number,
            parse_constant=_no_number,
        )
    except (ValueError, RecursionError) as error:
        raise Refused(f"it is no certificate: {error}") from error
    return value


def _unique(members: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("a name stands twice")
    return found


def _no_number(text: str) -> object:
    raise ValueError(f"{text[:20]} is no whole number")


def _canonical(value: object) -> bytes:
    try:
        return json.dumps(
            value, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        ).encode()
    except (ValueError, RecursionError) as error:
        raise Refused(f"it is no certificate: {error}") from error


def _parts(value: object) -> tuple[dict[str, object], dict[str, object]]:
    whole = _object(value)
    if set(whole) != {"certificate", "signature"}:
        raise Refused("it is not made of one certificate and one signature")
    certificate, signature = _object(whole["certificate"]), _object(whole["signature"])
    if certificate.get("form") != FORM:
        raise Refused(f"its form is not {FORM}")
    if set(signature) != {"alg", "key_id", "public_key", "value"}:
        raise Refused("its signature has other members than it must")
    if signature["alg"] != "Ed25519":
        raise Refused("its signature is no Ed25519 signature")
    return certificate, signature


def _signature_bytes(signature: dict[str, object]) -> bytes:
    text = _text(signature, "value")
    try:
        value = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Refused("its signature is no Base64") from error
    if base64.b64encode(value).decode() != text:
        raise Refused("its signature is not in the one form of Base64")
    return value


def _check_counts(certificate: dict[str, object]) -> None:
    items = [_object(item) for item in _list(certificate.get("items"))]
    parts = [_object(p) for item in items for p in _list(item.get("components"))]
    sizes = [part.get("bytes") for part in parts]
    counts = _object(certificate.get("counts"))
    if not all(isinstance(size, int) for size in sizes) or counts != {
        "records": len(items),
        "components": len(parts),
        "bytes": sum(size for size in sizes if isinstance(size, int)),
    }:
        raise Refused("its counts are not those of its records")


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise Refused("it is no certificate: an object is missing")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise Refused("it is no certificate: a list is missing")
    return value


def _text(holder: dict[str, object], name: str) -> str:
    value = holder[name]
    if not isinstance(value, str):
        raise Refused(f"{name} is no text")
    return value


# The command


def main(arguments: list[str] | None = None) -> int:
    """Check the files named on the command line and return the exit code."""
    parser = argparse.ArgumentParser(
        description="Check certificates of destruction and transfer.",
        epilog="Several files: oldest first, their order is checked too.",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--key", type=Path, help="the public key (PEM) to trust")
    parser.add_argument("--items", action="store_true", help="list every record")
    options = parser.parse_args(arguments)
    try:
        key = None
        if options.key is not None:
            key = public_key_of(_read(options.key).decode("ascii", "replace"))
            if key is None:
                _say(f"{options.key}: no Ed25519 public key in PEM")
                return EXIT_UNREADABLE
        return _checked(options.files, key, with_items=options.items)
    except OSError as error:
        _say(f"{error.filename}: {error.strerror}")
    except TooLong as error:
        _say(str(error))
    return EXIT_UNREADABLE


def _checked(files: list[Path], key: bytes | None, *, with_items: bool) -> int:
    facts = []
    code = EXIT_VALID
    for path in files:
        content = _read(path)
        try:
            found = check(content, key)
        except Refused as error:
            _say(f"{path}: NOT VALID: {error}")
            code = EXIT_WRONG
            continue
        facts.append(found)
        _say(f"{path}: VALID")
        _tell(found, with_items=with_items)
        if key is None:
            _say("  Compare the key with the one that the parliament publishes,")
            _say("  or give that one with --key.")
        if _is_page(content):
            _say("  Only what is printed here is signed; the page around it is not.")
    if code == EXIT_VALID:
        for fault in breaks_in(facts):
            _say(f"THE ROW IS BROKEN: {fault}")
            code = EXIT_WRONG
    return code


def _read(path: Path) -> bytes:
    with path.open("rb") as stream:
        content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise TooLong(f"{path}: longer than {MAX_BYTES} bytes")
    return content


def _tell(facts: dict[str, object], *, with_items: bool) -> None:
    certificate = _object(facts["certificate"])
    counts = _object(certificate["counts"])
    if certificate.get("is_test") is not False:
        _say("  TEST STORE: this is no evidence of anything")
    for label, name in (
        ("Certificate of", "kind"),
        ("Id", "id"),
        ("Parliament", "parliament"),
        ("Disposal list", "list"),
        ("Executed on", "executed_on"),
        ("Issued at", "issued_at"),
        ("Previous", "previous"),
    ):
        _say(f"  {label + ':':16}{_shown(certificate.get(name))}")
    _say(f"  {'Digest:':16}{facts['digest']}")
    extent = ", ".join(f"{name} {counts[name]}" for name in COUNTED)
    _say(f"  {'Extent:':16}{extent}")
    _say(f"  {'Key:':16}{_shown(facts['key_id'])}, SHA-256 {facts['fingerprint']}")
    for item in _list(certificate["items"]) if with_items else ():
        told = _object(item)
        names = ("record", "result", "class_code", "due_on", "title")
        _say("  - " + "  ".join(_shown(told.get(name)) for name in names))
    # Only where a record lay in a dossier is there such a member.
    files = certificate.get("aggregations", [])
    for file in _list(files) if with_items else ():
        told = _object(file)
        names = ("id", "kind", "records", "closed_on", "title")
        whole = "disposed of as a whole" if told.get("is_whole") is True else "in part"
        shown = "  ".join(_shown(told.get(name)) for name in names)
        _say(f"  {whole}: {shown}")


def _shown(value: object) -> str:
    text = "-" if value is None else str(value)
    return "".join(char if char.isprintable() else "?" for char in text)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(main())

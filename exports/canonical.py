"""Canonical JSON: one way to write a value, so that its bytes can be signed.

Written by RFC 8785 (JSON Canonicalization Scheme), whole numbers alone; read as
strictly as a proof needs it: what two readers could take for different things is
refused.
"""

from __future__ import annotations

import json
import re

from exports.errors import MalformedJSON

MAX_BYTES = 64 * 1024 * 1024
"""The longest document that is read, in bytes."""

MAX_WHOLE = 2**53 - 1
"""The greatest number that every reader of JSON keeps exactly (RFC 8785, 3.2.2.3)."""

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def encode(value: object) -> bytes:
    r"""Write a value of text, whole numbers, booleans, null, lists and mappings.

    Raises
    ------
    MalformedJSON
        If it holds anything else, a number too great or a lone surrogate.

    Examples
    --------
    >>> encode({"b": [1, None], "a": "é\n"})
    b'{"a":"\xc3\xa9\\n","b":[1,null]}'
    """
    try:
        text = json.dumps(
            _ordered(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False
        )
        return text.encode()
    except (UnicodeEncodeError, RecursionError) as error:
        raise MalformedJSON(f"this cannot stand in JSON: {error}") from error


def decode(content: bytes) -> object:
    """Read a document strictly.

    Raises
    ------
    MalformedJSON
        If it is too long, no UTF-8, no JSON, nested too deeply, or holds a name
        twice in one object, a fraction, ``NaN`` or a lone surrogate.
    """
    if len(content) > MAX_BYTES:
        raise MalformedJSON(f"longer than {MAX_BYTES} bytes")
    try:
        text = content.decode()
        value: object = _STRICT.decode(text)
        if _ESCAPED_SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise MalformedJSON(f"no UTF-8 at byte {error.start + 1}") from error
    except UnicodeEncodeError as error:
        raise MalformedJSON("holds half of a surrogate pair") from error
    except json.JSONDecodeError as error:
        raise MalformedJSON(
            f"no JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        ) from error
    except RecursionError as error:
        raise MalformedJSON("nested too deeply") from error
    return value


def _ordered(value: object) -> object:
    if isinstance(value, dict):
        # RFC 8785, 3.2.3: names are sorted by their UTF-16 code units.
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return {name: _ordered(value[name]) for name in names}
    if isinstance(value, (list, tuple)):
        return [_ordered(part) for part in value]
    if isinstance(value, int) and not -MAX_WHOLE <= value <= MAX_WHOLE:
        raise MalformedJSON(f"{value} is too great for every reader to keep it")
    if value is None or isinstance(value, (str, int)):
        return value
    raise MalformedJSON(f"{type(value).__name__} cannot stand in canonical JSON")


def _unique(members: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(members)
    if len(found) != len(members):
        raise MalformedJSON("a name stands twice in one object")
    return found


def _whole(digits: str) -> int:
    if len(digits) > len(str(MAX_WHOLE)) + 1 or abs(int(digits)) > MAX_WHOLE:
        raise MalformedJSON("a number is too great for every reader to keep it")
    return int(digits)


def _refused(text: str) -> object:
    raise MalformedJSON(f"{text[:20]} is no whole number")


_STRICT = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_int=_whole,
    parse_float=_refused,
    parse_constant=_refused,
)

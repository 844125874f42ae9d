"""The plain values of the bitstream store."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_DIGEST = re.compile(r"[0-9a-f]{64}")

# Is called with the bytes copied so far.
Progress = Callable[[int], None]
Source = BinaryIO | Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What became of bytes that were put.

    Parameters
    ----------
    sha256
        Lower-case hex.
    bytes
        Length.
    new
        False if the store held these bytes before.
    """

    sha256: str
    bytes: int
    new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One bitstream as the store holds it.

    Parameters
    ----------
    modified_s
        When it was last put, in seconds since 1970 UTC.
    """

    sha256: str
    bytes: int
    modified_s: float


def is_digest(name: str) -> bool:
    """Tell whether a name is a SHA-256 in lower-case hex."""
    return _DIGEST.fullmatch(name) is not None


def check_digest(sha256: str) -> str:
    """Return a digest that is safe to build a path from.

    Raises
    ------
    ValueError
        If it is not 64 lower-case hex digits.
    """
    if not is_digest(sha256):
        raise ValueError(f"{sha256!r} is no SHA-256 in lower-case hex")
    return sha256

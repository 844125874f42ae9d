"""Make texts comparable: dashes, spaces, letter case."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["fold", "letters", "plain", "squash"]

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2500\ufe58\ufe63\uff0d"
_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
_SPACES += "\u200a\u202f\u205f\u3000\t"
_PLAIN = dict.fromkeys(_DASHES, "-") | dict.fromkeys(_SPACES, " ") | {"\u2019": "'"}
_UNPLAIN = re.compile(f"[{_DASHES}{_SPACES}\u2019]")
_NOT_LETTERS = re.compile(r"[\W_]+")
_ROUNDS = 4


def plain(text: str) -> str:
    """Return the text with one dash, one space and one apostrophe.

    Notes
    -----
    Every character stays one character, so that a place in the answer is the
    same place in `text`.

    Examples
    --------
    >>> plain("2012\u201313\u00a0p.")
    '2012-13 p.'
    """
    if text.isascii():
        return text.replace("\t", " ")
    return _UNPLAIN.sub(lambda match: _PLAIN[match[0]], text)


def squash(text: str) -> str:
    """Return the text on one line, white space collapsed and trimmed."""
    return " ".join(text.split())


def fold(text: str) -> str:
    r"""Return the text as it is compared: plain, collapsed, in NFC, without case.

    Notes
    -----
    ``fold(fold(text)) == fold(text)``. Folding of case and composition can undo
    one another for a few letters, hence the rounds.

    Examples
    --------
    >>> fold("  Act,\nNo. 7 ")
    'act, no. 7'
    """
    folded = squash(plain(text))
    for _ in range(_ROUNDS):
        again = squash(plain(unicodedata.normalize("NFC", folded.casefold())))
        if again == folded:
            break
        folded = again
    return folded


def letters(text: str) -> str:
    """Return letters and digits of a text alone, without case.

    Examples
    --------
    >>> letters("Finance(Amendment) ")
    'financeamendment'
    """
    return _NOT_LETTERS.sub("", fold(text))

"""The words of letters in each language of the interface."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from recordsvc.model.mail import LetterKind

FILE = Path(__file__).with_name("letters.toml")
SOURCE = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What letters say in one language.

    Parameters
    ----------
    subject, lead
        Subject and first sentence by kind, with ``%(house)s`` and ``%(n)s``.
    waiting
        Heading by what waits, in the order of the letter.
    silent
        How long nobody has acted, with ``%(days)s``.
    """

    language: str
    subject: dict[LetterKind, str]
    lead: dict[LetterKind, str]
    waiting: dict[str, str]
    silent: str
    silence: str
    account: str
    test_store: str


@lru_cache(maxsize=1)
def every_language() -> dict[str, Words]:
    """Return the words by language."""
    found = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {
        language: Words(language=language, **said) for language, said in found.items()
    }


def words_in(language: str) -> Words:
    """Return the words of a language; English where it has none."""
    known = every_language()
    return known.get(language) or known[SOURCE]

"""Say in which language a text is written.

Scripts used by one language decide by themselves. The others are told apart by
their function words, the hundred or so words that make up half of any running text,
and by letters that neighbours do not have. The words stand in
:mod:`ingest.language_words`: one line a language, to be read and
mended by someone who speaks it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import chain

from ingest.language_words import LETTERS, SCRIPTS, WORDS

__all__ = ["detect_language", "known_languages"]

_SAMPLE_CHARS = 6_000
_PROSE_SPACES = 5
_MAX_LINE_CHARS = 1_000
_ENOUGH_LETTERS = 200
_MIN_LETTERS = 12
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_CERTAIN_MARGIN = 0.35
_ENOUGH_SMALL = 5


def known_languages() -> frozenset[str]:
    """Return the BCP 47 tags that can be answered."""
    return frozenset(WORDS) | frozenset(SCRIPTS.values())


def detect_language(texts: str | Iterable[str]) -> tuple[str | None, float]:
    """Return the main language of a text and how sure that is.

    Parameters
    ----------
    texts
        The text, or its pages; about 12,000 characters are looked at, from the
        beginning and the middle.

    Returns
    -------
    tuple
        A BCP 47 tag or None, and a confidence from 0.0 to 1.0.

    Examples
    --------
    >>> detect_language("The House resolved that the bill be read a second time.")[0]
    'en'
    >>> detect_language("Η Βουλή των Ελλήνων ψήφισε το νομοσχέδιο.")[0]
    'el'
    >>> detect_language("12 34")
    (None, 0.0)
    """
    sample = _sample([texts] if isinstance(texts, str) else list(texts))
    scripts: Counter[str] = Counter()
    for letter, occurrences in Counter(sample).items():
        if letter.isalpha():
            scripts[_script(letter)] += occurrences
    letters = scripts.total()
    if letters < _MIN_LETTERS:
        return None, 0.0
    script, count = scripts.most_common(1)[0]
    if scripts["HIRAGANA"] + scripts["KATAKANA"] > 0.1 * letters:
        return "ja", 0.99
    share = count / letters
    if script in SCRIPTS:
        return SCRIPTS[script], round(share, 3)
    candidates = {
        language: words
        for language, words in _weights().items()
        if LETTERS[language].script == script
    }
    if not candidates:
        return None, 0.0
    return _by_words(sample, candidates, share)


def _sample(pages: list[str]) -> str:
    """Return lines of running text from the beginning and the middle."""
    lines: list[str] = []
    middle = pages[len(pages) // 2 :]
    room = _SAMPLE_CHARS
    for part, offset in ((pages, 0), (middle, len(middle[0]) // 2 if middle else 0)):
        room += _SAMPLE_CHARS
        start = offset
        for page in part:
            text = page[start : start + 4 * _SAMPLE_CHARS]
            start = 0
            for line in text.split("\n"):
                if line.count(" ") >= _PROSE_SPACES:
                    lines.append(line[:_MAX_LINE_CHARS])
                    room -= len(lines[-1]) + 1
            if room <= _SAMPLE_CHARS:
                break
    prose = "\n".join(lines)
    if sum(map(str.isalpha, prose[:2_000])) >= _ENOUGH_LETTERS:
        return prose[: 2 * _SAMPLE_CHARS]
    return "\n".join(page[:_SAMPLE_CHARS] for page in pages[:20])[:_SAMPLE_CHARS]


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    if letter.isascii():
        return "LATIN"
    return unicodedata.name(letter, "UNKNOWN").split(" ", 1)[0].split("-")[0]


@lru_cache(maxsize=1)
def _weights() -> Mapping[str, Mapping[str, float]]:
    """Return the weight of every word in every language.

    A word shared by many languages says less; the first words of a line are the
    most frequent ones and say more.
    """
    lists = {language: words.split() for language, words in WORDS.items()}
    shared = Counter(chain.from_iterable(set(words) for words in lists.values()))
    return {
        language: {
            word: (1.0 + 0.6 * (1 - rank / len(words))) / shared[word] ** 0.5
            for rank, word in enumerate(words)
        }
        for language, words in lists.items()
    }


def _by_words(
    text: str, candidates: Mapping[str, Mapping[str, float]], share: float
) -> tuple[str | None, float]:
    words = _running_words(text)
    total = sum(words.values())
    if not total:
        return None, 0.0
    letters = Counter(text.lower())
    scores = {
        language: _word_score(words, weights, total)
        + _letter_score(letters, language, total)
        for language, weights in candidates.items()
    }
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    best, score = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    if score <= 0:
        return None, 0.0
    margin = (score - max(second, 0.0)) / score
    evidence = min(1.0, score / 0.25) * min(1.0, total / 12)
    confidence = share * min(1.0, margin / _CERTAIN_MARGIN) * evidence
    return best, round(max(0.01, min(0.99, confidence)), 3)


def _running_words(text: str) -> Counter[str]:
    """Return the words of running text, names and initials left aside.

    Lists of members and votes are names nearly throughout; what little is written
    in small letters between them tells the language.
    """
    words = _WORD.findall(text.replace("’", "'"))
    small = [word for word in words if word.islower() or not word.isascii()]
    if len(small) >= _ENOUGH_SMALL or len(small) * 3 > len(words):
        return Counter(word.lower() for word in small)
    return Counter(word.lower() for word in words)


def _word_score(
    words: Mapping[str, int], weights: Mapping[str, float], total: int
) -> float:
    score = 0.0
    for word, count in words.items():
        weight = weights.get(word)
        if weight is None and "'" in word:
            head, _, tail = word.partition("'")
            weight = weights.get(head + "'") or weights.get(tail)
        if weight is not None:
            score += weight * count
    return score / total


def _letter_score(letters: Mapping[str, int], language: str, total: int) -> float:
    own, foreign = LETTERS[language].own, LETTERS[language].foreign
    plus = sum(letters.get(letter, 0) for letter in own)
    minus = sum(letters.get(letter, 0) for letter in foreign)
    return (0.5 * min(plus, total) - 0.8 * min(minus, total)) / total

"""Our tokens: one analysis for papers and queries, whatever the engine."""

import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import Stemmer

from recordsvc.search.endings import restored
from recordsvc.search.words import exact_of, folded, raw_tokens

_ALGORITHMS = {
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "st": "sesotho",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
_MAX_CACHED = 200_000
_local = threading.local()

# Light stemming of Arabic (Larkey, Ballesteros and Connell, light10).
_ARABIC = re.compile("[\u0621-\u064a]")
_ARABIC_BEFORE = ("وال", "بال", "كال", "فال", "لل", "ال")
_ARABIC_AFTER = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")
_ARABIC_LEFT = 2
# The accusative ends in an alef that light10 leaves: a report, read as an object.
_ACCUSATIVE = "ا"


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of a text joined by spaces, the same number in both."""

    exact: str
    stem: str


@dataclass(frozen=True, slots=True)
class QueryToken:
    """One place in a query: what may stand there in each kind of column."""

    exact: tuple[str, ...]
    stems: tuple[str, ...]


def analyse(text: str, language: str) -> Tokens:
    """Cut a text into tokens.

    Parameters
    ----------
    language
        BCP 47 tag; without a stemmer of that language, or for an empty one,
        the stem is the token without accents.

    Returns
    -------
    Tokens
        ``exact`` folded in case, accents kept; ``stem`` stemmed and without
        accents. Stop words stay: phrases need them.

    Examples
    --------
    >>> analyse("Água potável, Lei 14.026/2020", "pt")
    Tokens(exact='água potável lei 14026 2020', stem='agu potavel lei 14026 2020')
    """
    raw = raw_tokens(text)
    known = _known(_base(language))
    missing = [word for word in dict.fromkeys(raw) if word not in known]
    if missing:
        known.update(_analysed(missing, _base(language)))
    pairs = [known[word] for word in raw]
    if len(known) > _MAX_CACHED:
        known.clear()
    return Tokens(
        exact=" ".join([pair[0] for pair in pairs]),
        stem=" ".join([pair[1] for pair in pairs]),
    )


def query_tokens(text: str, languages: Iterable[str]) -> tuple[QueryToken, ...]:
    """Return the tokens of a query text, with the stems of every language.

    Parameters
    ----------
    languages
        The languages of the installation: nobody knows that of a query.
    """
    bases = tuple(dict.fromkeys(_base(language) for language in languages))
    return tuple(
        QueryToken(exact=(token,), stems=_stems_of(token, bases))
        for raw in raw_tokens(text)
        for token in exact_of(raw)
    )


def _base(language: str) -> str:
    return language.split("-", 1)[0].split("_", 1)[0].lower()


def _known(language: str) -> dict[str, tuple[str, str]]:
    """Return this thread's words of a language, raw word to (exact, stem)."""
    caches: dict[str, dict[str, tuple[str, str]]] = _local.__dict__
    key = language if language in _ALGORITHMS or language == "ar" else ""
    return caches.setdefault(f"words {key}", {})


def _stem(words: Sequence[str], language: str) -> list[str]:
    """Stem tokens; a PyStemmer object is not safe between threads."""
    algorithm = _ALGORITHMS.get(language)
    if algorithm is None:
        return list(words)
    stemmers: dict[str, Stemmer.Stemmer] = _local.__dict__
    name = f"stemmer {algorithm}"
    if name not in stemmers:
        # The cache inside would grow beside ours.
        stemmers[name] = Stemmer.Stemmer(algorithm, 0)
    return [
        stem or word
        for stem, word in zip(stemmers[name].stemWords(words), words, strict=True)
    ]


def _analysed(
    raw: Sequence[str], language: str
) -> Iterable[tuple[str, tuple[str, str]]]:
    exact = [exact_of(word) for word in raw]
    flat = list(dict.fromkeys(token for tokens in exact for token in tokens))
    stems = {
        token: _folded_stem(token, stem, language)
        for token, stem in zip(flat, _stem(flat, language), strict=True)
    }
    for word, tokens in zip(raw, exact, strict=True):
        yield word, (" ".join(tokens), " ".join([stems[token] for token in tokens]))


def _folded_stem(token: str, stem: str, language: str) -> str:
    if token.isascii():
        return stem
    if language in {"ar", ""} and _ARABIC.match(token):
        return _light(folded(token))
    return folded(stem)


def _light(word: str) -> str:
    """Return an Arabic word without conjunction, article and common endings."""
    return _without_ending(_without_article(_without_conjunction(word)))


def _light_forms(word: str) -> tuple[str, ...]:
    """Return every form under which a paper may hold an Arabic query word.

    Only the word itself shows whether a first waw is "and" or a root letter
    (minister, ministry): papers drop it, queries try both.
    """
    bare = _without_article(word)
    return tuple(
        _without_ending(form)
        for form in (
            _without_article(_without_conjunction(word)),
            bare,
            _without_conjunction(bare),
        )
    )


def _without_conjunction(word: str) -> str:
    return word[1:] if word[0] == "و" and len(word) > _ARABIC_LEFT + 1 else word


def _without_article(word: str) -> str:
    for before in _ARABIC_BEFORE:
        if word.startswith(before) and len(word) - len(before) >= _ARABIC_LEFT:
            return word[len(before) :]
    return word


def _without_ending(word: str) -> str:
    if word.endswith(_ACCUSATIVE) and len(word) > _ARABIC_LEFT + 1:
        word = word[:-1]
    for after in _ARABIC_AFTER:
        if word.endswith(after) and len(word) - len(after) >= _ARABIC_LEFT:
            word = word[: -len(after)]
    return word


def _stems_of(token: str, languages: Sequence[str]) -> tuple[str, ...]:
    found = [folded(token)]
    for language in languages:
        forms = [token, *restored(token, language)]
        found.extend(
            _folded_stem(form, stem, language)
            for form, stem in zip(forms, _stem(forms, language), strict=True)
        )
    if _ARABIC.match(token):
        found.extend(_light_forms(folded(token)))
    return tuple(dict.fromkeys(found))

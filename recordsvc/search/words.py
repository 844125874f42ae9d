"""Where the words of a text stand, and the form under which each is compared.

Nothing here depends on the language of the text, so that a query, whose
language nobody knows, is cut exactly as every paper was.
"""

import re
import unicodedata
from collections.abc import Iterator

MAX_TOKEN = 100
_MARKS = "".join(
    chr(code)
    for code in range(0x300, 0x10000)
    if unicodedata.category(chr(code)) in {"Mn", "Mc", "Me"}
)
# Soft hyphen and zero-width joiners stand inside words; they go when the token
# is made, with the tatweel, which only stretches an Arabic line.
_INNER = "\u00ad\u200c\u200d\u2060"
_WORD = rf"[\w{_MARKS}{_INNER}]+"
_APOSTROPHES = "'\u2018\u2019\u02bc\u02bb`\u00b4"
# A number whose thousands are set apart is one token, so that 14.026, 14,026
# and 14026 find each other; any other separator parts tokens.
_TOKEN = re.compile(
    rf"\d{{1,3}}(?:[.,]\d{{3}})+(?![\w])|{_WORD}(?:[{_APOSTROPHES}]{_WORD})*"
)
_NOISE = re.compile(rf"[^\w{_MARKS}]|[_\u0640{_INNER}]")
# Scripts written without spaces: two letters at a time, as Lucene does.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005\u3040-\u30ff"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\uff66-\uff9f\U00020000-\U0003ffff"
)
_RUNS = re.compile(rf"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_HAS_UNSPACED = re.compile(rf"[{_UNSPACED}]")
_CURLY = {ord(mark): "'" for mark in _APOSTROPHES}
_ELIDED = frozenset(
    {*"ldjmtsnc", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "presqu", "quelqu"}
    | {"dell", "nell", "all", "dall", "sull", "coll", "un", "quell", "quest", "gl"}
    | {"degl", "agl", "negl", "sant", "bell", "anch", "dov", "com", "cos"}
)
_STRIPPED = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]"
)
_LETTERS = str.maketrans(
    {
        "œ": "oe",
        "æ": "ae",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "ħ": "h",
        "ŧ": "t",
        "ı": "i",
        "ŋ": "n",
        "ĸ": "k",
        "ə": "a",
        "ٱ": "ا",
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ئ": "ي",
        "ؤ": "و",
        "ة": "ه",
        "ک": "ك",
    }
)


def raw_tokens(text: str) -> list[str]:
    """Return the words of a text as they stand, for `exact_of`."""
    found: list[str] = _TOKEN.findall(text.replace("_", " "))
    return found


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each token, in code points, one for one as analysed."""
    for match in _TOKEN.finditer(text.replace("_", " ")):
        start = match.start()
        for first, last in _pieces(match.group()):
            yield start + first, start + last


def exact_of(raw: str) -> tuple[str, ...]:
    """Return the tokens of one raw word: folded in case, accents kept.

    Examples
    --------
    >>> exact_of("L'Éducation"), exact_of("14.026"), exact_of("東京都")
    (('éducation',), ('14026',), ('東京', '京都'))
    """
    return tuple(_normal(raw[first:last]) for first, last in _pieces(raw))


def folded(token: str) -> str:
    """Return a token without accents, ligatures and Arabic spelling variants.

    Examples
    --------
    >>> folded("potável"), folded("cœur"), folded("إِدَارَة")
    ('potavel', 'coeur', 'اداره')
    """
    if token.isascii():
        return token
    # Letters first: decomposed, an alef with hamza would be an alef with a mark.
    plain = _STRIPPED.sub("", unicodedata.normalize("NFKD", token.translate(_LETTERS)))
    return unicodedata.normalize("NFC", plain) or token


def with_ascii_digits(text: str) -> str:
    """Return the text with the decimal digits of every script as 0 to 9."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(c)) if c.isdecimal() and not c.isascii() else c
        for c in text
    )


def _pieces(raw: str) -> list[tuple[int, int]]:
    if raw.isascii() or not _HAS_UNSPACED.search(raw):
        return [(0, len(raw))]
    found: list[tuple[int, int]] = []
    for run in _RUNS.finditer(raw):
        first, last = run.span()
        if last - first > 2 and _HAS_UNSPACED.match(run.group()):  # noqa: PLR2004
            found.extend((at, at + 2) for at in range(first, last - 1))
        else:
            found.append((first, last))
    return found


def _normal(raw: str) -> str:
    token = raw.casefold()
    if not token.isascii():
        token = unicodedata.normalize("NFKC", raw).casefold()
        token = unicodedata.normalize("NFKC", token.translate(_CURLY))
        token = with_ascii_digits(token)
    if "'" in token or "`" in token:
        token = _without_apostrophes(token.replace("`", "'"))
    if not (token.isascii() and token.isalnum()):
        token = _NOISE.sub("", token) or _hex(raw)
    return token[:MAX_TOKEN]


def _without_apostrophes(token: str) -> str:
    """Drop elided articles (l'eau), the genitive (Kenya's), and join the rest."""
    first, *rest = token.split("'")
    while rest and first in _ELIDED:
        first, *rest = rest
    if rest and rest[-1] == "s" and len("".join((first, *rest[:-1]))) > 1:
        rest = rest[:-1]
    return "".join((first, *rest))


def _hex(raw: str) -> str:
    """Return a token for a word of nothing but signs: tokens are never empty."""
    return "".join(f"u{ord(c):x}" for c in raw)[:MAX_TOKEN]

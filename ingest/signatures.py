"""Make texts of papers comparable by short fingerprints: digest and signature.

The digest of a text finds the same words in another format; the signature, a sample
of its three-word sequences, says how much two texts have in common without either
at hand. Both depend on the text alone, never on process, platform or language.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

from ingest.errors import SignatureError

__all__ = [
    "BANDS",
    "SIZE",
    "Signature",
    "bands",
    "containment",
    "jaccard",
    "signature_of",
    "text_digest",
    "words_of",
]

SIZE = 128
BANDS = 32
_ROWS = SIZE // BANDS
_VERSION = "m1"
_SHINGLE = 3
_LEAST_WORDS = 20
_BIN_BITS = SIZE.bit_length() - 1
_HASH_BITS = 64
_MASK = (1 << _HASH_BITS) - 1
_VALUE_MASK = (1 << 16) - 1
# Odd numbers without a pattern (the first two of SplitMix64, and that of FNV).
_FIRST, _SECOND, _MIX = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
# Scripts written without spaces between words: each sign counts as one.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
)
_WORDS = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_LATIN_WORDS = re.compile(r"[^\W_]+")
_APART = re.compile(r"(?<=\d)[\W_]+(?=\d)")
_SEPARATOR = "\x1f"
_HEADS = (2_000, 20_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Hold a sample of the three-word sequences of a text.

    Parameters
    ----------
    values
        128 numbers of 16 bits; two texts share each with the likelihood that is
        their Jaccard similarity.
    shingles
        How many different sequences the text has.
    """

    values: tuple[int, ...]
    shingles: int

    def __str__(self) -> str:
        """Return it as it is kept: version, count and values in base64."""
        packed = base64.b64encode(struct.pack(f">{SIZE}H", *self.values))
        return f"{_VERSION}:{self.shingles}:{packed.decode('ascii')}"

    @classmethod
    def read(cls, text: str) -> Signature:
        """Return the signature that was kept as a text.

        Raises
        ------
        SignatureError
            The text is malformed, or of a version that cannot be compared: it has
            to be made anew from the paper's text.
        """
        version, _, rest = text.partition(":")
        if version != _VERSION:
            raise SignatureError(
                f"the signature is of version {version[:8]!r}, not {_VERSION}; "
                "make it anew from the text"
            )
        count, _, packed = rest.partition(":")
        try:
            shingles = int(count)
            content = base64.b64decode(packed, validate=True)
            values = struct.unpack(f">{SIZE}H", content)
        except (ValueError, binascii.Error, struct.error) as odd:
            raise SignatureError(f"the signature is malformed: {odd}") from None
        if shingles < 1:
            raise SignatureError("the signature is malformed: it counts nothing")
        return cls(values=values, shingles=shingles)


def text_digest(text: str) -> str | None:
    r"""Return a digest of the letters and digits of a text, or None.

    Parameters
    ----------
    text
        The text of all pages.

    Returns
    -------
    str or None
        64 hexadecimal digits; None for fewer than 20 words, which say too little.

    Notes
    -----
    Letter case, white space, line breaks, hyphens at line ends and punctuation do
    not count, since formats differ in them; accents do, and so does that two
    figures are two: ``1 5`` is not ``15``.

    Examples
    --------
    >>> many = " ".join(["The Act may be cited"] * 5)
    >>> text_digest(many) == text_digest(many.upper().replace(" ", "\n"))
    True
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    if all(len(words_of(folded[:chars])) < _LEAST_WORDS for chars in _HEADS):
        return None
    ready = _APART.sub(_SEPARATOR, unicodedata.normalize("NFC", folded))
    marks = re.escape("".join(_marks_in(ready)))
    kept = re.findall(rf"(?:[^\W_]|[{_SEPARATOR}{marks}])+", ready)
    content = "".join(kept).encode("utf-8", "replace")
    return blake2b(content, digest_size=32).hexdigest()


def _marks_in(text: str) -> list[str]:
    """Return the accents and vowel signs of a text that are signs of their own."""
    signs = sorted(set(text))
    return [sign for sign in signs if unicodedata.category(sign).startswith("M")]


def words_of(text: str) -> list[str]:
    """Return the words of a text as likeness counts them.

    Notes
    -----
    NFKC without case and without accents and vowel points: another producer of the
    same paper may lose them, and few papers differ in nothing else. Scripts without
    spaces give one word a sign.

    Examples
    --------
    >>> words_of("L’Été, ﬁn 2024")
    ['l', 'ete', 'fin', '2024']
    """
    if text.isascii():
        return _LATIN_WORDS.findall(text.lower())
    folded = unicodedata.normalize("NFKD", text).casefold()
    if marks := _marks_in(folded):
        folded = folded.translate(dict.fromkeys(map(ord, marks)))
    return _WORDS.findall(unicodedata.normalize("NFC", folded))


def signature_of(text: str) -> Signature | None:
    """Return the signature of a text, or None for fewer than 20 words.

    Parameters
    ----------
    text
        The text of all pages.

    Notes
    -----
    One hash a sequence, its first bits choosing one of 128 bins, the least of each
    bin being the sample (Li, Owen and Zhang, One Permutation Hashing, NIPS 2012):
    the estimate is that of 128 permutations at one hundredth of the work. Empty
    bins of short texts borrow from others by a fixed order (Shrivastava, Optimal
    Densification for Fast and Accurate Minwise Hashing, ICML 2017).
    """
    words = words_of(text)
    if len(words) < _LEAST_WORDS:
        return None
    hashes = sorted(_shingles(words))
    values: list[int | None] = []
    place = 0
    for bin_number in range(SIZE):
        place = bisect_left(hashes, bin_number << (_HASH_BITS - _BIN_BITS), place)
        inside = place < len(hashes) and _bin(hashes[place]) == bin_number
        values.append(hashes[place] & _VALUE_MASK if inside else None)
    return Signature(values=tuple(_filled(values)), shingles=len(hashes))


def _shingles(words: list[str]) -> set[int]:
    """Return the hashes of all sequences of three words."""
    known = {word: _hash(word) for word in set(words)}
    hashed = [known[word] for word in words]
    mixed = {
        ((a * _FIRST + b) * _SECOND + c) & _MASK
        for a, b, c in zip(hashed, hashed[1:], hashed[2:], strict=False)
    }
    return {((h ^ (h >> 31)) * _MIX) & _MASK for h in mixed}


def _hash(word: str) -> int:
    content = word.encode("utf-8", "replace")
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "big")


def _bin(value: int) -> int:
    return value >> (_HASH_BITS - _BIN_BITS)


def _filled(values: list[int | None]) -> Iterator[int]:
    """Yield the samples, each empty bin with that of the first full one in its order.

    The orders are the same for all texts, so that texts which are alike borrow alike.
    """
    for number, value in enumerate(values):
        found, step = value, 0
        while found is None:
            step += 1
            mixed = ((number * SIZE + step) * _FIRST) & _MASK
            found = values[_bin(mixed ^ (mixed >> 29) * _SECOND & _MASK)]
        yield found


def jaccard(one: Signature, other: Signature) -> float:
    """Return the estimated Jaccard similarity of two texts, from 0 to 1.

    Notes
    -----
    The standard error is at most ``0.5 / sqrt(128) = 0.044``.
    """
    same = sum(map(int.__eq__, one.values, other.values))
    return same / SIZE


def containment(part: Signature, whole: Signature) -> float:
    """Return an estimate of how much of one text stands in another, from 0 to 1.

    Notes
    -----
    A hint only: it is worked out from the Jaccard similarity and the two counts,
    and weak where `part` is much shorter than `whole`.
    """
    alike = jaccard(part, whole)
    shared = alike / (1 + alike) * (part.shingles + whole.shingles)
    return min(1.0, shared / part.shingles)


def bands(signature: Signature) -> tuple[str, ...]:
    """Return the keys by which papers that may be alike find one another.

    Returns
    -------
    tuple of str
        32 keys, each of four values, with the version. Papers of a Jaccard
        similarity of 0.7 share one with a likelihood above 0.999, of 0.5 with
        0.87, of 0.2 with 0.05 (Leskovec, Rajaraman and Ullman, Mining of Massive
        Datasets, section 3.4).
    """
    return tuple(_band_keys(signature.values))


def _band_keys(values: Iterable[int]) -> Iterator[str]:
    every = tuple(values)
    for number in range(BANDS):
        row = every[number * _ROWS : (number + 1) * _ROWS]
        packed = struct.pack(f">{_ROWS}H", *row)
        yield f"{_VERSION}.{number:02d}.{packed.hex()}"

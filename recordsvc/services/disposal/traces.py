"""What a destroyed record could be recognised by: samples that the absence scan seeks.

They are taken before the content goes, kept masked while the run needs them, and
wiped before the certificate is issued. Samples are looked for byte by byte wherever
the service writes. A plain word cannot be: other texts may hold it, or a word that it
is a part of. So the index is asked whether it still knows the record by that word.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import cycle, islice

from recordsvc.model import Manifestation, Record
from recordsvc.model.record import Tombstone
from recordsvc.search.analysis import analyse, query_tokens
from recordsvc.search.ast import Word
from recordsvc.search.index import AccessFilter
from recordsvc.services.context import Context
from recordsvc.services.disposal.residue import texts_of
from recordsvc.services.renditions import load
from recordsvc.settings import ACCESS_LEVELS
from recordsvc.storage.errors import BitstreamMissing

SAMPLE_BYTES = 48
# Fewer different bytes than this are met by chance: padding, rulings, tables.
MIN_VARIETY = 20
TEXT_SAMPLES = 3
FILE_SAMPLES = 3
WORDS = 2
MIN_WORD = 9
# Marks a sample that is a word of the index.
WORD = b"\0"
_TRIES = 6
_WORD = re.compile(rf"[^\W_]{{{MIN_WORD},40}}")


def traces_of(ctx: Context, record: Record, stone: Tombstone) -> tuple[bytes, ...]:
    """Return samples of a record's bytes and text, and words that only it has.

    Parameters
    ----------
    stone
        What stays of it: nothing that stands there is looked for.

    Returns
    -------
    tuple of bytes
        Words begin with `WORD`.

    Notes
    -----
    A title that goes is looked for by its words in the index, and never byte by byte:
    a dossier, a hold or the tombstone of another paper may rightly bear the same.
    """
    texts = [text for file in record.files for text in _texts(ctx, file)]
    kept = "\n".join(texts_of(stone)).casefold()
    known = _forms_of_title(stone)
    titles = [] if stone.title else [title for _, title in record.titles]
    samples = [
        *(sample for file in record.files for sample in _of_file(ctx, file)),
        *_of_text(texts),
        *(s for word in _own_words(ctx, texts, kept, known) for s in _as_sought(word)),
        *(WORD + word.encode() for word in _own_words(ctx, titles, kept, known)),
    ]
    return tuple(dict.fromkeys(s for s in samples if not _is_within(s, kept)))


def _is_within(sample: bytes, kept: str) -> bool:
    text = sample.decode("utf-8", "replace").casefold()
    return text in kept


def _texts(ctx: Context, file: Manifestation) -> list[str]:
    try:
        return [page.text for page in load(ctx.bitstreams, file.rendition)]
    except BitstreamMissing:
        return []


def _of_file(ctx: Context, file: Manifestation) -> Iterator[bytes]:
    """Yield samples spread over a file; its beginning is its format's, not its own."""
    if not ctx.bitstreams.exists(file.sha256):
        # Bytes that were lost leave nothing to look for.
        return
    with ctx.bitstreams.open(file.sha256) as stream:
        for part in range(1, FILE_SAMPLES + 1):
            stream.seek(file.bytes * part // (FILE_SAMPLES + 1))
            sample = stream.read(SAMPLE_BYTES)
            if len(sample) == SAMPLE_BYTES and len(set(sample)) >= MIN_VARIETY:
                yield sample


def _of_text(texts: list[str]) -> Iterator[bytes]:
    whole = "\n".join(texts)
    found = 0
    for part in range(1, 2 * TEXT_SAMPLES + 1):
        at = len(whole) * part // (2 * TEXT_SAMPLES + 1)
        sample = whole[at : at + SAMPLE_BYTES].strip()
        if len(set(sample)) >= MIN_VARIETY // 2:
            yield sample.encode("utf-8", "ignore")
            found += 1
        if found == TEXT_SAMPLES:
            return


def _forms_of_title(stone: Tombstone) -> frozenset[str]:
    """Return the forms in which the index goes on knowing a title that stays."""
    tokens = analyse(stone.title or "", stone.language or "und")
    return frozenset((*tokens.exact.split(), *tokens.stem.split()))


def _is_known_by(ctx: Context, word: str, known: frozenset[str]) -> bool:
    """Say whether the title that stays would answer a search for a word."""
    return any(
        not known.isdisjoint((*token.exact, *token.stems))
        for token in query_tokens(word, ctx.settings.languages)
    )


def _own_words(
    ctx: Context, texts: list[str], kept: str, known: frozenset[str]
) -> Iterator[str]:
    """Yield long words that the index knows of this record alone."""
    words = dict.fromkeys(w for text in texts for w in _WORD.findall(text))
    own = sorted((w for w in words if w.casefold() not in kept), key=len, reverse=True)
    sought = (w for w in own if not _is_known_by(ctx, w, known))
    found = 0
    for word in islice(sought, _TRIES):
        if len(known_by(ctx, word)) == 1:
            yield word
            found += 1
        if found == WORDS:
            return


def _as_sought(word: str) -> Iterator[bytes]:
    """Yield a word of a text in every form in which it is looked for."""
    yield WORD + word.encode()
    if _is_code(word):
        # As it was written, and as the index keeps it.
        yield word.encode()
        yield word.casefold().encode()


def _is_code(word: str) -> bool:
    """Say whether a word is one that no other text holds by chance."""
    return not word.isalpha() and not word.isdigit()


def known_by(ctx: Context, word: str) -> tuple[str, ...]:
    """Return the ids of the first records that the index knows by a word."""
    access = AccessFilter(levels=frozenset(ACCESS_LEVELS))
    hits = ctx.search().search(Word(text=word), access=access, limit=_TRIES)
    return tuple(hit.record_id for hit in hits.hits)


def masked(samples: Iterable[bytes], mask: bytes) -> tuple[bytes, ...]:
    """Return samples so that a scan for them does not find this list, and back.

    Examples
    --------
    >>> masked(masked((b"a sample",), b"key"), b"key")
    (b'a sample',)
    """
    return tuple(
        bytes(a ^ b for a, b in zip(sample, cycle(mask), strict=False))
        for sample in samples
    )

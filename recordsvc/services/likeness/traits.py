"""The traits of a record: made from its text, kept beside it, found by keyed words."""

import hashlib
from collections.abc import Iterator

from ingest.editions import work_and_edition
from ingest.likeness import Traits
from ingest.signatures import Signature, bands, signature_of, text_digest
from recordsvc.model import Archive, Expression, Manifestation, Record
from recordsvc.model.likeness import KEY_BYTES, PaperTraits, TextTraits
from recordsvc.services.numbers import is_ambiguous
from recordsvc.services.renditions import load
from recordsvc.storage.bitstreams import BitstreamStore
from recordsvc.storage.errors import BitstreamMissing

# A paper in every official language of the Union, in a few formats.
MAX_TEXTS = 64


def traits_for(
    record: Record,
    known: PaperTraits | None,
    bitstreams: BitstreamStore,
    key: bytes,
) -> PaperTraits:
    """Return the traits of a record as it is now.

    Parameters
    ----------
    known
        What was kept of it; a text that has not changed is not read again.
    key
        The secret of the store, under which the digests stand in the index.
    """
    before = {(t.sha256, t.rendition): t for t in known.texts} if known else {}
    texts = []
    for _, file in _texts(record):
        assert file.rendition is not None  # noqa: S101 - a text has one
        traits = before.get((file.sha256, file.rendition))
        if traits is None:
            traits = _read(file, bitstreams)
        if traits is not None:
            texts.append(traits)
    words = [*_words_of_texts(texts), *(f"w:{work}" for work in works_of(record))]
    return PaperTraits(
        texts=tuple(texts), keys=tuple(sorted({_keyed(w, key) for w in words}))
    )


def _texts(record: Record) -> Iterator[tuple[Expression, Manifestation]]:
    """Yield the files with text that are the paper itself, at most `MAX_TEXTS`."""
    found = 0
    for expression in record.expressions:
        for file in expression.manifestations:
            if file.rendition and not file.is_attachment and found < MAX_TEXTS:
                found += 1
                yield expression, file


def _read(file: Manifestation, bitstreams: BitstreamStore) -> TextTraits | None:
    try:
        text = "\n".join(page.text for page in load(bitstreams, file.rendition))
    except BitstreamMissing:
        # A text that was lost is like no other; `fixity` tells of it.
        return None
    signature = signature_of(text)
    return TextTraits(
        sha256=file.sha256,
        rendition=file.rendition or "",
        text=text_digest(text),
        signature=str(signature) if signature is not None else None,
    )


def works_of(record: Record) -> tuple[str, ...]:
    """Return the numbers of a record without their prints, those that are keys."""
    numbers = {i.normalised for i in record.identifiers}
    known = sorted(n for n in numbers if not is_ambiguous(n))
    return tuple(dict.fromkeys(work_and_edition(number)[0] for number in known))


def _words_of_texts(texts: list[TextTraits]) -> Iterator[str]:
    for traits in texts:
        if traits.text is not None:
            yield f"t:{traits.text}"
        if traits.signature is not None:
            yield from (f"b:{b}" for b in bands(Signature.read(traits.signature)))


def _keyed(word: str, key: bytes) -> bytes:
    content = word.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(content, digest_size=KEY_BYTES, key=key).digest()


def compared(root: Archive, record: Record) -> tuple[Traits, ...]:
    """Return what a record is judged by: one for every text, at least one.

    Notes
    -----
    Title, day and numbers are those of the record as it is now. A record without a
    text can still be another version by its number.
    """
    kept: PaperTraits | None = root.likeness.traits.get(record.id)
    known = {(t.sha256, t.rendition): t for t in kept.texts} if kept else {}
    found = []
    for expression, file in _texts(record):
        traits = known.get((file.sha256, file.rendition or ""))
        if traits is not None:
            found.append(_traits(record, expression.language, file, traits))
    if found:
        return tuple(found)
    plain = [f for f in record.files if not f.is_attachment]
    return (_traits(record, record.language, plain[0] if plain else None, None),)


def _traits(
    record: Record,
    language: str | None,
    file: Manifestation | None,
    text: TextTraits | None,
) -> Traits:
    titles = dict(record.titles)
    kept = text.signature if text is not None else None
    said = next((s.value for s in record.statements if s.field == "edition"), None)
    return Traits(
        sha256=file.sha256 if file is not None else None,
        text=text.text if text is not None else None,
        signature=Signature.read(kept) if kept is not None else None,
        mime=file.mime if file is not None else None,
        type=record.type,
        language=language or record.language,
        date=record.date,
        title=titles.get(language or "", record.title),
        numbers=frozenset(
            i.normalised for i in record.identifiers if not is_ambiguous(i.normalised)
        ),
        edition=said,
    )

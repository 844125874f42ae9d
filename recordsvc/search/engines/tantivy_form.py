"""The form of our tantivy index: its schema, its documents and its sort numbers."""

import struct
from typing import Any

import tantivy

from recordsvc.search.engines.facts import Facts
from recordsvc.search.engines.partition import FACET_COLUMNS
from recordsvc.search.index import IndexDocument
from recordsvc.search.plan import TOKEN_COLUMNS, VALUE_COLUMNS

# Raise the number whenever what is written changes: older indexes are rebuilt.
FORM = "recordsvc tantivy 1"
FACTS = "facts"
RECORD_ID = "record_id"
ACCESS = "access"
# The order of each sort, and the fact it is made of; where all hits are worth
# the same, relevance is the order of record ids.
ORDERS = {
    "relevance": "record_id",
    "date": "date",
    "-date": "date",
    "title": "title",
    "number": "number",
}
_TOKENS = "recordsvc_tokens"
_LEVELS = 4
_NUMBERS = struct.Struct(f">{_LEVELS}Q")
_LAST = b"\xff" * 8
_COMPLEMENT = bytes(255 - byte for byte in range(256))
_KEYWORDS = tuple(dict.fromkeys((*VALUE_COLUMNS, *FACET_COLUMNS.values(), ACCESS)))
_FACETS = frozenset(FACET_COLUMNS.values())


def order_fields(sort: str) -> tuple[str, ...]:
    """Return the numeric fields of a sort order, the first decides most."""
    name = sort.replace("-", "down_")
    return tuple(f"{name}_order_{level}" for level in range(_LEVELS))


def order_numbers(sort: str, key: str, record_id: str) -> tuple[int, ...]:
    """Return the numbers by which documents are ordered: key, then record id.

    They hold the first 32 bytes of both; what they do not tell apart is told
    apart by the whole key. An empty key comes last in every order.
    """
    if not key:
        # No UTF-8 text begins with a byte 0xFF.
        packed = _LAST
    elif sort == "-date":
        packed = key.encode().translate(_COMPLEMENT) + b"\xff"
    else:
        packed = key.encode() + b"\0"
    packed += record_id.encode()
    return _NUMBERS.unpack(packed[: _NUMBERS.size].ljust(_NUMBERS.size, b"\0"))


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    for name in TOKEN_COLUMNS:
        builder.add_text_field(name, tokenizer_name=_TOKENS, index_option="position")
    for name in (*_KEYWORDS, RECORD_ID):
        builder.add_text_field(
            name, tokenizer_name="raw", index_option="basic", fast=name in _FACETS
        )
    for sort in ORDERS:
        for field in order_fields(sort):
            builder.add_unsigned_field(field, fast=True)
    builder.add_bytes_field(FACTS, stored=True)
    return builder.build()


SCHEMA = _schema()


def register_tokens(index: Any) -> None:
    """Teach an opened index our tokens: it forgets them when it is closed."""
    tokenizer = tantivy.Tokenizer.whitespace()
    index.register_tokenizer(_TOKENS, tantivy.TextAnalyzerBuilder(tokenizer).build())


def document_of(document: IndexDocument) -> Any:
    """Return what tantivy is given of a document."""
    made = tantivy.Document()
    for name in TOKEN_COLUMNS:
        made.add_text(name, getattr(document, name))
    for name in _KEYWORDS:
        for value in _values(document, name):
            if value:
                made.add_text(name, value)
    facts = Facts.of(document)
    made.add_text(RECORD_ID, facts.record_id)
    for sort, fact in ORDERS.items():
        numbers = order_numbers(sort, getattr(facts, fact), facts.record_id)
        for field, number in zip(order_fields(sort), numbers, strict=True):
            made.add_unsigned(field, number)
    made.add_bytes(FACTS, facts.pack())
    return made


def _values(document: IndexDocument, name: str) -> tuple[str, ...]:
    if name == "year":
        return (document.date[:4],)
    value: str | tuple[str, ...] = getattr(document, name)
    return tuple(dict.fromkeys(value)) if isinstance(value, tuple) else (value,)

"""The form of our tantivy index: its schema, its documents and its sort numbers."""

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
LEVEL_ORDER = "record_order"
# The numeric field of each sort order, and the fact it is made of.
ORDERS = {
    "date": ("date_order", "date"),
    "-date": ("date_down_order", "date"),
    "title": ("title_order", "title"),
    "number": ("number_order", "number"),
}
_TOKENS = "recordsvc_tokens"
_BYTES = 8
_LAST = (1 << 8 * _BYTES) - 1
_KEYWORDS = tuple(dict.fromkeys((*VALUE_COLUMNS, *FACET_COLUMNS.values(), ACCESS)))
_FACETS = frozenset(FACET_COLUMNS.values())


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    for name in TOKEN_COLUMNS:
        builder.add_text_field(name, tokenizer_name=_TOKENS, index_option="position")
    for name in (*_KEYWORDS, RECORD_ID):
        builder.add_text_field(
            name, tokenizer_name="raw", index_option="basic", fast=name in _FACETS
        )
    for name in (LEVEL_ORDER, *(field for field, _ in ORDERS.values())):
        builder.add_unsigned_field(name, fast=True)
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
    made.add_unsigned(LEVEL_ORDER, order_number(LEVEL_ORDER, facts.record_id))
    for field, fact in ORDERS.values():
        made.add_unsigned(field, order_number(field, getattr(facts, fact)))
    made.add_bytes(FACTS, facts.pack())
    return made


def order_number(field: str, key: str) -> int:
    """Return the number by which a sort key is ordered roughly: its first 8 bytes.

    Keys with the same number are told apart by the whole key. An empty key
    comes last in every order.
    """
    if not key:
        return _LAST
    first = key.encode()[:_BYTES].ljust(_BYTES, b"\0")
    number = int.from_bytes(first, "big")
    # No UTF-8 text begins with eight bytes 0xFF: the last number stays free.
    return _LAST - 1 - number if field == ORDERS["-date"][0] else number


def _values(document: IndexDocument, name: str) -> tuple[str, ...]:
    if name == "year":
        return (document.date[:4],)
    value: str | tuple[str, ...] = getattr(document, name)
    return tuple(dict.fromkeys(value)) if isinstance(value, tuple) else (value,)

"""Index documents made from a few words."""

from recordsvc.search.analysis import analyse
from recordsvc.search.index import AccessFilter, IndexDocument
from recordsvc.search.query import identifier_key

LANGUAGES = ("en", "fr", "es", "pt", "ar", "de")
ANYONE = AccessFilter(levels=frozenset({"open"}))
STAFF = AccessFilter(levels=frozenset({"open", "internal", "confidential"}))


def document(
    record_id,
    body="",
    *,
    title="",
    language="en",
    access="open",
    identifiers=(),
    revision=1,
    **values,
):
    heading, text = analyse(title, language), analyse(body, language)
    return IndexDocument(
        record_id=record_id,
        revision=revision,
        access=access,
        languages=(language,),
        identifiers=tuple(sorted(identifier_key(i) for i in identifiers)),
        number=identifiers[0].casefold() if identifiers else "",
        title=title.casefold(),
        title_exact=heading.exact,
        title_stem=heading.stem,
        body_exact=text.exact,
        body_stem=text.stem,
        **{"type": "paper"} | values,
    )

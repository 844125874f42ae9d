"""Hits as reference managers read them: RIS and BibTeX."""

from collections.abc import Mapping
from typing import Any

RIS_TYPES = {"bill": "BILL", "act": "STAT", "report": "RPRT", "hansard": "HEAR"}
RIS_OTHER = "GOVDOC"
_BIBTEX_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{c: f"\\{c}" for c in "{}&%$#_"},
    }
)


def ris_of(hit: Mapping[str, Any]) -> str:
    """Return a hit of a search answer as one RIS entry.

    Parameters
    ----------
    hit
        A member of ``hits`` as INTERFACE section 3 words it.

    Examples
    --------
    >>> hit = {"id": "5f", "title": "Water Bill", "type": "bill", "language": "en",
    ...        "date": "2020-07-15", "identifiers": [{"value": "Bill 7"}], "url": "/5f"}
    >>> print(ris_of(hit), end="")
    TY  - BILL
    ID  - 5f
    TI  - Water Bill
    DA  - 2020/07/15
    PY  - 2020
    LA  - en
    M1  - Bill 7
    UR  - /5f
    ER  -
    """
    day = hit["date"] or ""
    fields = [
        ("TY", RIS_TYPES.get(hit["type"], RIS_OTHER)),
        ("ID", hit["id"]),
        ("TI", hit["title"]),
        ("DA", day.replace("-", "/")),
        ("PY", day[:4]),
        ("LA", hit["language"]),
        *(("M1", number["value"]) for number in hit["identifiers"]),
        ("UR", hit["url"]),
    ]
    lines = [f"{tag}  - {_line(value)}" for tag, value in fields if value]
    return "\n".join([*lines, "ER  -"]) + "\n"


def bibtex_of(hit: Mapping[str, Any]) -> str:
    r"""Return a hit of a search answer as one BibTeX entry.

    Parameters
    ----------
    hit
        A member of ``hits`` as INTERFACE section 3 words it.

    Examples
    --------
    >>> hit = {"id": "5f", "title": "Bread & Water", "type": "bill", "language": "en",
    ...        "date": None, "identifiers": [{"value": "Bill 7"}], "url": "/5f"}
    >>> print(bibtex_of(hit), end="")
    @misc{5f,
      title = {Bread \& Water},
      number = {Bill 7},
      language = {en},
      url = {/5f},
    }
    """
    day = hit["date"] or ""
    fields = [
        ("title", hit["title"]),
        ("number", "; ".join(number["value"] for number in hit["identifiers"])),
        ("date", day),
        ("year", day[:4]),
        ("language", hit["language"]),
    ]
    lines = [
        f"  {name} = {{{_line(value).translate(_BIBTEX_ESCAPES)}}},"
        for name, value in fields
        if value
    ]
    url = f"  url = {{{_line(hit['url'])}}},"
    return "\n".join([f"@misc{{{hit['id']},", *lines, url, "}"]) + "\n"


def _line(text: str) -> str:
    """Return text on one line: a line end would begin another field."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(plain.split())

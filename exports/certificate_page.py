"""A certificate as one page to read, print and keep, with the signed document in it.

The page loads nothing and runs nothing. What is signed is the document folded at its
end; `exports.certificate_verifier` finds and checks it there.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING

from exports.certificate import UNSAID, Kind, counts_of
from exports.certificate_reading import parse
from exports.certificate_verifier import MARK, public_key_of
from exports.xmltext import to_xml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from exports.certificate import (
        Actor,
        Aggregation,
        Certificate,
        Decision,
        Item,
        Place,
    )
    from exports.certificate_reading import Signed

_STYLE = """
:root{color-scheme:light dark;--line:#8886;--soft:#8881;--warn:#b3261e}
body{font:1rem/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}
h1{line-height:1.2;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}
.test{border:3px solid var(--warn);padding:.5rem 1rem;font-weight:bold}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.5rem;margin:1rem 0}
dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{border-bottom:1px solid var(--line);padding:.4rem .6rem;text-align:start;
vertical-align:top;overflow-wrap:break-word}
time{white-space:nowrap}
thead th{background:var(--soft)}
code,pre{font-family:ui-monospace,monospace;font-size:.85em}
code{overflow-wrap:anywhere}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--soft);padding:1rem}
summary{cursor:pointer}:focus-visible{outline:3px solid Highlight;outline-offset:2px}
@media(max-width:40rem){dl{grid-template-columns:1fr}dt{margin-top:.5rem}}
@media print{:root{color-scheme:light}body{max-width:none;margin:0;font-size:.8rem}
thead{display:table-header-group}tr{break-inside:avoid}h2{break-after:avoid}}
"""
_STYLE_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; "
    "base-uri 'none'; form-action 'none'"
)
"""What a server that shows the page may allow it; the page says the same itself."""

_PAGE = """\
<!DOCTYPE html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title} {id}</title>
<style>{style}</style>
</head>
<body>
<main>
<header>
<h1>{title}</h1>
<p>{parliament}</p>
{test}</header>
<dl>
{facts}</dl>
<h2 id="decisions">Decisions</h2>
{decisions}
<h2 id="records">Records</h2>
{records}
{aggregations}<h2 id="places">Places where content could have been</h2>
{places}
<h2 id="proof">How to check this certificate</h2>
<p>The document below is signed; this page only shows it. Save the page and run
<code>python certificate_verifier.py FILE --key KEY.pem --items</code> with the key
that the parliament publishes. The program is one file, needs Python 3.11 and nothing
else, and prints what is signed.</p>
<dl>
{proof}</dl>
<details>
<summary>The signed document (JSON)</summary>
<pre id="{mark}">{document}</pre>
</details>
</main>
</body>
</html>
"""
_TITLES = {
    Kind.DESTRUCTION: "Certificate of destruction",
    Kind.TRANSFER: "Certificate of transfer",
}
_TEST = '<p class="test">Made in a test store: this is no evidence of anything.</p>\n'


def html(envelope: bytes) -> bytes:
    """Write the page of a signed certificate.

    Parameters
    ----------
    envelope : bytes
        What `exports.certificate.signed` wrote. Its signature is shown, not
        verified: that is for `exports.certificate_reading.read`.

    Returns
    -------
    bytes
        HTML in UTF-8, the same for the same envelope.

    Raises
    ------
    CertificateRefused
        If it is no certificate.
    """
    signed = parse(envelope)
    certificate = signed.certificate
    return _PAGE.format(
        policy=_text(CONTENT_SECURITY_POLICY),
        title=_TITLES[certificate.kind],
        id=_text(certificate.id),
        style=_STYLE,
        parliament=_value(certificate.parliament),
        test=_TEST if certificate.is_test else "",
        facts=_list(_facts(certificate)),
        decisions=_decisions(certificate.decisions),
        records=_records(certificate.items),
        aggregations=_aggregations(certificate.aggregations),
        places=_places(certificate.places),
        proof=_list(_proof(signed)),
        mark=MARK,
        document=escape(envelope.decode(), quote=False),
    ).encode()


def _facts(certificate: Certificate) -> Iterator[tuple[str, str]]:
    yield "Certificate", _code(certificate.id)
    yield "Store", _code(certificate.store)
    yield "Disposal list", _code(certificate.list)
    yield "Executed on", _time(certificate.executed_on.isoformat())
    yield "Executed by", _actor(certificate.executor)
    yield "Issued at", _time(_instant(certificate.issued_at.isoformat()))
    yield "Method", _value(certificate.method)
    counts = counts_of(certificate)
    yield "Extent", ", ".join(f"{name} {n:,}" for name, n in counts.items())
    handover = certificate.handover
    if handover is not None:
        yield "Transferred to", _value(handover.recipient)
        by = f", {_value(handover.received_by)}" if handover.received_by else ""
        yield "Received on", _time(handover.received_on.isoformat()) + by
        yield "Receipt, SHA-256", _code(handover.receipt_sha256)


def _proof(signed: Signed) -> Iterator[tuple[str, str]]:
    certificate = signed.certificate
    yield "Digest, SHA-256", _code(signed.digest)
    previous = certificate.previous
    yield "Previous", _code(previous) if previous else "none: the first of this store"
    if certificate.ledger_head is not None:
        yield "Destruction ledger", _code(certificate.ledger_head)
    if certificate.audit_head is not None:
        head = certificate.audit_head
        yield "Audit trail", f"{head.size:,} entries, root {_code(head.root)}"
    yield "Key", _code(signed.signature.key_id)
    key = public_key_of(signed.signature.public_key) or b""
    yield "Key, SHA-256", _code(hashlib.sha256(key).hexdigest())
    value = base64.b64encode(signed.signature.value).decode()
    yield "Signature, Ed25519", _code(value)


def _decisions(decisions: Iterable[Decision]) -> str:
    rows = [
        (
            str(decision.act),
            _actor(decision.by),
            _time(_instant(decision.at.isoformat())),
            _value(decision.comment),
        )
        for decision in decisions
    ]
    return _table("decisions", ("Decision", "By", "At", "Comment"), rows)


def _records(items: Iterable[Item]) -> str:
    heads = ("Record", "Title, class, dates", "Rule", "Trigger and due", "SHA-256")
    return _table("records", heads, [_record(item) for item in items])


def _record(item: Item) -> tuple[str, ...]:
    title = "<em>title withheld</em>"
    if item.title is not None:
        language = f' lang="{_text(item.language)}"' if item.language else ""
        title = f'<span dir="auto"{language}>{_text(item.title)}</span>'
    about = [
        title,
        "<em>type withheld</em>" if item.type == UNSAID else _value(item.type),
        f"{_value(item.class_code)} {_value(item.class_title)}",
        *(f"{_value(date.name)} {_value(date.value)}" for date in item.dates),
    ]
    rule = [f"{_value(item.schedule.code)}, version {item.schedule.version}"]
    rule += [_value(citation) for citation in item.schedule.citations]
    return (
        f"{_code(item.record)}<br>{item.result}",
        "<br>".join(about),
        "<br>".join(rule),
        "<br>".join(_clock(item)),
        "<br>".join(f"{_code(c.sha256)} {c.bytes:,} bytes" for c in item.components),
    )


def _clock(item: Item) -> Iterator[str]:
    yield _value(item.trigger.name)
    if item.trigger.on is not None:
        yield _time(item.trigger.on.isoformat())
    if item.trigger.evidence:
        yield _value(item.trigger.evidence)
    if item.due_on is not None:
        yield f"due {_time(item.due_on.isoformat())}"


def _aggregations(files: Sequence[Aggregation]) -> str:
    """Write the dossiers with their heading; nothing where the records lay in none."""
    if not files:
        return ""
    heads = ("Dossier or volume", "Title, class, days", "Records here", "As a whole")
    rows = [
        (
            f"{_code(file.id)}<br>{_value(file.kind)}",
            "<br>".join(_about(file)),
            f"{file.records:,}",
            "disposed of as a whole" if file.is_whole else "not as a whole",
        )
        for file in files
    ]
    table = _table("dossiers", heads, rows)
    return f'<h2 id="dossiers">Dossiers and volumes</h2>\n{table}\n'


def _about(file: Aggregation) -> Iterator[str]:
    if file.title is None:
        yield "<em>title withheld</em>"
    else:
        yield f'<span dir="auto">{_text(file.title)}</span>'
    if file.class_code:
        yield _value(file.class_code)
    for name, day in (("opened", file.opened_on), ("closed", file.closed_on)):
        if day is not None:
            yield f"{name} {_value(day)}"


def _places(places: Iterable[Place]) -> str:
    rows = [(_value(p.name), str(p.result), _value(p.note)) for p in places]
    return _table("places", ("Place", "Result", "Note"), rows)


def _table(id_: str, heads: Iterable[str], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return "<p>None.</p>"
    top = "".join(f'<th scope="col">{head}</th>' for head in heads)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        # What scrolls sideways must be reached by the keyboard too (WCAG 2.1.1).
        f'<div class="wide" role="region" aria-labelledby="{id_}" tabindex="0">\n'
        f"<table>\n<thead><tr>{top}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody>\n</table></div>"
    )


def _list(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<dt>{name}</dt><dd>{value}</dd>\n" for name, value in pairs)


def _actor(actor: Actor) -> str:
    told = [_value(actor.name)] if actor.name else []
    told.append(_code(actor.login))
    if actor.role:
        told.append(f"({_value(actor.role)})")
    return " ".join(told)


def _instant(text: str) -> str:
    return text.replace("+00:00", "Z")


def _time(text: str) -> str:
    return f'<time datetime="{text}">{text}</time>'


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"


def _value(text: str) -> str:
    # Values come in any script: each keeps its own direction, and only its own.
    return f"<bdi>{_text(text)}</bdi>" if text else ""


def _text(text: str) -> str:
    return escape(to_xml(text), quote=True)

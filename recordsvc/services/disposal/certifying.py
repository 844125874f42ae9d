"""Certificates: what a list has come to, signed, for people and programs elsewhere."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from exports.certificate import (
    UNSAID,
    Act,
    Actor,
    Aggregation,
    AuditHead,
    Authority,
    Decision,
    Evidence,
    Fixity,
    Handover,
    Item,
    Kind,
    NamedDate,
    Place,
    Result,
    digest_of,
    document,
    signed,
)
from exports.certificate import Certificate as Document
from exports.certificate_page import html
from recordsvc.model import Certificate, DisposalList
from recordsvc.model.record import Tombstone
from recordsvc.services.access import authorize
from recordsvc.services.audit import auditing
from recordsvc.services.context import Context
from recordsvc.services.disposal.disposing import role_of
from recordsvc.services.errors import NotFound
from recordsvc.storage.ledger import Ledger, open_ledger
from recordsvc.storage.signing import SigningKey

ACTS = {"propose": Act.PROPOSED, "judge": Act.REVIEWED, "approve": Act.APPROVED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What a certificate is to certify.

    Parameters
    ----------
    items
        Each record with what stays of it, or would stay.
    ledger_head
        Hash of the newest line of the destruction ledger; None for a transfer.
    aggregations
        The dossiers and volumes in which the records lay.
    """

    list: DisposalList
    kind: Kind
    items: tuple[tuple[str, Tombstone], ...]
    places: tuple[Place, ...]
    method: str
    executed_on: date
    executor: str
    ledger_head: str | None = None
    handover: Handover | None = None
    aggregations: tuple[Aggregation, ...] = ()


def issue(
    ctx: Context, what: Issue, key: SigningKey, ledger: Ledger | None = None
) -> Certificate:
    """Sign a certificate and keep it; it names the one before.

    Parameters
    ----------
    ledger
        The destruction ledger, if it is opened already.

    Raises
    ------
    LedgerDamaged
        If the ledger, which knows the numbers that were given, is not as it was.
    """
    known = ctx.root.certificates
    previous = known[known.maxKey()].digest if known else None
    certificate_id = _next_id(ctx, key, ledger or open_ledger(ctx.settings))
    head = auditing.head_of(ctx)
    content = document(
        Document(
            id=certificate_id,
            kind=what.kind,
            parliament=ctx.settings.parliament,
            store=ctx.root.store_id,
            list=what.list.id,
            issued_at=ctx.now(),
            executed_on=what.executed_on,
            executor=_actor(ctx, what.executor),
            decisions=tuple(_decisions(ctx, what.list)),
            items=tuple(_item(i, stone, what.kind) for i, stone in what.items),
            places=what.places,
            method=what.method,
            ledger_head=what.ledger_head,
            audit_head=AuditHead(size=head.size, root=head.root),
            previous=previous,
            is_test=ctx.root.is_test,
            handover=what.handover,
            aggregations=what.aggregations,
        )
    )
    made = Certificate(
        certificate_id,
        what.list.id,
        digest=digest_of(content),
        envelope=signed(content, key.sign, key.public_pem, key.key_id),
    )
    known[made.id] = made
    what.list.certificate = made.id
    return made


def _next_id(ctx: Context, key: SigningKey, ledger: Ledger) -> str:
    """Return an id that no certificate has, be it lost with a store that was set back.

    A number is taken before the commit: one that fails leaves it unused for good.
    """
    known = ctx.root.certificates
    ledger.require_whole(ctx.root.ledger_bytes)
    is_behind = _bytes_of(ledger) != ctx.root.ledger_bytes
    number = ledger.take_number(int(known.maxKey()[1:]) if known else 0, key)
    if not is_behind:
        # Else something was destroyed that this store does not know of yet.
        ctx.root.ledger_bytes, ctx.root.ledger_signed = _bytes_of(ledger), True
    return f"C{number:06d}"


def _bytes_of(ledger: Ledger) -> int:
    return ledger.path.stat().st_size if ledger.path.exists() else 0


def _actor(ctx: Context, login: str) -> Actor:
    return Actor(login=login, role=role_of(ctx, login))


def _decisions(ctx: Context, found: DisposalList) -> Iterable[Decision]:
    told = [
        (a.at, ACTS[a.kind], Actor(login=a.login, role=a.role), "")
        for a in found.acts
        if a.kind in ACTS
    ]
    judged = {(r.login, r.at) for i in found.items.values() for r in i.rulings}
    told += [(at, Act.REVIEWED, _actor(ctx, login), "") for login, at in judged]
    for at, act, by, comment in sorted(told, key=lambda t: (t[0], t[1], t[2].login)):
        yield Decision(act=act, by=by, at=at, comment=comment)


def _item(record_id: str, stone: Tombstone, kind: Kind) -> Item:
    named = (
        ("created", stone.created),
        ("declared", _iso(stone.declared_on)),
        ("closed", stone.closed_on),
    )
    return Item(
        record=record_id,
        type=stone.type.strip() or UNSAID,
        # A second obligation alone may have bound it.
        class_code=stone.class_code.strip() or UNSAID,
        class_title=stone.class_title,
        title=stone.title or None,
        language=stone.language,
        schedule=Authority(
            code=stone.schedule,
            version=stone.schedule_version or 0,
            citations=stone.citation,
        ),
        trigger=Evidence(
            name=stone.trigger or "no trigger", on=stone.trigger_date, evidence=""
        ),
        due_on=stone.due_on,
        result=(Result.DESTROYED if kind is Kind.DESTRUCTION else Result.TRANSFERRED),
        dates=tuple(NamedDate(name=n, value=v) for n, v in named if v),
        components=tuple(Fixity(sha256=s, bytes=size) for s, size in stone.components),
    )


def _iso(day: date | datetime | None) -> str | None:
    return day.isoformat() if day is not None else None


def certificate_of(ctx: Context, name: str) -> Certificate:
    """Return a certificate by its id, or the newest of a disposal list.

    Raises
    ------
    NotFound
        If there is none.
    """
    authorize(ctx, "disposal.view")
    found: Certificate | None = ctx.root.certificates.get(name)
    if found is not None:
        return found
    listed = ctx.root.disposal_lists.get(name)
    if listed is not None and listed.certificate:
        return ctx.root.certificates[listed.certificate]  # type: ignore[no-any-return]
    raise NotFound(f"there is no certificate {name}, nor of a list of that id")


def certificates_of(ctx: Context, list_id: str) -> Sequence[Certificate]:
    """Return every certificate of a list: one for each run that finished items."""
    authorize(ctx, "disposal.view")
    return [c for c in ctx.root.certificates.values() if c.list_id == list_id]


def page_of(certificate: Certificate) -> bytes:
    """Return a certificate as a page that can be printed, and verified by itself."""
    return html(certificate.envelope)

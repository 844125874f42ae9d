"""Taking over a destruction ledger that is not as it should be, by a person.

One from before signatures is signed as it stands. One that lines were cut off, or that
is lost, is completed from the tombstones of the store.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from recordsvc.bootstrap import Service
from recordsvc.services.access import authorize
from recordsvc.services.context import SYSTEM, Actor, Context
from recordsvc.services.disposal.removing import ledger_title
from recordsvc.services.errors import Conflict, NothingToDo
from recordsvc.storage.errors import LedgerShortened, LedgerUnsigned
from recordsvc.storage.ledger import Destroyed, Ledger, open_ledger
from recordsvc.storage.signing import open_signing_key

# So many lines are named that do not fit the store.
NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedLedger:
    """A ledger that was signed as it stood, or completed.

    Parameters
    ----------
    lines, head
        How many there were, or were written anew, and the hash of the last.
    key_id
        The key that vouches for them now.
    """

    lines: int
    head: str
    key_id: str


def adopt_ledger(service: Service, actor: Actor) -> AdoptedLedger:
    """Sign every line of a ledger that has none signed, and say so in the trail.

    One that is shorter than the store has seen it is completed instead. Nothing is
    destroyed by it: a line that names a record which is here with its content was
    written by somebody else, or after a backup was put back.

    Raises
    ------
    NotAllowed
        Without the function ``store.change``.
    Conflict
        If the ledger of this store had signatures before, or a line names a record
        that is not destroyed here.
    NothingToDo
        If there is no line without a signature, and none is missing.
    LedgerDamaged
        If the lines do not follow each other.
    LeaseHeld
        If a disposal is running.
    """
    service.view(actor, lambda ctx: authorize(ctx, "store.change"))
    with service.lease("disposal").held():
        ledger = open_ledger(service.settings)
        if _is_shortened(service, ledger):
            return _complete(service, actor, ledger)
        _require_unsigned(ledger)
        entries = list(ledger.entries(takes_unsigned=True))
        ids = [(entry.seq, entry.record_id) for entry in entries]
        service.view(actor, lambda ctx: _require_fitting(ctx, ids))
        key = open_signing_key(service.settings.data_dir)
        lines = ledger.adopt(key)
        size = ledger.path.stat().st_size
        adopted = AdoptedLedger(lines=lines, head=entries[-1].hash, key_id=key.key_id)

        def note(ctx: Context) -> None:
            ctx.root.ledger_bytes, ctx.root.ledger_signed = size, True
            facts = {"lines": str(lines), "head": adopted.head, "key": key.key_id}
            ctx.log(ctx.root.store_id, "ledger-adopted", **facts)

        service.run(actor, note)
        return adopted


def _is_shortened(service: Service, ledger: Ledger) -> bool:
    try:
        ledger.require_whole(service.view(SYSTEM, lambda ctx: ctx.root.ledger_bytes))
    except LedgerShortened:
        return True
    except LedgerUnsigned:
        # Whether it may be signed is asked of its lines.
        return False
    return False


def _complete(service: Service, actor: Actor, ledger: Ledger) -> AdoptedLedger:
    """Write down what is destroyed here and does not stand in the ledger any more."""
    key = open_signing_key(service.settings.data_dir)
    lines = ledger.append(service.view(SYSTEM, lambda ctx: [*_destroyed(ctx)]), key)
    size = ledger.path.stat().st_size
    head = ledger.head().hash

    def note(ctx: Context) -> None:
        ctx.root.ledger_bytes, ctx.root.ledger_signed = size, True
        facts = {"lines": str(lines), "head": head, "key": key.key_id}
        ctx.log(ctx.root.store_id, "ledger-completed", **facts)

    service.run(actor, note)
    return AdoptedLedger(lines=lines, head=head, key_id=key.key_id)


def _destroyed(ctx: Context) -> Iterator[Destroyed]:
    zone = ZoneInfo(ctx.settings.zone)
    for record in ctx.root.records.values():
        stone = record.tombstone
        if stone is not None:
            yield Destroyed(
                record_id=record.id,
                sha256s=tuple(dict.fromkeys(sha256 for sha256, _ in stone.components)),
                list_id=stone.authority,
                destroyed_on=stone.started_at.astimezone(zone).date(),
                title=ledger_title(record.id, stone),
            )


def _require_unsigned(ledger: Ledger) -> None:
    try:
        ledger.verify()
    except LedgerUnsigned as error:
        if error.lines is None:
            raise
    else:
        raise NothingToDo("the destruction ledger has no line without a signature")


def _require_fitting(ctx: Context, lines: list[tuple[int, str]]) -> None:
    if ctx.root.ledger_signed:
        raise Conflict(
            "the ledger of this store had signatures before: one without is another "
            "one, and is not signed. Put back the copy that is kept elsewhere"
        )
    living = [
        f"line {seq}: {record_id}"
        for seq, record_id in lines
        if record_id in ctx.root.records
        and not ctx.root.records[record_id].is_destroyed
    ]
    if living:
        raise Conflict(
            f"{len(living)} lines name records that are not destroyed here "
            f"({', '.join(living[:NAMED])}), so nothing was signed. If an older backup "
            "was put back by hand, use recordsvc restore with --adopt-ledger instead; "
            "else find out who wrote them"
        )

"""Bytes that come in again after they were destroyed: taken in, and said so."""

from functools import cached_property

from recordsvc.services.access import may, may_read
from recordsvc.services.context import Context
from recordsvc.settings import Settings
from recordsvc.storage.errors import LedgerDamaged, SigningKeyUnusable
from recordsvc.storage.ledger import Destroyed, Ledger, open_ledger


class Recurrence:
    """Looks arriving bytes up in the destruction ledger, which is read once.

    Parameters
    ----------
    settings
        Of the installation whose ledger is read, at the first look-up.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._damage = ""

    @cached_property
    def _ledger(self) -> Ledger:
        return open_ledger(self._settings)

    @cached_property
    def _digests(self) -> frozenset[str]:
        try:
            return self._ledger.digests()
        except (LedgerDamaged, SigningKeyUnusable) as error:
            # A paper is not turned away because of it, and not passed over either.
            self._damage = str(error)
            return frozenset()

    def warnings(self, ctx: Context, sha256: str) -> tuple[str, ...]:
        """Return what whoever brings bytes in has to know of their past.

        Parameters
        ----------
        sha256
            Digest of the file, lower-case hex.

        Notes
        -----
        A destruction is told only to who might see its tombstone: to anybody else it
        would tell that there was such a paper.
        """
        if sha256 in self._digests:
            known = [one for one in self._destroyed(sha256) if _may_know(ctx, one)]
            if known:
                return (_told(known[-1]),)
        if self._damage:
            return (f"ledger-damaged: {self._damage}",)
        return ()

    def _destroyed(self, sha256: str) -> list[Destroyed]:
        entries = (entry.destroyed for entry in self._ledger.entries())
        return [one for one in entries if sha256 in one.sha256s]


def _may_know(ctx: Context, one: Destroyed) -> bool:
    record = ctx.root.records.get(one.record_id)
    if record is None:
        return may(ctx.actor, "disposal.view")
    return may_read(ctx.actor, record)


def _told(one: Destroyed) -> str:
    return (
        f"bytes-destroyed: the same bytes were destroyed on {one.destroyed_on} under "
        f"list {one.list_id}"
    )

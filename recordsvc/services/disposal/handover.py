"""The packages of a list that wait for the archive, or have been received by it."""

from pathlib import Path

from recordsvc.model import DisposalList
from recordsvc.model.disposal import ItemState
from recordsvc.services.access import authorize, may, record_for
from recordsvc.services.context import Context
from recordsvc.services.disposal.disposing import list_of
from recordsvc.services.errors import NotFound

HANDED_OVER = frozenset({ItemState.TRANSFERRING, ItemState.TRANSFERRED})
# A package holds a whole record, with the holds that lay on it.
NEEDED = ("disposal.view", "export.make", "hold.view")


def packaged(ctx: Context, list_id: str, staged: Path) -> frozenset[str]:
    """Return the ids of the records of a list whose packages the actor may fetch.

    Parameters
    ----------
    staged
        Folder of the packages of every list.
    """
    if not all(may(ctx.actor, function) for function in NEEDED):
        return frozenset()
    found = list_of(ctx, list_id)
    there = {path.name.partition("_v")[0] for path in _folder(staged, found).glob("*")}
    return frozenset(
        item.record_id
        for item in found.items.values()
        if item.state in HANDED_OVER and item.record_id in there
    )


def package_for(ctx: Context, list_id: str, record_id: str, staged: Path) -> Path:
    """Return the folder of a package that the actor fetches; the trail says so.

    Raises
    ------
    NotFound
        If the list has no such package, or it is not here any more.
    NotAllowed
        If the actor may not have it.
    """
    for function in NEEDED:
        authorize(ctx, function)
    found = list_of(ctx, list_id)
    item = found.items.get(record_id)
    if item is None or item.state not in HANDED_OVER:
        raise NotFound(f"list {list_id} has no package of record {record_id}")
    record_for(ctx, record_id)
    made = sorted(_folder(staged, found).glob(f"{record_id}_v*"))
    if not made:
        raise NotFound(f"the package of record {record_id} is not here any more")
    ctx.log(record_id, "transfer-fetched", list=found.id)
    return made[-1]


def _folder(staged: Path, found: DisposalList) -> Path:
    # The id is one that the store knows: no name of a request leads elsewhere.
    return staged / found.id

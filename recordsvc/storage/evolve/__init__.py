"""Named, ordered schema steps, and which of them a store has finished."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from recordsvc.storage.errors import StoreOutdated, StoreTooNew
from recordsvc.storage.evolve.agents import keep_agents
from recordsvc.storage.evolve.disposal import plant_trees
from recordsvc.storage.evolve.dossiers import count_dossiers
from recordsvc.storage.evolve.likeness import plant_likeness
from recordsvc.storage.evolve.notices import plant_notices
from recordsvc.storage.evolve.triage import plant_inbox

__all__ = [
    "COMMAND",
    "FINISHED_KEY",
    "STEPS",
    "Step",
    "apply",
    "finished",
    "pending",
    "record_all",
    "require_current",
    "require_known",
]

FINISHED_KEY = "schema_steps"
COMMAND = "recordsvc doctor --evolve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change of the stored form.

    Parameters
    ----------
    name
        Never changed once released; it is what a store remembers.
    description
        One sentence for the operator.
    run
        Changes the root mapping and what hangs on it, inside a transaction. It
        can be run again on what a killed run left.
    """

    name: str
    description: str
    run: Callable[[Any], None]


# In the order in which they run. A change that a class-level default covers is no
# step.
STEPS: tuple[Step, ...] = (
    Step(
        name="0001-agents",
        description="Accounts and the parties of questions become agents.",
        run=keep_agents,
    ),
    Step(
        name="0002-disposal",
        description="Trees for holds, exceptions, disposal lists and certificates.",
        run=plant_trees,
    ),
    Step(
        name="0003-dossiers",
        description="Dossiers know which of their records were disposed of.",
        run=count_dossiers,
    ),
    Step(
        name="0004-notices",
        description="A tree for maximum-keeping duties, far triggers, manual dates.",
        run=plant_notices,
    ),
    Step(
        name="0005-likeness",
        description="A book for papers that are alike and papers that were joined.",
        run=plant_likeness,
    ),
    Step(
        name="0006-triage",
        description="Trees for the inbox, files that were not read, and bulk edits.",
        run=plant_inbox,
    ),
)


def finished(root: Any) -> tuple[str, ...]:
    """Return the names of the steps a store has finished, in their order."""
    return tuple(root.get(FINISHED_KEY, ()))


def pending(root: Any, steps: tuple[Step, ...] | None = None) -> tuple[Step, ...]:
    """Return the steps that a store still waits for, in their order."""
    done = set(finished(root))
    known = STEPS if steps is None else steps
    return tuple(step for step in known if step.name not in done)


def apply(root: Any, steps: tuple[Step, ...] | None = None) -> tuple[str, ...]:
    """Run the pending steps inside the caller's transaction.

    Returns
    -------
    tuple of str
        The names of the steps that ran.
    """
    ran = []
    for step in pending(root, steps):
        step.run(root)
        root[FINISHED_KEY] = (*finished(root), step.name)
        ran.append(step.name)
    return tuple(ran)


def record_all(root: Any, steps: tuple[Step, ...] | None = None) -> None:
    """Note on a new store that it needs none of the steps."""
    known = STEPS if steps is None else steps
    root[FINISHED_KEY] = tuple(step.name for step in known)


def require_known(root: Any, steps: tuple[Step, ...] | None = None) -> None:
    """Refuse a store that a newer release has changed.

    Raises
    ------
    StoreTooNew
        Naming the steps that this program does not know.
    """
    known = STEPS if steps is None else steps
    strange = set(finished(root)) - {step.name for step in known}
    if strange:
        raise StoreTooNew(tuple(sorted(strange)))


def require_current(root: Any, steps: tuple[Step, ...] | None = None) -> None:
    """Refuse a store whose form is not the one this program writes.

    Raises
    ------
    StoreOutdated
        If steps are pending; the error names the command that runs them.
    StoreTooNew
        If a newer release has changed the form.
    """
    require_known(root, steps)
    waiting = pending(root, steps)
    if waiting:
        raise StoreOutdated(tuple(step.name for step in waiting), COMMAND)

"""Where a record of another parliament's repository comes from."""

import datetime as dt
from dataclasses import dataclass

from recordsvc.model.values import stored


@stored
@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """The origin of a record that is not the House's own, as it was harvested.

    Parameters
    ----------
    source
        Base address of the repository (OAI-PMH 2.0).
    identifier
        The repository's own identifier of the record.
    datestamp
        When the repository last changed it, as it says.
    prefix
        The form of metadata that was harvested, such as ``oai_dc``.
    repository
        The repository's name of itself.
    licence
        What may be done with it, as the record or else the repository says; empty
        when neither does.
    harvested_at
        When it was last fetched and found new or changed.
    withdrawn_at
        When the repository was first seen to have deleted it.
    adopted_on
        Since when it is kept as a record of the House.
    """

    source: str
    identifier: str
    datestamp: str
    prefix: str
    harvested_at: dt.datetime
    repository: str = ""
    licence: str = ""
    sets: tuple[str, ...] = ()
    withdrawn_at: dt.datetime | None = None
    adopted_on: dt.date | None = None

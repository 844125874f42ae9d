"""Class tree, aggregations and schedule versions."""

from datetime import date, datetime

from persistent import Persistent


class ClassNode(Persistent):  # type: ignore[misc]
    """A class of the file plan (ISO 15489-1, 8.3)."""

    scope: str = ""
    valid_from: date | None = None
    valid_to: date | None = None

    def __init__(
        self, code: str, title: str, parent: str | None, schedule: str | None
    ) -> None:
        self.code = code
        self.title = title
        self.parent = parent
        self.schedule = schedule


class Aggregation(Persistent):  # type: ignore[misc]
    """A dossier or volume: records that are closed together."""

    closed_on: str | None = None

    def __init__(self, aggregation_id: str, title: str, class_code: str | None) -> None:
        self.id = aggregation_id
        self.title = title
        self.class_code = class_code


class ScheduleVersion(Persistent):  # type: ignore[misc]
    """A version of the disposal schedule, kept as its source text.

    Text, version and digest are stored, never a class of the retention
    library: the library may move without a schema step.
    """

    state: str = "draft"
    approvals: tuple[tuple[str, str], ...] = ()
    issued_at: datetime | None = None

    def __init__(self, number: int, source: str, sha256: str) -> None:
        self.number = number
        self.source = source
        self.sha256 = sha256

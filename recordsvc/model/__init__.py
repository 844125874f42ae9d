"""The persistent classes: what a parliament's archive remembers.

The dotted name of every class below this package is storage format.
"""

from recordsvc.model.access import Account, Token
from recordsvc.model.agenda import CalendarEnd, Hold, Link, Question, TriggerEvent
from recordsvc.model.agent import Agent, AgentKind
from recordsvc.model.disposal import (
    Certificate,
    DisposalList,
    DisposalRun,
    ListItem,
)
from recordsvc.model.event import Event
from recordsvc.model.fileplan import Aggregation, ClassNode, ScheduleVersion
from recordsvc.model.job import Job, JobQueue
from recordsvc.model.outbox import Outbox
from recordsvc.model.record import Expression, Manifestation, Record
from recordsvc.model.root import Archive, new_archive

__all__ = [
    "Account",
    "Agent",
    "AgentKind",
    "Aggregation",
    "Archive",
    "CalendarEnd",
    "Certificate",
    "ClassNode",
    "DisposalList",
    "DisposalRun",
    "Event",
    "Expression",
    "Hold",
    "Job",
    "JobQueue",
    "Link",
    "ListItem",
    "Manifestation",
    "Outbox",
    "Question",
    "Record",
    "ScheduleVersion",
    "Token",
    "TriggerEvent",
    "new_archive",
]

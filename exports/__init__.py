"""Descriptions and payload in, packages out; and packages read, checked, compared."""

from exports.archive import write_archive
from exports.bag import write_bag
from exports.diff import diff_bags
from exports.errors import ExportError
from exports.layout import Bagging, Written
from exports.obligation import DisposalEvent, DisposalHold, PlanClass, Retention
from exports.package import (
    Agent,
    DublinCore,
    Package,
    Payload,
    PreservationEvent,
)
from exports.profile import Profile, load_profile, own_profile
from exports.reading import opened_package
from exports.validate import validate

__all__ = [
    "Agent",
    "Bagging",
    "DisposalEvent",
    "DisposalHold",
    "DublinCore",
    "ExportError",
    "Package",
    "Payload",
    "PlanClass",
    "PreservationEvent",
    "Profile",
    "Retention",
    "Written",
    "diff_bags",
    "load_profile",
    "opened_package",
    "own_profile",
    "validate",
    "write_archive",
    "write_bag",
]

"""Faults on demand, in a test store only (INTERFACE 7.19).

``RECORDSVC_FAULT=disposal.after_step_2:kill`` kills the process at that point;
``:error`` makes the point fail. `recordsvc.bootstrap` refuses the variable elsewhere.
"""

import os
import signal

VARIABLE = "RECORDSVC_FAULT"


class InjectedFault(Exception):
    """The point was told to fail."""


def reach(point: str) -> None:
    """Say that a point is reached; die or fail there if that was asked for."""
    asked, _, act = os.environ.get(VARIABLE, "").partition(":")
    if not asked or asked != point:
        return
    if act == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    raise InjectedFault(point)

"""Shut a process in: limits, namespaces, another user, Landlock.

Every layer is taken where the kernel grants it and left out where not; what is in
force is found by trying (:func:`layers_in_force`), never by believing a call.

Notes
-----
Sources: landlock(7), unshare(2), prctl(2), setrlimit(2) of the Linux manual.
System calls go through ctypes; nothing needs to be installed or compiled.
"""

import ctypes
import os
import resource
import socket
import struct
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from ingest.limits import Limits

__all__ = [
    "NOBODY",
    "adopt_orphans",
    "die_with_parent",
    "drop_user",
    "enter_namespaces",
    "forbid_new_privileges",
    "layers_in_force",
    "limit_resources",
    "readable_places",
    "restrict_files",
    "system_places",
]

NOBODY = 65_534

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_PR_GET_NO_NEW_PRIVS = 39
_CLONE_NEWIPC = 0x0800_0000
_CLONE_NEWUSER = 0x1000_0000
_CLONE_NEWPID = 0x2000_0000
_CLONE_NEWNET = 0x4000_0000
# The numbers are the same on every architecture since Linux 5.13.
_LANDLOCK_CREATE = 444
_LANDLOCK_ADD = 445
_LANDLOCK_RESTRICT = 446
_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_EXECUTE = 1 << 0
# Execute; device, socket and pipe files; symbolic links.
_NEVER = 1 << 0 | 1 << 6 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12
_ALL_RIGHTS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF, 5: 0xFFFF}
_WITH_TCP, _WITH_SCOPES = 4, 6  # versions of Landlock
_TCP_RIGHTS = 0b11
_SCOPES = 0b11  # abstract unix sockets, signals
_SYSTEM_PLACES = (
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/share/fonts",
    "/usr/share/misc",
    "/usr/share/zoneinfo",
    "/dev/null",
    "/dev/urandom",
    "/dev/zero",
)
_TEST_ADDRESS = ("192.0.2.1", 9)  # RFC 5737: never a real host

_libc = ctypes.CDLL(None, use_errno=True)


def limit_resources(limits: Limits, *, cpu_s: int) -> None:
    """Set the resource limits of this process for good.

    Parameters
    ----------
    limits
        The bounds.
    cpu_s
        Seconds of processor time in the life of the process.
    """
    for kind, bound in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_AS, limits.address_space_bytes),
        (resource.RLIMIT_CPU, cpu_s),
    ):
        _, hard = resource.getrlimit(kind)
        bounded = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(kind, (bounded, bounded))


def forbid_new_privileges() -> bool:
    """Make it impossible to gain rights by executing a program."""
    return bool(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)


def die_with_parent(number: int) -> None:
    """Ask the kernel for a signal when the parent's thread ends.

    A change of user clears it, so it is asked for last.
    """
    _libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of whatever a child leaves behind at its end."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def enter_namespaces(*, as_user: bool, processes: bool = True) -> bool:
    """Leave the network, the processes and the shared memory of the machine.

    The next process forked is the first of its own process namespace: when it ends,
    the kernel ends all that descend from it.

    Parameters
    ----------
    as_user
        Take a user namespace first, which an ordinary user needs.
    processes
        Leave the processes of the machine too. This process may then start no
        thread any more.
    """
    flags = _CLONE_NEWNET | _CLONE_NEWIPC
    if processes:
        flags |= _CLONE_NEWPID
    if as_user:
        flags |= _CLONE_NEWUSER
    return bool(_libc.unshare(flags) == 0)


def drop_user() -> None:
    """Become nobody, when we are root and may."""
    if os.geteuid() != 0:
        return
    try:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    except OSError:
        # A container may hold root without the right to change users; the layer
        # is then missing from `layers_in_force`.
        return


def readable_places() -> tuple[str, ...]:
    """Return the files and folders that Python needs to go on working.

    Packages outside the library folders are named one by one: the folder that holds
    a checkout may hold the papers too.
    """
    paths = sysconfig.get_paths()
    libraries = {
        str(Path(paths[name]).resolve())
        for name in ("stdlib", "platstdlib", "purelib", "platlib")
    }
    packages: set[str] = set()
    for name, module in list(sys.modules.items()):
        if "." in name or not getattr(module, "__file__", None):
            continue
        file = Path(str(module.__file__)).resolve()
        if not any(file.is_relative_to(library) for library in libraries):
            packages.add(str(file.parent if file.name == "__init__.py" else file))
    return tuple(sorted({*libraries, *packages, *_SYSTEM_PLACES}))


def system_places() -> tuple[str, ...]:
    """Return the files and folders that any program needs to read."""
    return _SYSTEM_PLACES


def restrict_files(
    readable: Iterable[str],
    writable: int | None,
    executable: Iterable[str] = (),
) -> bool:
    """Refuse all files but these from now on, and TCP, where Landlock is there.

    Parameters
    ----------
    readable
        Files and folders that may be read; missing ones are passed over.
    writable
        An open folder in which files may be made, written and removed, or None.
    executable
        Programs that may be started, and what loads them; nothing else may.

    Returns
    -------
    bool
        Whether the kernel took the rules.
    """
    version = _libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return False
    handled = _ALL_RIGHTS.get(version, _ALL_RIGHTS[5])
    rules = struct.pack(
        "=QQQ",
        handled,
        _TCP_RIGHTS if version >= _WITH_TCP else 0,
        _SCOPES if version >= _WITH_SCOPES else 0,
    )
    # An older kernel knows a shorter structure.
    size = 8 + 8 * (version >= _WITH_TCP) + 8 * (version >= _WITH_SCOPES)
    ruleset = _libc.syscall(_LANDLOCK_CREATE, rules, ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return False
    try:
        for place in readable:
            _allow_reading(ruleset, place)
        for place in executable:
            _allow_reading(ruleset, place, _EXECUTE)
        if writable is not None:
            _allow(ruleset, writable, handled & ~_NEVER)
        return bool(_libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _allow_reading(ruleset: int, place: str, more: int = 0) -> None:
    try:
        descriptor = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if Path(place).is_dir():
            _allow(ruleset, descriptor, _READ_FILE | _READ_DIR | more)
        else:
            also = _WRITE_FILE if place == "/dev/null" else 0
            _allow(ruleset, descriptor, _READ_FILE | also | more)
    finally:
        os.close(descriptor)


def _allow(ruleset: int, descriptor: int, rights: int) -> None:
    rule = struct.pack("=Qi", rights, descriptor)
    _libc.syscall(_LANDLOCK_ADD, ruleset, 1, rule, 0)


def layers_in_force(limits: Limits, *, was_root: bool, network: str) -> tuple[str, ...]:
    """Return the layers around this process, each found by trying.

    Parameters
    ----------
    limits
        The bounds that should hold.
    was_root
        Whether the template runs as root: then another user must be in force.
    network
        What ``/proc/self/ns/net`` reads in the template.
    """
    tried = {
        "limits": _memory_is_refused(limits),
        "no-new-privileges": _libc.prctl(_PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1,
        "landlock": _files_are_refused(),
        "network-namespace": _network_is_refused(network),
        "process-namespace": os.getpid() == 1,
        "other-user": was_root and _root_is_refused(),
    }
    return tuple(name for name, holds in tried.items() if holds)


def _memory_is_refused(limits: Limits) -> bool:
    try:
        bytearray(limits.address_space_bytes)
    except MemoryError:
        return True
    return False


def _files_are_refused() -> bool:
    # Anyone may list the root folder unless a rule forbids it.
    try:
        os.listdir("/")  # noqa: PTH208 - names alone
    except PermissionError:
        return True
    return False


def _network_is_refused(network: str) -> bool:
    try:
        if os.readlink("/proc/self/ns/net") == network:  # noqa: PTH115 - no path
            return False
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(_TEST_ADDRESS)
    except OSError:
        return True
    return False


def _root_is_refused() -> bool:
    if os.getuid() == 0:
        return False
    try:
        os.setuid(0)
    except OSError:
        return True
    return False

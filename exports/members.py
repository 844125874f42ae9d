"""The members of an archive while they are listed: safe paths, one top folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exports.errors import ArchiveRefused
from exports.names import PATH_FAULTS, path_fault
from exports.tagfiles import manifest_name

if TYPE_CHECKING:
    from exports.findings import FindingList
    from exports.trees import Limits

_KEPT = frozenset({"bagit.txt", "bag-info.txt", "fetch.txt"})


def must_keep(name: str) -> bool:
    """Tell whether a member is a tag file that every validation reads."""
    tag = name.partition("/")[2]
    return tag in _KEPT or manifest_name(tag) is not None


class Members:
    """Collect members; what is unsafe becomes an error and is never touched."""

    def __init__(self, findings: FindingList, limits: Limits) -> None:
        self._findings = findings
        self._limits = limits
        self._files: dict[str, int] = {}
        self._folders: set[str] = set()
        self._count = 0
        self.files: dict[str, int] = {}
        self.folders: set[str] = set()

    def fault(self, code: str, name: str, message: str) -> None:
        """Note a member that must not be there."""
        self._counted()
        self._findings.error(code, _in_bag(name), message)

    def folder(self, name: str) -> None:
        """Note a folder."""
        self._counted()
        path = _plain(name.rstrip("/"))
        if path and self._is_safe(path):
            self._folders.add(path)

    def file(self, name: str, size: int) -> str | None:
        """Note a file; return its path, with the top folder, when it is safe."""
        self._counted()
        path = _plain(name)
        if not self._is_safe(path):
            return None
        if path in self._files:
            message = "stands twice in the archive: which one counts depends on luck"
            self._findings.error("duplicate-member", _in_bag(path), message)
            return None
        self._files[path] = size
        return path

    def _counted(self) -> None:
        self._count += 1
        if self._count > self._limits.max_files:
            message = f"it has more than {self._limits.max_files} members"
            raise ArchiveRefused("archive-limit", "", message)

    def _is_safe(self, path: str) -> bool:
        code = path_fault(path)
        if code is not None:
            self._findings.error(code, path, PATH_FAULTS[code])
        return code is None

    def close(self, archive_name: str, form: str) -> str:
        """End the listing: find the one top folder and make paths relative to it.

        Returns
        -------
        str
            The name of the top folder.

        Notes
        -----
        RFC 8493 section 4.2 wants a single folder, best named like the archive.
        """
        for path in self._files:
            parts = path.split("/")[:-1]
            self._folders.update("/".join(parts[:n]) for n in range(1, len(parts) + 1))
        top = self._top()
        prefix = f"{top}/"
        for path, size in self._files.items():
            if path.startswith(prefix):
                self.files[path.removeprefix(prefix)] = size
            else:
                message = f"stands beside the folder of the bag, {top!r}"
                self._findings.error("archive-layout", path, message)
        self.folders = {
            path.removeprefix(prefix)
            for path in self._folders
            if path.startswith(prefix)
        }
        base = archive_name.removesuffix(f".{form}").removesuffix(".tgz")
        if top != base:
            message = f"the archive holds a folder of another name, {top!r}"
            self._findings.warn("archive-name", "", message)
        return top

    def _top(self) -> str:
        tops = sorted(
            {path.partition("/")[0] for path in (*self._folders, *self._files)}
        )
        folders = [top for top in tops if top in self._folders]
        if not folders:
            message = "the archive has no folder at its top: put the bag's folder in it"
            raise ArchiveRefused("archive-layout", "", message)
        for top in folders:
            if f"{top}/bagit.txt" in self._files:
                return top
        return folders[0]


def _plain(name: str) -> str:
    return name.removeprefix("./")


def _in_bag(name: str) -> str:
    return _plain(name).partition("/")[2] or name

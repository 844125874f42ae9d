"""A submission: one package of many papers, taken in whole, with one receipt.

A package that breaks a rule of its own form is refused before anything is taken from
it. What is taken goes through the intake, as any file does.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exports.errors import ArchiveRefused, BagNotFound, ExportError
from exports.findings import FindingList
from exports.reading import opened_package
from exports.trees import Tree
from exports.validate import opened_tree
from ingest.archives import ArchiveError, ArchiveLimits
from recordsvc.bootstrap import Service
from recordsvc.jobs.bag_import import BagImport
from recordsvc.jobs.intake import Intake, IntakeOptions
from recordsvc.jobs.packages import Package, examined
from recordsvc.jobs.passage import Passage
from recordsvc.jobs.receipts import Receipt, Rule, file_entry, plain
from recordsvc.jobs.submitted import ArchiveFiles, Arrived, Copier
from recordsvc.services.access import authorize
from recordsvc.services.context import Actor, Context, utc_now
from recordsvc.services.errors import (
    InvalidRequest,
    NotFound,
    ServiceError,
)
from recordsvc.services.importing import is_new
from recordsvc.services.recorddocument import load
from recordsvc.storage.sources import open_regular

_LISTING = (
    *(f"manifest-{name}.txt" for name in ("sha256", "sha512", "sha1", "md5")),
    "METS.xml",
)
_NO_PAPER = "there is no paper in it"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionOptions:
    """How a submission is taken.

    Parameters
    ----------
    common
        Sidecar values for every paper of it.
    wait
        Return only when everything added is searchable.
    """

    common: Mapping[str, str] = field(default_factory=dict)
    limits: ArchiveLimits = field(default_factory=ArchiveLimits)
    wait: bool = True
    dry_run: bool = False


class Submission:
    """Takes packages in.

    Parameters
    ----------
    report
        Called with each file of the receipt as it stands in it, once it is safe.
    must_stop
        Says whether no further file is to be begun.
    """

    def __init__(
        self,
        service: Service,
        actor: Actor,
        options: SubmissionOptions,
        *,
        report: Callable[[dict[str, Any]], None] = lambda _: None,
        must_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self.service = service
        self.actor = actor
        self.options = options
        self.report = report
        self.must_stop = must_stop
        self.was_stopped = False
        self._receipt = Receipt(
            name="",
            kind="archive",
            bytes=0,
            sha256="",
            sha256_of="",
            submitted_at=utc_now().isoformat(timespec="seconds"),
            submitted_by=actor.login,
            is_trial=options.dry_run,
        )

    def run(self, path: Path, name: str | None = None) -> Receipt:
        """Take a package in and return its receipt.

        Parameters
        ----------
        name
            What the package is called, where that is not the name of its file.

        Raises
        ------
        NotFound, InvalidRequest, NotAllowed
            If there is no package there, or the actor may not take papers in.
        """
        self.service.view(self.actor, lambda ctx: authorize(ctx, "record.capture"))
        if not os.path.lexists(path):
            raise NotFound(f"there is nothing at {plain(str(path))}")
        self._receipt.name = plain(name or path.name or str(path))
        if path.is_dir():
            self._take_folder(path)
        else:
            self._take_file(path)
        if self._receipt.sha256 and not self.options.dry_run:
            self.service.run(self.actor, self._log)
        return self._receipt

    def _log(self, ctx: Context) -> None:
        receipt = self._receipt
        ctx.log(
            receipt.sha256,
            "submission",
            state=str(receipt.state),
            form=receipt.kind,
            files=str(len(receipt.files)),
            rules=" ".join(sorted({r.code for r in receipt.rules if r.is_error})),
        )

    def _take_folder(self, path: Path) -> None:
        for name in ("bagit.txt", "METS.xml"):
            if (path / name).is_file():
                break
        else:
            raise InvalidRequest(
                f"{plain(str(path))} is neither a bag nor an E-ARK package; take the "
                "papers of a plain folder in with: recordsvc ingest --recursive"
            )
        self._take_package(path)

    def _take_file(self, path: Path) -> None:
        with os.fdopen(open_regular(path), "rb") as stream:
            self._receipt.sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            self._receipt.sha256_of = "package"
            self._receipt.bytes = stream.tell()
            try:
                files = ArchiveFiles(
                    stream,
                    Copier(scratch=self.service.scratch_dir()),
                    self.options.limits,
                )
            except ArchiveError as error:
                rule = Rule(code=error.code, place="", message=error.message)
                self._receipt.break_rules([rule])
                return
            if _is_package(member.stated for member in files.members):
                self._take_package(path)
                return
            self._receipt.break_rules(files.wrong)
            if not files.members:
                rule = Rule(code="archive-empty", place="", message=_NO_PAPER)
                self._receipt.break_rules([rule])
            if not self._receipt.is_refused:
                self._take_in(files, {}, {})

    def _take_package(self, path: Path) -> None:
        findings = FindingList()
        copier = Copier(scratch=self.service.scratch_dir())
        try:
            with opened_tree(path, findings) as tree:
                self._identify(tree)
                package = examined(tree, findings, copier)
                self._receipt.kind = package.kind
                self._receipt.description = package.description
                self._receipt.break_rules(package.rules)
                if self._receipt.is_refused:
                    return
                if package.kind != "package":
                    self._take_in(package.files, package.values, self._origin(package))
                    return
        except BagNotFound as error:
            raise NotFound(str(error)) from None
        except ArchiveRefused as error:
            rule = Rule(code=error.code, place=error.member, message=error.message)
            self._receipt.break_rules([rule])
            return
        self._return_own(path)

    def _identify(self, tree: Tree) -> None:
        """Name a folder by the digest of the document that lists its files."""
        if self._receipt.sha256:
            return
        self._receipt.bytes = sum(tree.files.values())
        for name in _LISTING:
            if name in tree.files:
                digest = hashlib.sha256()
                for _, stream in tree.walk((name,)):
                    while chunk := stream.read(1 << 20):
                        digest.update(chunk)
                self._receipt.sha256 = digest.hexdigest()
                self._receipt.sha256_of = name
                return
        names = "\n".join(sorted(map(plain, tree.files)))
        self._receipt.sha256 = hashlib.sha256(names.encode()).hexdigest()
        self._receipt.sha256_of = "names"

    def _origin(self, package: Package) -> dict[str, str]:
        return {
            f"package_{name}": value
            for name, value in package.description.items()
            if name in {"title", "identifier", "source"}
        }

    def _return_own(self, path: Path) -> None:
        """Take a package of our own back in, with its id and history."""
        if self.options.dry_run:
            try:
                with opened_package(path) as package:
                    document = load(package.record_json)
                    new = self.service.view(
                        self.actor, lambda ctx: is_new(ctx, document)
                    )
            except (ServiceError, ExportError) as error:
                rule = Rule(code="package-refused", place="", message=str(error))
                self._receipt.break_rules([rule])
                return
            outcome = "added" if new else "duplicate"
            self._keep(file_entry("data/record.json", outcome, id=document.id))
            return
        report = BagImport(self.service, self.actor).run([path])
        for refused in report.refused:
            rule = Rule(code="package-refused", place="", message=refused.reason)
            self._receipt.break_rules([rule])
        for line in report.lines:
            outcome = "added" if line["status"] == "added" else "duplicate"
            self._keep(file_entry("data/record.json", outcome, id=line["id"]))

    def _take_in(
        self,
        files: Iterable[Arrived],
        values: Mapping[str, str],
        origin: Mapping[str, str],
    ) -> None:
        package = f"{self._receipt.name} (sha256:{self._receipt.sha256})"
        passage = Passage(
            files,
            {"package": package, **origin},
            keep=self._keep,
            must_stop=self.must_stop,
        )
        options = IntakeOptions(
            common={**values, **self.options.common},
            rows=passage.rows,
            origins=passage.origins,
            wait=self.options.wait,
            dry_run=self.options.dry_run,
        )
        intake = Intake(self.service, self.actor, options, passage.report)
        with passage:
            intake.run(passage.items())
        self.was_stopped = passage.was_stopped

    def _keep(self, entry: dict[str, Any]) -> None:
        self._receipt.files.append(entry)
        self.report(entry)


def _is_package(names: Iterable[str]) -> bool:
    """Say whether an archive holds a bag or an E-ARK package in one folder."""
    parts = [name.removeprefix("./").split("/") for name in names]
    heads = {part[0] for part in parts}
    return (
        any(
            len(part) == 2 and part[1] in {"bagit.txt", "METS.xml"}  # noqa: PLR2004
            for part in parts
        )
        and (len(heads) == 1 or any(part[1:] == ["bagit.txt"] for part in parts))
    )

"""The receipt of a submission: what arrived, what became of it, each rule it broke."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

FORM = 1

PACKAGE = "repair the package where it was made, and submit it again"
NAME = "give the file a plain relative name in the package, and submit it again"
AGAIN = "copy the package again from its source: it was damaged on its way"
ALONE = "ask for the file as a plain one, and submit it by itself"
LIMIT = "split the package into smaller ones, and submit each"

# What a person can do about a rule, by its code.
REMEDIES: Mapping[str, str] = {
    "absolute-path": NAME,
    "home-path": NAME,
    "windows-path": NAME,
    "traversal": NAME,
    "bad-path": NAME,
    "link": "put the file itself in the place of the link",
    "special-file": "leave pipes, sockets and devices out of the package",
    "unreadable": AGAIN,
    "digest-mismatch": AGAIN,
    "mets-digest": AGAIN,
    "mets-size": AGAIN,
    "oxum-mismatch": AGAIN,
    "missing-file": "add the file to the package, or take it from every manifest",
    "unlisted-file": "list the file in every payload manifest, or take it out",
    "incomplete": "fetch what fetch.txt names before the bag is submitted",
    "fetch-unlisted": "list what is to be fetched in a payload manifest",
    "mets-unlisted": "list the file in the fileSec of a METS document, or take it out",
    "mets-reference": "add the file to the package, or take the reference out",
    "mets-address": "refer to files of the package by their relative paths only",
    "mets-limit": LIMIT,
    "tag-file-limit": LIMIT,
    "archive-limit": LIMIT,
    "archive-depth": "unpack the inner archive, and submit it by itself",
    "archive-damaged": AGAIN,
    "archive-unknown": "submit a folder, a .zip, or a .tar (.gz, .bz2, .xz)",
    "archive-encrypted": "submit the archive without a password",
    "archive-method": "pack the archive again with the usual method, deflate",
    "archive-paper": "it is one paper: take it in with recordsvc ingest",
    "archive-empty": "check that the papers were put in before it was packed",
    "sip-empty": "put the papers below representations/NAME/data",
    "member-encrypted": "ask for the file without a password, and submit it by itself",
    "member-link": "put the file itself in the place of the link",
    "member-special": ALONE,
    "member-method": "pack the archive again with the usual method, deflate",
    "member-name": NAME,
    "member-renamed": "nothing need be done: the name it had is kept with the record",
    "member-twice": "nothing need be done: both files are kept",
    "member-damaged": AGAIN,
    "member-changed": "submit the package when nobody writes into it any more",
    "file-failed": "see the reason; put it right and submit the file by itself",
    "file-quarantined": "look at the file in the record: it is kept as it came",
    "sidecar-refused": "correct the metadata file that is named, and submit it again",
    "package-refused": PACKAGE,
    "CSIPSTR4": "put a METS.xml at the root of the package",
    "CSIPSTR5": "put the papers below representations/NAME/data",
    "CSIP17": "add a dmdSec with Dublin Core or MODS to METS.xml",
}


class Outcome(StrEnum):
    """What became of a file of a submission, beside the words of an intake."""

    METADATA = "metadata"
    UNPACKED = "unpacked"
    NOT_TAKEN = "not_taken"


class State(StrEnum):
    """What became of a submission as a whole."""

    TAKEN = "taken"
    PARTLY = "partly"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule that a package or one of its files fails or strains.

    Parameters
    ----------
    place
        The file concerned, relative to the package; empty for the package itself.
    is_error
        False for what strains a rule without breaking it.
    """

    code: str
    place: str
    message: str
    is_error: bool = True

    def mapping(self) -> dict[str, str]:
        """Return the rule as JSON-able values, with what can be done about it."""
        return {
            "code": self.code,
            "severity": "error" if self.is_error else "warning",
            "place": plain(self.place),
            "message": plain(self.message),
            "remedy": REMEDIES.get(self.code, PACKAGE),
        }


@dataclass(slots=True, kw_only=True)
class Receipt:
    """What a submission is answered with.

    Parameters
    ----------
    kind
        ``archive``, ``bag``, ``sip`` or ``package`` (one of our own).
    sha256
        Of the file that `sha256_of` names: the archive itself, else
        ``manifest-sha256.txt`` of a bag or ``METS.xml``.
    """

    name: str
    kind: str
    bytes: int
    sha256: str
    sha256_of: str
    submitted_at: str
    submitted_by: str
    is_trial: bool
    description: Mapping[str, str] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    is_refused: bool = False

    @property
    def state(self) -> State:
        """Return what became of it all."""
        if self.is_refused:
            return State.REFUSED
        failed = {"failed", "quarantined", str(Outcome.NOT_TAKEN)}
        bad = any(file["outcome"] in failed for file in self.files)
        return State.PARTLY if bad else State.TAKEN

    def break_rules(self, rules: Iterable[Rule]) -> None:
        """Note rules of the whole package; an error among them refuses it."""
        for rule in rules:
            self.rules.append(rule)
            self.is_refused = self.is_refused or rule.is_error

    def mapping(self) -> dict[str, Any]:
        """Return the receipt as JSON-able values."""
        counts: dict[str, int] = {}
        for file in self.files:
            counts[file["outcome"]] = counts.get(file["outcome"], 0) + 1
        return {
            "form": FORM,
            "kind": self.kind,
            "state": str(self.state),
            "dry_run": self.is_trial,
            "submitted_at": self.submitted_at,
            "submitted_by": self.submitted_by,
            "package": {
                "name": plain(self.name),
                "bytes": self.bytes,
                "sha256": self.sha256,
                "sha256_of": self.sha256_of,
            },
            "description": {k: plain(v) for k, v in self.description.items()},
            "rules": [rule.mapping() for rule in self.rules],
            "files": self.files,
            "summary": counts,
        }


def file_entry(
    path: str, outcome: str, rules: Iterable[Rule] = (), **facts: Any
) -> dict[str, Any]:
    """Return what a receipt says of one file."""
    return {
        "path": plain(path),
        "outcome": outcome,
        "id": facts.get("id"),
        "sha256": facts.get("sha256"),
        "bytes": facts.get("bytes"),
        "error": facts.get("error"),
        "warnings": [plain(text) for text in facts.get("warnings", ())],
        "rules": [rule.mapping() for rule in rules],
    }


def plain(text: str) -> str:
    """Return text that any JSON reader takes: no lone surrogates."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")

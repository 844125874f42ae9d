"""The printed tour of the demo store: what a newcomer sees first."""

import logging
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recordsvc.cli.door import printable
from recordsvc.cli.samplestore import CONFIG, Filled, actor
from recordsvc.services.context import ANONYMOUS, Actor, Context
from recordsvc.services.errors import VerificationFailed

if TYPE_CHECKING:
    from recordsvc.bootstrap import Service

LANGUAGES = {
    "ar": "Arabic",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "pt": "Portuguese",
}
SEARCHES = (
    ("in French: any ending, with or without accents", "équipage"),
    ("in Arabic", "مياه الشرب"),
    ("by document number", "WQ 12/1042"),
)
SHOWN_HITS = 3
EXPLAINED_FILE = "en-minutes-waterworks-2011.rtf"
QUESTION_FILE = "en-question-eastern-aquifer.html"
EXPORTED_FILE = "en-report-drinking-water.pdf"
EXPORTS = "exports"


class Tour:
    """Prints the tour, step by step.

    Parameters
    ----------
    service
        The opened demo store.
    filled
        What went into it.
    """

    def __init__(self, service: "Service", filled: Filled) -> None:
        from rich.console import Console

        self.service = service
        self.filled = filled
        self.console = Console(highlight=False, soft_wrap=True, markup=False)
        self.step = 0

    def run(self, folder: Path) -> None:
        """Print every step."""
        officer = actor(self.service, "officer")
        self.papers()
        self.searches()
        self.retention(officer)
        self.question(actor(self.service, "researcher"))
        self.export(actor(self.service, "archivist"), folder / EXPORTS)
        self.log_ins(self.service.settings.url, folder / CONFIG)

    def heading(self, text: str) -> None:
        """Begin the next step."""
        self.step += 1
        self.console.print()
        self.console.print(f"{self.step}. {text}", style="bold")

    def line(self, text: str = "") -> None:
        """Print one line, made safe for any terminal."""
        self.console.print(printable(text))

    def papers(self) -> None:
        """Say how many papers were ingested, in which languages."""
        counts = self.filled.languages
        told = [f"{counts[code]} {name}" for code, name in LANGUAGES.items()]
        bare = sum(n for code, n in counts.items() if code not in LANGUAGES)
        if bare:
            told.append(f"{bare} without a language")
        self.heading("Papers")
        self.line(
            f"  {counts.total()} sample papers in six languages ingested "
            f"in {self.filled.seconds:.1f} s: {', '.join(told)}"
        )

    def searches(self) -> None:
        """Show three searches as anybody may make them."""
        self.heading("Search")
        for what, query in SEARCHES:
            answer = self.service.view(ANONYMOUS, partial(_found, query=query))
            self.line(f"  {query}  ({what}): {answer['total']} hits")
            for hit in answer["hits"]:
                self._hit(hit)

    def _hit(self, hit: dict[str, Any]) -> None:
        number = _number(hit["identifiers"])
        self.line(f"    {number}, {hit['date'] or 'no date'}: {hit['title']}")
        for snippet in hit["snippets"][:1]:
            self._snippet(snippet)

    def _snippet(self, snippet: dict[str, Any]) -> None:
        from rich.text import Text

        text = Text(f"      page {snippet['page']}: ")
        start = len(text)
        text.append(snippet["text"])
        for first, last in snippet["marks"]:
            text.stylize("bold yellow", start + first, start + last)
        self.console.print(text)

    def retention(self, officer: Actor) -> None:
        """Explain the retention decision of one record, then what is due."""
        from recordsvc.services.retention.retaining import due, explain

        record_id = self.filled.ids[EXPLAINED_FILE]

        def work(ctx: Context) -> tuple[str, dict[str, Any], dict[str, Any]]:
            title = ctx.root.records[record_id].title
            return str(title), explain(ctx, record_id), due(ctx)

        title, decision, waiting = self.service.view(officer, work)
        self.heading("Retention")
        self.line(f"  retention of {title}: {decision['state']}")
        for step in decision["trace"]:
            self.line(f"    - {step}")
        self.line(f"  due on {waiting['on']}: {len(waiting['items'])} records")
        for item in waiting["items"]:
            self.line(f"    {item['action']} since {item['due_on']}: {item['title']}")
        held = [e for e in waiting["exceptions"] if e["state"] == "held"]
        for exception in held:
            found = self._record(officer, exception["id"])
            self.line(f"    not while it is held: {found['title']}")

    def question(self, researcher: Actor) -> None:
        """Show one question with its answer and the papers linked to it."""
        found = self._record(researcher, self.filled.ids[QUESTION_FILE])
        self.heading("A question and its papers")
        self.line(f"  {_number(found['identifiers'])}: {found['title']}")
        told: set[str] = set()
        for link in sorted(found["links"], key=_order):
            if link["other"]["id"] not in told:
                told.add(link["other"]["id"])
                self._link(link)
            if link["type"] == "answers":
                self._promises(researcher, link["other"]["id"])

    def _promises(self, researcher: Actor, answer_id: str) -> None:
        """Show what was deposited because an answer promised it."""
        for link in self._record(researcher, answer_id)["links"]:
            if link["type"] == "fulfils" and link["direction"] == "in":
                number = _number(link["other"]["identifiers"])
                self.line(f"      its promise was kept by {number}")

    def _record(self, reader: Actor, record_id: str) -> dict[str, Any]:
        from recordsvc.services.access import record_for
        from recordsvc.services.display import record_mapping

        return self.service.view(
            reader, lambda ctx: record_mapping(ctx, record_for(ctx, record_id))
        )

    def _link(self, link: dict[str, Any]) -> None:
        other = link["other"]
        number = _number(other["identifiers"])
        self.line(f"    {_arrow(link)} {number}: {other['title']}")
        for evidence in link["evidence"][:1]:
            page = f", page {evidence['page']}" if evidence["page"] else ""
            self.line(f"      because it says «{evidence['text']}»{page}")

    def export(self, archivist: Actor, into: Path) -> None:
        """Export one record as a bag, and have it checked by two validators.

        Raises
        ------
        VerificationFailed
            If either of them refuses it.
        """
        from recordsvc.jobs.bag_check import validate_bag
        from recordsvc.jobs.export_job import export_records

        record_id = self.filled.ids[EXPORTED_FILE]
        report = export_records(self.service, archivist, [record_id], into)
        if report.refused:
            raise VerificationFailed(report.refused[0].reason)
        made = report.packages[0]
        path = into / made["path"]
        self.heading("Export")
        self.line(f"  exported bag: {path}")
        self.line(f"    {made['files']} files, {made['bytes']} bytes of payload")
        self.line(f"    bagit-python {_judged_by_bagit(path)}: valid")
        found = validate_bag(path, None)
        if not found["valid"]:
            raise VerificationFailed(f"{path} is not valid: {found['errors'][0]}")
        self.line(f"    our own validator: valid (BagIt {found['version']})")

    def log_ins(self, address: str, config: Path) -> None:
        """Print the address, one log-in a role, and what to try next."""
        self.heading("Your turn")
        self.line(f"  site: {address}")
        for login, password in self.filled.passwords.items():
            self.line(f"    {login:<12} {password}")
        self.line("  on the command line, for example:")
        command = f".venv/bin/recordsvc --config {config}"
        self.line(f"    {command} search 'chloride type:report'")
        self.line(f"    {command} --as officer retention due --on 2040-01-01")


def _found(ctx: Context, *, query: str) -> dict[str, Any]:
    from recordsvc.services.searching import answer_mapping, search

    return answer_mapping(ctx, search(ctx, query, limit=SHOWN_HITS))


def _judged_by_bagit(path: Path) -> str:
    """Let the Library of Congress's own program judge a bag; return its version."""
    from importlib.metadata import version

    import bagit

    # It logs every file at INFO.
    logging.getLogger("bagit").setLevel(logging.WARNING)
    try:
        bagit.Bag(str(path)).validate()
    except bagit.BagError as error:
        raise VerificationFailed(f"bagit-python refuses {path}: {error}") from error
    return version("bagit")


def _number(identifiers: Iterable[dict[str, Any]]) -> str:
    """Return the number that people know a paper by: no IRI where there is another."""
    values = [i["value"] for i in identifiers]
    return next((v for v in values if not v.startswith("/")), "no number")


def _order(link: dict[str, Any]) -> tuple[bool, str, str]:
    return link["type"] != "answers", link["type"], link["other"]["title"]


def _arrow(link: dict[str, Any]) -> str:
    words = {
        "answers": "answered by",
        "cites": "cited by",
        "fulfils": "promise kept by",
    }
    if link["direction"] == "out":
        return str(link["type"])
    return words.get(link["type"], f"{link['type']} of")

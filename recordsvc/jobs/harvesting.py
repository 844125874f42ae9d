"""The harvest of another repository over OAI-PMH: resumable after every page."""

import contextlib
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from ingest.names import safe_name
from recordsvc.bootstrap import Service
from recordsvc.jobs.indexer import Indexer
from recordsvc.jobs.oaianswers import (
    BadAnswer,
    OaiRecord,
    Page,
    Repository,
    TokenExpired,
    read_identify,
    read_page,
)
from recordsvc.jobs.oaiclient import OaiClient, Politeness
from recordsvc.jobs.packages import values_of
from recordsvc.jobs.recurrence import Recurrence
from recordsvc.model import Manifestation
from recordsvc.model.foreign import Foreign
from recordsvc.services import foreign, renditions
from recordsvc.services.access import authorize
from recordsvc.services.context import Actor, Context
from recordsvc.services.errors import InvalidRequest, Temporary
from recordsvc.storage.durable import make_private_directory, replace_file

# So often an answer that is not whole is asked for again.
TRIES = 3
MOST_PAGES = 100_000
_DAY_CHARS = 10
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestOptions:
    """What is harvested, and how.

    Parameters
    ----------
    since
        Datestamp from which on; empty: where the last whole harvest began.
    licence
        What may be done with records that say nothing of it themselves.
    access
        Who may see them; a record that is withdrawn is closed.
    """

    prefix: str = "oai_dc"
    set_spec: str = ""
    since: str = ""
    licence: str = ""
    access: str = "internal"
    politeness: Politeness = field(default_factory=Politeness)
    dry_run: bool = False


@dataclass(slots=True)
class Position:
    """How far the harvest of one repository, form and set has come.

    Parameters
    ----------
    token
        Where the list goes on, empty between two harvests.
    since
        Datestamp with which the running harvest began.
    began_at
        The repository's own clock when it began: the next one starts there.
    until
        The same of the last harvest that came to its end.
    """

    token: str = ""
    since: str = ""
    began_at: str = ""
    until: str = ""


class Harvester:
    """Harvests one repository.

    Parameters
    ----------
    report
        Called with the outcome of a record once its page is committed.
    """

    def __init__(
        self,
        service: Service,
        actor: Actor,
        url: str,
        options: HarvestOptions,
        *,
        report: Callable[[dict[str, Any]], None] = lambda _: None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.service = service
        self.actor = actor
        self.options = options
        self.report = report
        self.say = say
        self.client = OaiClient(url, options.politeness)
        self.summary: Counter[str] = Counter()
        where = f"{url}\n{options.prefix}\n{options.set_spec}"
        named = hashlib.sha256(where.encode()).hexdigest()[:32]
        self.memory = service.settings.data_dir / "harvest" / f"{named}.json"
        self._recurrence = Recurrence(service.settings)

    def run(self) -> Counter[str]:
        """Harvest what is new; after a kill, go on where the last page was safe.

        Returns
        -------
        Counter
            How many records had which outcome; ``faulty`` could not be read.

        Raises
        ------
        Temporary
            If the repository does not answer, or not in whole; the same command goes
            on later.
        InvalidRequest, NotAllowed
            If it refuses, or leads elsewhere; or the actor may not take papers in.
        """
        self.service.view(self.actor, lambda ctx: authorize(ctx, "record.capture"))
        with self.service.lease(f"harvest-{self.memory.stem}").held():
            repository = self._read({"verb": "Identify"}, read_identify)
            position = self._position()
            try:
                self._pages(repository, position)
            except TokenExpired:
                self.say("its resumption token has expired; begun again")
                position.token = ""
                self._pages(repository, position)
        if not self.options.dry_run:
            with Indexer(self.service) as indexer:
                indexer.catch_up()
        return self.summary

    def _position(self) -> Position:
        found = Position()
        with contextlib.suppress(FileNotFoundError):
            found = Position(**json.loads(self.memory.read_bytes()))
        if self.options.since and self.options.since != found.since:
            # Asked for anew: what was under way is not gone on with.
            found.token = ""
        return found

    def _save(self, position: Position) -> None:
        if not self.options.dry_run:
            make_private_directory(self.memory.parent)
            replace_file(self.memory, json.dumps(asdict(position)).encode())

    def _pages(self, repository: Repository, position: Position) -> None:
        if position.token:
            self.say("going on where the last harvest was stopped")
        seen: set[str] = set()
        for _ in range(MOST_PAGES):
            fresh = not position.token
            if fresh:
                position.since = self.options.since or position.until
            page = self._read(self._arguments(repository, position), read_page)
            if fresh:
                position.began_at = page.answered_at
            self._take(repository, page)
            if page.token in seen:
                raise InvalidRequest("the repository's list goes round in circles")
            seen.add(page.token)
            position.token = page.token
            if not page.token:
                position.until = position.began_at
            self._save(position)
            if not page.token:
                return
        raise InvalidRequest(f"the repository's list has over {MOST_PAGES} pages")

    def _arguments(self, repository: Repository, position: Position) -> dict[str, str]:
        if position.token:
            return {"verb": "ListRecords", "resumptionToken": position.token}
        arguments = {"verb": "ListRecords", "metadataPrefix": self.options.prefix}
        if self.options.set_spec:
            arguments["set"] = self.options.set_spec
        if position.since:
            has_seconds = repository.has_seconds and "T" in position.since
            since = position.since if has_seconds else position.since[:_DAY_CHARS]
            arguments["from"] = since
        return arguments

    def _read(self, arguments: dict[str, str], reader: Callable[[bytes], T]) -> T:
        """Ask, and ask again where the answer is not whole."""
        why = ""
        for _ in range(TRIES):
            try:
                return reader(self.client.ask(arguments))
            except BadAnswer as error:
                why = str(error)
        raise Temporary(
            f"{self.client.url} gives an answer that cannot be read: {why}; nothing of "
            "it was taken, and the same harvest goes on there"
        )

    def _take(self, repository: Repository, page: Page) -> None:
        """Take one page in, in one transaction."""
        kept = [
            None if record.is_deleted else self._kept(record) for record in page.records
        ]

        def work(ctx: Context) -> list[dict[str, Any]]:
            pairs = zip(page.records, kept, strict=True)
            return [self._one(ctx, repository, *pair) for pair in pairs]

        if self.options.dry_run:
            lines = self.service.view(self.actor, self._trial(page))
        else:
            lines = self.service.run(self.actor, work)
        self.summary["faulty"] += page.faulty
        for line in lines:
            self.summary[line["outcome"]] += 1
            self.report(line)

    def _trial(self, page: Page) -> Callable[[Context], list[dict[str, Any]]]:
        def look(ctx: Context) -> list[dict[str, Any]]:
            return [self._foreseen(ctx, record) for record in page.records]

        return look

    def _foreseen(self, ctx: Context, record: OaiRecord) -> dict[str, Any]:
        here = foreign.find(ctx, self.client.url, record.identifier)
        if record.is_deleted:
            outcome = foreign.Outcome.WITHDRAWN if here else foreign.Outcome.ABSENT
        elif here is None:
            outcome = foreign.Outcome.ADDED
        else:
            same = here.files[0].sha256 == hashlib.sha256(record.content).hexdigest()
            outcome = foreign.Outcome.UNCHANGED if same else foreign.Outcome.UPDATED
        return {
            "identifier": record.identifier,
            "outcome": str(outcome),
            "id": here.id if here else None,
            "warnings": [],
        }

    def _kept(self, record: OaiRecord) -> tuple[Manifestation, int] | None:
        """Make the bytes of a record and its text durable, before the transaction."""
        if self.options.dry_run:
            return None
        stored = self.service.bitstreams.put(io.BytesIO(record.content))
        lines = record.description.values if record.description else ()
        text = "\n".join(value for _, value, _ in lines)
        language = record.description.language if record.description else ""
        pages = [(1, text or record.identifier)]
        content = renditions.encode(pages, None, language or None)
        rendition = renditions.store(self.service.bitstreams, content)
        name = safe_name(record.identifier.rpartition(":")[2]) or "record"
        file = Manifestation(
            name=f"{name}.xml",
            sha256=stored.sha256,
            bytes=stored.bytes,
            mime="application/xml",
            pages=1,
            text="full",
            rendition=rendition.sha256,
        )
        return file, rendition.bytes

    def _one(
        self,
        ctx: Context,
        repository: Repository,
        record: OaiRecord,
        kept: tuple[Manifestation, int] | None,
    ) -> dict[str, Any]:
        warnings: tuple[str, ...] = ()
        if kept is None:
            outcome, found = foreign.withdraw(
                ctx, self.client.url, record.identifier, ctx.now()
            )
        else:
            harvested = self._harvested(ctx, repository, record, kept)
            outcome, found = foreign.take(ctx, harvested)
            if outcome == foreign.Outcome.ADDED:
                warnings = self._recurrence.warnings(ctx, kept[0].sha256)
        return {
            "identifier": record.identifier,
            "outcome": str(outcome),
            "id": found.id if found is not None else None,
            "warnings": list(warnings),
        }

    def _harvested(
        self,
        ctx: Context,
        repository: Repository,
        record: OaiRecord,
        kept: tuple[Manifestation, int],
    ) -> foreign.Harvested:
        description = record.description
        values = values_of(description) if description else {}
        licence = record.licence or repository.licence or self.options.licence
        return foreign.Harvested(
            foreign=Foreign(
                source=self.client.url,
                identifier=record.identifier,
                datestamp=record.datestamp,
                prefix=self.options.prefix,
                harvested_at=ctx.now(),
                repository=repository.name,
                licence=licence,
                sets=record.sets,
            ),
            values=tuple(sorted(values.items())),
            said=tuple((f, v) for f, v, _ in description.values) if description else (),
            file=kept[0],
            rendition_bytes=kept[1],
            access=self.options.access,
        )

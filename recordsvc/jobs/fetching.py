"""A mailbox that is fetched: each new message an intake of its bytes, once."""

import contextlib
import email.parser
import hashlib
import json
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from recordsvc.bootstrap import Service
from recordsvc.jobs.imap import Account, Cut, ImapMailbox, Letter
from recordsvc.jobs.intakelines import IntakeOptions, Summary
from recordsvc.jobs.rounds import After, index_what_waits, take_batch
from recordsvc.jobs.walk import Item
from recordsvc.services.capture import Status
from recordsvc.services.context import Actor
from recordsvc.services.errors import Temporary
from recordsvc.storage.durable import make_private_directory, replace_file

# A kill costs at most so many messages a second fetch; they are duplicates then.
BATCH_LETTERS = 50
MOST_A_ROUND = 10_000
LONGEST_PAUSE_S = 300.0
HEADER_BYTES = 64 << 10
LONGEST_ID_CHARS = 998


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOptions:
    """How a mailbox is fetched.

    Parameters
    ----------
    common
        Values that hold for every message.
    target
        Folder of the mailbox into which `move` moves.
    every_s
        Seconds between two looks.
    max_bytes
        Longest message that is fetched.
    """

    common: Mapping[str, str] = field(default_factory=dict)
    after: After = After.LEAVE
    target: str = "Done"
    every_s: float = 60.0
    max_bytes: int = 52_428_800
    once: bool = False
    dry_run: bool = False


@dataclass(slots=True)
class Fetched:
    """What of a folder has been dealt with, between two looks.

    Parameters
    ----------
    uid_validity
        UIDs of another value are those of other messages.
    upto
        Every message up to this UID has been dealt with.
    beyond
        Those above it that have been, too.
    failed
        Those that could not be taken in; they are tried again by the next start.
    pending
        Those that are taken in and wait to be moved or deleted on the server.
    """

    uid_validity: int
    upto: int = 0
    beyond: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    pending: list[int] = field(default_factory=list)


class Fetcher:
    """Fetches new messages of one folder and takes them in.

    Parameters
    ----------
    report
        Called with the outcome line of a message when its group is committed.
    say
        Tells a person what is no outcome.
    """

    def __init__(
        self,
        service: Service,
        actor: Actor,
        account: Account,
        options: FetchOptions,
        *,
        report: Callable[[dict[str, Any]], None],
        say: Callable[[str], None],
        stop: threading.Event,
    ) -> None:
        self.service = service
        self.actor = actor
        self.account = account
        self.options = options
        self.report = report
        self.say = say
        self.stop = stop
        self.summary = Summary()
        where = (account.host, str(account.port), account.user, account.folder)
        named = hashlib.sha256("\n".join(where).encode()).hexdigest()[:32]
        # No name stands in it, so that none outlives its record.
        self.memory = service.settings.data_dir / "mailbox" / f"{named}.json"
        self._known: Fetched | None = None
        self._retry = True

    def run(self) -> Summary:
        """Fetch until told to stop; with `once`, what is there now.

        Raises
        ------
        Temporary
            With `once`, if the connection broke; the same command goes on.
        """
        lease = self.service.lease(f"mailbox-{self.memory.stem}")
        with lease.held():
            pause = self.options.every_s
            while not self.stop.is_set():
                try:
                    self._round()
                    pause = self.options.every_s
                except Cut as error:
                    if self.options.once:
                        raise Temporary(str(error)) from error
                    self.say(f"{error}; trying again in {pause:.0f} s")
                    self.stop.wait(pause)
                    pause = min(2 * pause, LONGEST_PAUSE_S)
                    continue
                if self.options.once:
                    break
                self.stop.wait(self.options.every_s)
        return self.summary

    def _round(self) -> None:
        """Take in what is new."""
        leaves = self.options.after == After.LEAVE or self.options.dry_run
        box = ImapMailbox(self.account, read_only=leaves)
        try:
            state = self._state(box)
            self._act(box, state)
            letters = self._again(box, state) + self._new(box, state)
            while letters and not self.stop.is_set():
                batch, letters = letters[:BATCH_LETTERS], letters[BATCH_LETTERS:]
                self._take(box, state, batch)
                letters = letters or self._new(box, state)
        finally:
            box.close()

    def _state(self, box: ImapMailbox) -> Fetched:
        if self._known is None:
            with contextlib.suppress(FileNotFoundError):
                self._known = Fetched(**json.loads(self.memory.read_bytes()))
        if self._known is None or self._known.uid_validity != box.uid_validity:
            # Numbered anew: what was taken in before comes out as a duplicate.
            self._known = Fetched(uid_validity=box.uid_validity)
        return self._known

    def _save(self, state: Fetched) -> None:
        if not self.options.dry_run:
            make_private_directory(self.memory.parent)
            replace_file(self.memory, json.dumps(asdict(state)).encode())

    def _again(self, box: ImapMailbox, state: Fetched) -> list[Letter]:
        """Return what failed before, once a start."""
        again = box.sizes_of(state.failed) if self._retry else []
        self._retry = False
        return again

    def _new(self, box: ImapMailbox, state: Fetched) -> list[Letter]:
        if box.uid_next <= state.upto + 1:
            return []
        found = box.letters_after(state.upto, MOST_A_ROUND)
        return [letter for letter in found if letter.uid not in state.beyond]

    def _take(self, box: ImapMailbox, state: Fetched, batch: list[Letter]) -> None:
        """Take in some messages; what came before the connection broke is kept."""
        by_path: dict[str, Letter] = {}
        origins: dict[str, Mapping[str, str]] = {}
        ended: dict[int, str] = {}
        cuts: list[Cut] = []
        with contextlib.ExitStack() as open_files:

            def items() -> Iterator[Item]:
                for letter in batch:
                    if self.stop.is_set():
                        return
                    given = f"{self.account.folder}/{box.uid_validity}-{letter.uid}.eml"
                    by_path[given] = letter
                    try:
                        item = self._item(box, letter, given, open_files, origins)
                    except Cut as cut:
                        cuts.append(cut)
                        return
                    if item is None:
                        ended[letter.uid] = "gone"
                    else:
                        yield item

            def report(line: dict[str, Any]) -> None:
                self.report(line)
                letter = by_path.get(line["path"])
                if letter is not None:
                    ended[letter.uid] = line["status"]

            options = IntakeOptions(
                common=self.options.common,
                origins=origins,
                wait=False,
                dry_run=self.options.dry_run,
            )
            try:
                take_batch(
                    self.service,
                    self.actor,
                    options,
                    items(),
                    report=report,
                    total=self.summary,
                )
            finally:
                self._note(state, batch, ended)
        if not self.options.dry_run:
            index_what_waits(self.service, wait=self.options.once)
        if cuts:
            raise cuts[0]
        self._act(box, state)

    def _item(
        self,
        box: ImapMailbox,
        letter: Letter,
        given: str,
        open_files: contextlib.ExitStack,
        origins: dict[str, Mapping[str, str]],
    ) -> Item | None:
        if letter.size > self.options.max_bytes:
            why = (
                f"the message has {letter.size} bytes, more than mailbox.max_bytes; "
                "it stays on the server"
            )
            return Item(given=given, path=Path(given), error=why)
        content = box.fetch(letter)
        if content is None:
            return None
        # Without a name: nothing of it is left behind, however this ends.
        scratch = self.service.scratch_dir()
        file = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115 - open until the batch ends
        open_files.callback(file.close)
        file.write(content)
        file.flush()
        origins[given] = {
            "source": f"{box.name}/;UID={letter.uid}",
            **_message_id(content),
        }
        return Item(given=given, path=Path(f"/proc/self/fd/{file.fileno()}"))

    def _note(
        self, state: Fetched, batch: list[Letter], ended: Mapping[int, str]
    ) -> None:
        """Remember what a batch has dealt with."""
        again = set(state.failed)
        failed = again - ended.keys() | {
            uid for uid, status in ended.items() if status == Status.FAILED
        }
        state.failed = sorted(failed)
        state.beyond = sorted({*state.beyond, *(ended.keys() - again)})
        if self.options.after != After.LEAVE:
            kept = [u for u, s in ended.items() if s not in {Status.FAILED, "gone"}]
            state.pending = sorted({*state.pending, *kept})
        for letter in batch:
            if letter.uid in again:
                continue
            if letter.uid not in ended:
                break
            state.upto = max(state.upto, letter.uid)
        state.beyond = [uid for uid in state.beyond if uid > state.upto]
        self._save(state)

    def _act(self, box: ImapMailbox, state: Fetched) -> None:
        """Do on the server what was asked for, with what is durable here."""
        if not state.pending or self.options.dry_run:
            return
        if self.options.after == After.MOVE:
            box.move(state.pending, self.options.target)
        elif self.options.after == After.DELETE:
            box.delete(state.pending)
        state.pending = []
        self._save(state)


def _message_id(content: bytes) -> dict[str, str]:
    """Return the Message-ID that a message states, if it is one line of plain text."""
    parser = email.parser.BytesHeaderParser()
    stated = str(
        parser.parsebytes(content[:HEADER_BYTES]).get("Message-ID", "")
    ).strip()
    if not stated or len(stated) > LONGEST_ID_CHARS or not stated.isprintable():
        return {}
    return {"message_id": stated}

"""The outbox of letters: written with what they tell of, sent by the worker."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from BTrees.OOBTree import OOBTree
from persistent import Persistent

from recordsvc.model.words import StoredWord

MAX_ATTEMPTS = 4
# Before the second, third and fourth attempt: a server that greets strangers with
# "later" (greylisting) takes the second, one that is down has hours to come back.
PAUSES = (timedelta(minutes=6), timedelta(minutes=30), timedelta(hours=2))


class LetterKind(StoredWord):
    """What a letter tells."""

    # What waits for a person.
    DIGEST = "digest"
    # Somebody has changed how the person is known here.
    PASSWORD_RESET = "password-reset"  # noqa: S105 - no password
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - no password
    ADDRESS_CHANGED = "address-changed"


class LetterState(StoredWord):
    """Where a letter stands."""

    WAITING = "waiting"
    SENT = "sent"
    PARKED = "parked"
    # A later letter says all that it said, or there is nobody to send it to.
    DROPPED = "dropped"


class Letter(Persistent):  # type: ignore[misc]
    """A message to the owner of an account.

    Parameters
    ----------
    login
        Its address is looked up when the letter goes.
    entries
        What a digest tells of: what waits, the id of a list, and how long it has
        waited.
    address
        Where it goes instead, for what the address of before has to know; it is
        wiped when the letter is done with.
    """

    state: str = LetterState.WAITING
    attempts: int = 0
    not_before: datetime | None = None
    error: str | None = None
    finished_at: datetime | None = None
    address: str = ""

    def __init__(
        self,
        letter_id: str,
        kind: LetterKind,
        login: str,
        written_at: datetime,
        entries: tuple[tuple[str, str, str], ...] = (),
    ) -> None:
        self.id = letter_id
        self.kind = kind
        self.login = login
        self.written_at = written_at
        self.entries = entries


class LetterBox(Persistent):  # type: ignore[misc]
    """Every letter by id; those that wait are found by walking a small tree."""

    def __init__(self) -> None:
        self.letters = OOBTree()
        self.waiting = OOBTree()

    def put(self, letter: Letter) -> Letter:
        """Add a letter; an older one that says the same in time is dropped."""
        for other in list(self.letters.values()):
            if (
                other.kind == letter.kind == LetterKind.DIGEST
                and other.login == letter.login
                and other.state in {LetterState.WAITING, LetterState.PARKED}
            ):
                self._close(other, LetterState.DROPPED, letter.written_at)
        self.letters[letter.id] = letter
        self.waiting[letter.id] = letter
        return letter

    def claim(self, now: datetime) -> Letter | None:
        """Take the letter that has waited longest and may be tried now.

        A claim counts as an attempt, and nobody else takes the letter until the
        pause after it is over: a worker that died over it costs one attempt.
        """
        for letter in sorted(self.waiting.values(), key=lambda x: (x.written_at, x.id)):
            if letter.not_before is not None and letter.not_before > now:
                continue
            if letter.attempts >= MAX_ATTEMPTS:
                letter.error = letter.error or "its worker died over it, four times"
                self._close(letter, LetterState.PARKED, now)
                continue
            letter.not_before = now + PAUSES[min(letter.attempts, len(PAUSES) - 1)]
            letter.attempts += 1
            return letter  # type: ignore[no-any-return]
        return None

    def sent(self, letter: Letter, now: datetime) -> None:
        """Note that the server has taken a letter."""
        letter.error = None
        self._close(letter, LetterState.SENT, now)

    def failed(self, letter: Letter, why: str, now: datetime) -> None:
        """Note why a letter was not taken; the fourth failure parks it."""
        letter.error = why
        if letter.attempts >= MAX_ATTEMPTS and letter.state == LetterState.WAITING:
            self._close(letter, LetterState.PARKED, now)

    def drop(self, letter: Letter, why: str, now: datetime) -> None:
        """Give a letter up that nobody is there for."""
        letter.error = why
        self._close(letter, LetterState.DROPPED, now)

    def retry(self, letter: Letter) -> bool:
        """Let a parked letter be sent after all; say whether it was one."""
        if letter.state != LetterState.PARKED:
            return False
        letter.state, letter.attempts = LetterState.WAITING, 0
        letter.not_before = letter.finished_at = None
        self.waiting[letter.id] = letter
        return True

    def forget(self, before: datetime) -> int:
        """Delete the letters that were done with before an instant; return how many.

        Parked ones stay until a person has looked at them.
        """
        old = [
            letter.id
            for letter in self.letters.values()
            if letter.state in {LetterState.SENT, LetterState.DROPPED}
            and letter.finished_at < before
        ]
        for letter_id in old:
            del self.letters[letter_id]
        return len(old)

    def _close(self, letter: Letter, state: LetterState, now: datetime) -> None:
        letter.state, letter.finished_at = state, now
        if state != LetterState.PARKED:
            letter.address = ""
        self.waiting.pop(letter.id, None)

    def __iter__(self) -> Iterator[Letter]:
        return iter(self.letters.values())

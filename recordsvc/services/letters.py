"""Letters to the owners of accounts: written with what they tell of, and worded.

A letter holds counts, ids of lists and addresses of pages: mail passes through many
hands, so nothing of a record ever stands in one.
"""

import textwrap
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from recordsvc.model import Account, Archive
from recordsvc.model.mail import Letter, LetterBox, LetterKind, LetterState
from recordsvc.services.access import authorize
from recordsvc.services.context import Context
from recordsvc.services.errors import Conflict, NotFound
from recordsvc.services.letterwords import Words, words_in

# So many lists of a kind are named; the page has the rest.
NAMED = 20
# Characters; RFC 5322, section 2.1.1, asks for at most 78.
LINE = 72


@dataclass(frozen=True, slots=True, kw_only=True)
class Worded:
    """A letter as it goes out.

    Parameters
    ----------
    to, sender
        E-mail addresses.
    """

    id: str
    to: str
    sender: str
    subject: str
    body: str
    language: str
    written_at: datetime


def box_of(root: Archive) -> LetterBox:
    """Return the outbox of letters, making it where there is none yet."""
    if root.letter_box is None:
        root.letter_box = LetterBox()
    return root.letter_box


def write(
    ctx: Context,
    account: Account,
    kind: LetterKind,
    *,
    entries: tuple[tuple[str, str, str], ...] = (),
    address: str = "",
) -> Letter | None:
    """Write a letter in the transaction of what it tells of; the worker sends it.

    Parameters
    ----------
    address
        Where it goes; empty: to the address that the account has when it goes.

    Returns
    -------
    Letter or None
        None where no mail server is set or the account has no address.
    """
    if not ctx.settings.smtp_host or not (address or account.email):
        return None
    letter = Letter(uuid.uuid4().hex, kind, account.login, ctx.now(), entries)
    letter.address = address
    return box_of(ctx.root).put(letter)


def claim(ctx: Context) -> Worded | None:
    """Take the next letter that may be tried, worded for its reader."""
    box = ctx.root.letter_box
    while box is not None and (letter := box.claim(ctx.now())) is not None:
        account = ctx.root.accounts.get(letter.login)
        to = letter.address or (account.email if account is not None else "")
        if account is not None and to and not account.disabled:
            return worded(ctx, letter, account, to)
        box.drop(letter, "the account has no address, or is disabled", ctx.now())
    return None


def settle(ctx: Context, letter_id: str, failure: str | None) -> LetterState:
    """Note what has become of an attempt; return where the letter stands."""
    box = box_of(ctx.root)
    letter: Letter = box.letters[letter_id]
    # It may have been dropped for a newer one meanwhile.
    if letter.state == LetterState.WAITING:
        if failure is None:
            box.sent(letter, ctx.now())
        else:
            box.failed(letter, failure, ctx.now())
    return LetterState(letter.state)


def worded(ctx: Context, letter: Letter, account: Account, to: str) -> Worded:
    """Return a letter in the words of its reader's language."""
    words = words_in(account.language or ctx.settings.languages[0])
    house = " ".join(ctx.settings.parliament.split())
    lines = [*textwrap.wrap(words.lead[letter.kind] % {"house": house}, LINE), ""]
    if letter.kind == LetterKind.DIGEST:
        lines += [*_lists(ctx, letter, words), words.silence, ""]
    lines += _foot(ctx, words)
    if ctx.root.is_test:
        lines = [words.test_store, "", *lines]
    count = len({entry[1] for entry in letter.entries})
    return Worded(
        id=letter.id,
        to=to,
        sender=ctx.settings.mail_from or ctx.settings.admin_email,
        subject=words.subject[letter.kind] % {"house": house, "n": count},
        body="\n".join(lines) + "\n",
        language=words.language,
        written_at=letter.written_at,
    )


def _lists(ctx: Context, letter: Letter, words: Words) -> Iterator[str]:
    for kind, heading in words.waiting.items():
        mine = [entry for entry in letter.entries if entry[0] == kind]
        if not mine:
            continue
        yield f"{heading}: {len(mine)}"
        for _, list_id, days in mine[:NAMED]:
            mark = f" ({words.silent % {'days': days}})" if days else ""
            yield f"  {_address(ctx, f'/disposal/{list_id}') or list_id}{mark}"
        if len(mine) > NAMED:
            yield f"  … +{len(mine) - NAMED}"
        yield ""


def _foot(ctx: Context, words: Words) -> Iterator[str]:
    if address := _address(ctx, "/account"):
        yield f"{words.account}: {address}"


def _address(ctx: Context, path: str) -> str:
    base = ctx.settings.url.rstrip("/")
    return f"{base}{path}" if base else ""


def every_letter(ctx: Context) -> list[Letter]:
    """Return the letters, the newest first."""
    authorize(ctx, "account.view")
    box = ctx.root.letter_box
    found = [] if box is None else list(box)
    return sorted(found, key=lambda letter: letter.written_at, reverse=True)


def retry(ctx: Context, letter_id: str) -> None:
    """Let a parked letter be sent after all.

    Raises
    ------
    NotFound, Conflict
        If there is no such letter, or it is not parked.
    """
    authorize(ctx, "account.change")
    box = box_of(ctx.root)
    letter = box.letters.get(letter_id)
    if letter is None:
        raise NotFound(f"there is no letter {letter_id}; see: recordsvc mail list")
    if not box.retry(letter):
        raise Conflict(f"letter {letter_id} is {letter.state}; it is not parked")

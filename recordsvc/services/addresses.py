"""Where reminders for the owner of an account go."""

import re

from recordsvc.model.mail import LetterKind
from recordsvc.services import letters
from recordsvc.services.access import authorize
from recordsvc.services.accounts import account_of, log
from recordsvc.services.context import Context
from recordsvc.services.errors import InvalidRequest, NothingToDo

# RFC 5321, section 4.5.3.1.3, less the brackets of a path.
MAX_ADDRESS = 254
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
MAX_LOCAL = 64


def set_address(ctx: Context, login: str, address: str, language: str = "") -> None:
    """Set where reminders for an account go; an empty address ends them.

    Parameters
    ----------
    language
        In which they are written; empty leaves it as it is.

    Raises
    ------
    NotAllowed
        If it is another's account and the actor may not change accounts.
    InvalidRequest
        If it is no address.
    NothingToDo
        If it is so already.
    """
    authorize(ctx, "account.own" if login == ctx.actor.login else "account.change")
    account = account_of(ctx.root, login)
    given = address.strip()
    if given and not is_address(given):
        raise InvalidRequest(
            f"{given[:MAX_ADDRESS]!r} is no e-mail address such as name@parliament.int"
        )
    if (account.email, account.language) == (given, language or account.language):
        raise NothingToDo(f"the account {login} has this address already")
    before = account.email
    account.email, account.language = given, language or account.language
    log(ctx, "address-changed", login)
    if before and before != given:
        letters.write(ctx, account, LetterKind.ADDRESS_CHANGED, address=before)


def is_address(text: str) -> bool:
    """Say whether a text is an e-mail address as servers everywhere take it.

    Examples
    --------
    >>> is_address("olga@house.example"), is_address("olga@house.example, x@y.example")
    (True, False)
    """
    return (
        len(text) <= MAX_ADDRESS
        and text.find("@") <= MAX_LOCAL
        and _ADDRESS.fullmatch(text) is not None
    )

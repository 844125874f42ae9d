"""Accounts and their tokens."""

from datetime import date, datetime

from persistent import Persistent

from recordsvc.model.words import StoredWord


class PasswordOrigin(StoredWord):
    """Who gave an account the password that it has."""

    # When the account was made; its owner may have typed it.
    FIRST = "first"
    OWN = "own"
    # An administrator, who knows it and could act as the owner.
    RESET = "reset"


class Account(Persistent):  # type: ignore[misc]
    """A person or service who may act; the password is kept as an argon2 hash.

    Parameters
    ----------
    email
        Where reminders go; empty: none are sent.
    language
        BCP 47 code of the reminders; empty: the first of the interface's.
    reminded_on, reminded_of
        The legal day of the last reminder, and what it told of: each a word for what
        waits, the id of a list, and the days of silence it had passed.
    """

    display_name: str = ""
    disabled: bool = False
    session_epoch: int = 0
    password_origin: str = PasswordOrigin.FIRST
    email: str = ""
    language: str = ""
    reminded_on: date | None = None
    reminded_of: tuple[tuple[str, str, str], ...] = ()

    def __init__(self, login: str, role: str, password_hash: str) -> None:
        self.login = login
        self.role = role
        self.password_hash = password_hash


class Token(Persistent):  # type: ignore[misc]
    """An API token; only the SHA-256 of the secret is kept.

    ``self_made`` says that the account's own password made it: a token made by
    another cannot judge, approve or run disposal.
    """

    expires_at: datetime | None = None

    def __init__(
        self, token_id: str, login: str, secret_sha256: str, *, self_made: bool
    ) -> None:
        self.id = token_id
        self.login = login
        self.secret_sha256 = secret_sha256
        self.self_made = self_made

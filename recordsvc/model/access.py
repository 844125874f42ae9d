"""Accounts and their tokens."""

from datetime import datetime

from persistent import Persistent


class Account(Persistent):  # type: ignore[misc]
    """A person or service who may act; the password is kept as an argon2 hash."""

    display_name: str = ""
    disabled: bool = False
    session_epoch: int = 0

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

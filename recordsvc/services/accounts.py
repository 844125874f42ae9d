"""Accounts, passwords and API tokens."""

import hashlib
import hmac
import secrets
import unicodedata
import uuid
from dataclasses import replace

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from recordsvc.model import Account, Archive, Token
from recordsvc.model.access import PasswordOrigin
from recordsvc.model.mail import LetterKind
from recordsvc.services import agents, letters
from recordsvc.services.access import GRANTABLE_ROLES, authorize
from recordsvc.services.context import (
    ANONYMOUS,
    LOCAL_ADMINISTRATOR,
    SYSTEM,
    Actor,
    Context,
)
from recordsvc.services.days import require_text
from recordsvc.services.errors import (
    Conflict,
    InvalidRequest,
    NotAllowed,
    NotFound,
    NothingToDo,
)

MIN_PASSWORD = 10
# Hashing more would only keep the processor busy.
MAX_PASSWORD = 1_000
MAX_LOGIN = 100
_RESERVED = frozenset(a.login for a in (ANONYMOUS, LOCAL_ADMINISTRATOR, SYSTEM))
_HASHER = PasswordHasher()
# Checked when a login is unknown, so that both answers take the same time.
_DECOY = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$" + "A" * 43


def add_account(ctx: Context, login: str, role: str, password: str) -> Account:
    """Add an account.

    Raises
    ------
    InvalidRequest
        If the role is unknown, the login empty or the password too short.
    Conflict
        If the login is taken.
    """
    authorize(ctx, "account.change")
    made = create_account(ctx.root, login, role, password)
    log(ctx, "account-added", login, role=role)
    return made


def log(ctx: Context, kind: str, login: str, **facts: str) -> None:
    """Write down that somebody was let act under a login, or got hold of it.

    The trail names no login that could not be erased, so a digest stands for it.
    """
    subject = hashlib.sha256(f"{ctx.root.store_id}\n{login}".encode()).hexdigest()
    ctx.log(subject[:32], kind, **facts)


def create_account(root: Archive, login: str, role: str, password: str) -> Account:
    """Make an account without asking who acts; for `init` and sample stores."""
    if role not in GRANTABLE_ROLES:
        raise InvalidRequest(
            f"unknown role {role!r}; roles are {', '.join(GRANTABLE_ROLES)}"
        )
    require_text("the login", login, MAX_LOGIN)
    if not login or not login.isprintable() or any(c.isspace() for c in login):
        raise InvalidRequest("a login is one word of printable characters")
    _require_own_name(root, login)
    account = Account(login, role, _hash(password))
    root.accounts[login] = account
    agents.keep_account(root, login)
    return account


def _require_own_name(root: Archive, login: str) -> None:
    """Refuse a login that people would take for another one's.

    Four people act in a disposal, and a reader of its certificate must be able to
    tell that they are four.
    """
    if login in _RESERVED:
        raise InvalidRequest(f"{login} is the program's own name; take another")
    wanted = _plain(login)
    for known in root.accounts:
        if _plain(known) == wanted:
            raise Conflict(
                f"there is already an account {known}"
                + ("" if known == login else f", which {login} looks like")
            )


def _plain(login: str) -> str:
    return unicodedata.normalize("NFKC", login).casefold()


def _hash(password: str) -> str:
    require_text("the password", password, MAX_PASSWORD)
    if len(password) < MIN_PASSWORD:
        raise InvalidRequest(f"a password has at least {MIN_PASSWORD} characters")
    return _HASHER.hash(password)


def change_password(ctx: Context, login: str, password: str) -> None:
    """Reset the password of an account; its open sessions and its tokens end.

    Until its owner has changed it the account cannot do what needs a credential of
    its own: whoever has reset it knows it.
    """
    authorize(ctx, "account.change")
    account = account_of(ctx.root, login)
    _set_password(ctx.root, account, password, PasswordOrigin.RESET)
    log(ctx, "password-changed", login, by="another")
    letters.write(ctx, account, LetterKind.PASSWORD_RESET)


def change_own_password(ctx: Context, login: str, current: str, password: str) -> Actor:
    """Change the password of whoever knows it; sessions and tokens end.

    Returns
    -------
    Actor
        Whose password it was.

    Raises
    ------
    NotAllowed
        If the current password is wrong.
    NothingToDo
        If the new one is the current one.
    """
    actor = verify_password(ctx.root, login, current)
    if password == current:
        raise NothingToDo("this is your password already; choose another")
    account = account_of(ctx.root, login)
    _set_password(ctx.root, account, password, PasswordOrigin.OWN)
    log(replace(ctx, actor=actor), "password-changed", login, by="owner")
    letters.write(ctx, account, LetterKind.PASSWORD_CHANGED)
    return replace(actor, self_made=True)


def _set_password(
    root: Archive, account: Account, password: str, origin: PasswordOrigin
) -> None:
    account.password_hash = _hash(password)
    account.password_origin = origin
    account.session_epoch += 1
    for token in list(root.tokens.values()):
        if token.login == account.login:
            del root.tokens[token.id]


def is_own(root: Archive, account: Account) -> bool:
    """Say whether the password of an account proves that its owner acts.

    In a test store nobody proves who he is (INTERFACE 7.19).
    """
    return bool(root.is_test) or account.password_origin != PasswordOrigin.RESET


def account_of(root: Archive, login: str) -> Account:
    """Return an account by its login."""
    account: Account | None = root.accounts.get(login)
    if account is None:
        raise NotFound(f"there is no account {login}")
    return account


def verify_password(root: Archive, login: str, password: str) -> Actor:
    """Return the actor that a login and password name.

    Raises
    ------
    NotAllowed
        If the two do not belong together; which of them is wrong is not told.
    """
    account: Account | None = root.accounts.get(login)
    try:
        _HASHER.verify(account.password_hash if account else _DECOY, password)
    except (VerifyMismatchError, InvalidHashError):
        account = None
    if account is None or account.disabled:
        raise NotAllowed("login and password do not belong together")
    return actor_of_account(root, account)


def actor_of_account(root: Archive, account: Account) -> Actor:
    """Return who acts when the password of an account was given."""
    own = is_own(root, account)
    return Actor(login=account.login, role=account.role, self_made=own)


def issue_token(root: Archive, login: str, *, self_made: bool) -> str:
    """Make an API token and return it; it is shown once.

    Parameters
    ----------
    self_made
        Whether the account's own password was given.
    """
    account_of(root, login)
    token_id, secret = uuid.uuid4().hex[:12], secrets.token_urlsafe(32)
    root.tokens[token_id] = Token(token_id, login, _digest(secret), self_made=self_made)
    return f"rsvc_{token_id}_{secret}"


def hand_out_token(ctx: Context, login: str, *, self_made: bool) -> str:
    """Make an API token and return it; see `issue_token`."""
    text = issue_token(ctx.root, login, self_made=self_made)
    log(ctx, "token-made", login, self_made=str(self_made).lower())
    return text


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def actor_of_token(root: Archive, text: str) -> Actor:
    """Return the actor of an API token.

    Raises
    ------
    NotAllowed
        If the token is unknown or its account disabled.
    """
    parts = text.strip().split("_", 2)
    token = root.tokens.get(parts[1]) if len(parts) == 3 else None  # noqa: PLR2004
    if token is None or not hmac.compare_digest(token.secret_sha256, _digest(parts[2])):
        raise NotAllowed("this token is not known here; make one with: user token")
    account = root.accounts.get(token.login)
    if account is None or account.disabled:
        raise NotAllowed(f"the account {token.login} is disabled")
    own = token.self_made and is_own(root, account)
    return Actor(login=token.login, role=account.role, self_made=own)


def actor_of_login(root: Archive, login: str) -> Actor:
    """Return the actor of a login; only test stores may take one at its word."""
    account = account_of(root, login)
    return Actor(login=login, role=account.role, self_made=root.is_test)


def actor_of_job(root: Archive, login: str) -> Actor:
    """Return who ordered a job, as long as the account may still act.

    Raises
    ------
    NotAllowed
        If the account is disabled.
    """
    if login == LOCAL_ADMINISTRATOR.login:
        return LOCAL_ADMINISTRATOR
    account = root.accounts.get(login)
    if account is not None and account.disabled:
        raise NotAllowed(f"the account {login} is disabled")
    return actor_of_login(root, login)

"""`user`."""

import getpass
import secrets
import sys

import click

from recordsvc.cli.door import Door, emit, read_text, table
from recordsvc.services.context import Context
from recordsvc.services.errors import InvalidRequest


@click.group("user")
def user_command() -> None:
    """Accounts and their tokens."""


def _password(file: str | None, prompt: str) -> str | None:
    if file:
        password = read_text(file).rstrip("\r\n")
        if not password:
            raise InvalidRequest("the password file is empty")
        return password
    if sys.stdin.isatty():
        return getpass.getpass(prompt)
    return None


@user_command.command("add")
@click.argument("login")
@click.option("--role", required=True)
@click.option("--password-file", metavar="FILE")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def add(
    door: Door,
    login: str,
    role: str,
    password_file: str | None,
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """Add an account; without a password one is made and printed once.

    Example: recordsvc user add maria --role officer
    """
    from recordsvc.services.accounts import add_account

    given = _password(password_file, f"Password for {login} (empty: make one): ")
    password = given or secrets.token_urlsafe(15)
    door.run(lambda ctx: add_account(ctx, login, role, password).login)
    shown = None if given else password
    if as_json:
        emit({"login": login, "role": role, "password": shown})
    else:
        print(f"added {login} ({role})")
        if shown:
            print(f"password, shown this once: {shown}")
    return 0


@user_command.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_accounts(door: Door, as_json: bool) -> int:  # noqa: FBT001 - click's
    """List the accounts.

    Example: recordsvc user list --json
    """
    from recordsvc.services.access import authorize

    def work(ctx: Context) -> list[dict[str, object]]:
        authorize(ctx, "account.view")
        return [
            {"login": a.login, "role": a.role, "disabled": a.disabled}
            for a in ctx.root.accounts.values()
        ]

    found = door.view(work)
    if as_json:
        emit({"accounts": found})
    else:
        table((str(a["login"]), str(a["role"])) for a in found)
    return 0


@user_command.command("passwd")
@click.argument("login")
@click.option("--password-file", metavar="FILE")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def passwd(
    door: Door,
    login: str,
    password_file: str | None,
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """Set a new password; the account's open sessions end.

    Example: recordsvc user passwd maria
    """
    from recordsvc.services.accounts import change_password

    given = _password(password_file, f"New password for {login}: ")
    password = given or secrets.token_urlsafe(15)
    door.run(lambda ctx: change_password(ctx, login, password))
    if as_json:
        emit({"login": login, "password": None if given else password})
    elif not given:
        print(f"password, shown this once: {password}")
    return 0


@user_command.command("token")
@click.argument("login")
@click.option("--password-file", metavar="FILE")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def token(
    door: Door,
    login: str,
    password_file: str | None,
    as_json: bool,  # noqa: FBT001 - click's
) -> int:
    """Make an API token for LOGIN, who gives the password.

    A token made without it (by an administrator) cannot judge, approve or run
    disposal, nor lift holds.

    Example: recordsvc user token maria --password-file pw.txt
    """
    from recordsvc.services.access import authorize
    from recordsvc.services.accounts import hand_out_token, verify_password

    asked = password_file is not None or not door.view(lambda ctx: ctx.root.is_test)
    given = _password(password_file, f"Password of {login}: ") if asked else None

    def work(ctx: Context) -> str:
        if given is not None:
            verify_password(ctx.root, login, given)
        elif not ctx.root.is_test:
            authorize(ctx, "account.change")
        own = given is not None or ctx.root.is_test
        return hand_out_token(ctx, login, self_made=own)

    text = door.run(work)
    if as_json:
        emit({"login": login, "token": text})
    else:
        print(text)
    return 0

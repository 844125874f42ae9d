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
@click.option("--email", default="", help="Where reminders go.")
@click.option("--password-file", metavar="FILE")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def add(
    door: Door,
    *,
    login: str,
    role: str,
    email: str,
    password_file: str | None,
    as_json: bool,
) -> int:
    """Add an account; without a password one is made and printed once.

    Example: recordsvc user add maria --role officer
    """
    from recordsvc.services.accounts import add_account
    from recordsvc.services.addresses import set_address

    given = _password(password_file, f"Password for {login} (empty: make one): ")
    password = given or secrets.token_urlsafe(15)

    def work(ctx: Context) -> None:
        add_account(ctx, login, role, password)
        if email:
            set_address(ctx, login, email)

    door.run(work)
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
    """List the accounts: role, who gave the password (first, own, reset), address.

    An account whose password an administrator has reset cannot judge, approve or run
    disposal, nor lift holds, until its owner has changed it.

    Example: recordsvc user list --json
    """
    from recordsvc.services.access import authorize

    def work(ctx: Context) -> list[dict[str, object]]:
        authorize(ctx, "account.view")
        return [
            {
                "login": a.login,
                "role": a.role,
                "disabled": a.disabled,
                "email": a.email or None,
                "password": str(a.password_origin),
            }
            for a in ctx.root.accounts.values()
        ]

    found = door.view(work)
    if as_json:
        emit({"accounts": found})
    else:
        table(
            (str(a["login"]), str(a["role"]), str(a["password"]), str(a["email"] or ""))
            for a in found
        )
    return 0


@user_command.command("passwd")
@click.argument("login")
@click.option("--old-password-file", metavar="FILE", help="Proves that you are LOGIN.")
@click.option("--password-file", metavar="FILE", help="The new one.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def passwd(
    door: Door,
    *,
    login: str,
    old_password_file: str | None,
    password_file: str | None,
    as_json: bool,
) -> int:
    """Set a new password; the account's sessions and tokens end.

    With the old password this is the owner's own act. Without it, it is an
    administrator's, and the account cannot judge, approve or run disposal, nor lift
    holds, until its owner has changed the password.

    Example: recordsvc user passwd maria
    """
    from recordsvc.services.accounts import change_own_password, change_password

    asked = f"Old password of {login} (empty: reset it as an administrator): "
    old = _password(old_password_file, asked)
    given = _password(password_file, f"New password for {login}: ")
    password = given or secrets.token_urlsafe(15)

    def work(ctx: Context) -> None:
        if old:
            change_own_password(ctx, login, old, password)
        else:
            change_password(ctx, login, password)

    door.run(work)
    if as_json:
        emit({"login": login, "password": None if given else password})
        return 0
    told = "changed" if old else "reset"
    print(f"{login}: the password is {told}; every session and token has ended")
    if not given:
        print(f"password, shown this once: {password}")
    return 0


@user_command.command("email")
@click.argument("login")
@click.argument("address", required=False, default="")
@click.pass_obj
def email(door: Door, login: str, address: str) -> int:
    """Set where reminders for LOGIN go; without ADDRESS none are sent any more.

    Example: recordsvc user email maria maria@parliament.invalid
    """
    from recordsvc.services.addresses import set_address

    door.run(lambda ctx: set_address(ctx, login, address))
    if address and not door.settings.smtp_host:
        door.say("no mail server is set (recordsvc.smtp_host): nothing is sent")
    print(f"{login}: {address or 'no reminders'}")
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

"""`init` and `doctor`."""

import getpass
import secrets
import sys

import click

from recordsvc.cli.door import UNVERIFIED, Door, emit, table

ADMIN = "admin"


@click.command("init")
@click.option("--test", "is_test", is_flag=True, help="A test store, for ever.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def init_command(door: Door, is_test: bool, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Make an empty store and the first administrator.

    Example: recordsvc init
    """
    from recordsvc.bootstrap import init_store

    settings = door.settings
    password = None
    if sys.stdin.isatty() and not as_json:
        password = getpass.getpass(f"Password for {ADMIN} (empty: make one): ") or None
    made = password is None
    password = password or secrets.token_urlsafe(15)
    init_store(settings, is_test=is_test, admin=ADMIN, password=password)
    if as_json:
        emit({"admin": ADMIN, "password": password if made else None})
    else:
        print(f"made an empty store in {settings.data_dir}")
        print(f"administrator: {ADMIN}")
        if made:
            print(f"password, shown this once: {password}")
    return 0


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True)
@click.option(
    "--evolve", is_flag=True, help="First bring the store to this release's form."
)
@click.pass_obj
def doctor_command(door: Door, as_json: bool, evolve: bool) -> int:  # noqa: FBT001 - click's
    """Say what works, what is missing and what to do about it.

    Example: recordsvc doctor --json
    """
    from recordsvc.cli.checkup import examine

    if evolve:
        from recordsvc.bootstrap import evolve_store

        ran = evolve_store(door.settings)
        door.say(f"schema steps done: {', '.join(ran) if ran else 'none was waiting'}")

    findings = examine(door.settings)
    healthy = all(f["state"] != "bad" for f in findings)
    if as_json:
        emit({"valid": healthy, "findings": findings})
    else:
        table((f["state"], f["what"], f["detail"]) for f in findings)
    return 0 if healthy else UNVERIFIED

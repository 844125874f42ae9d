"""The records system and digital library of a parliament."""

from typing import Any

__all__ = ["main"]


def main(global_config: dict[str, str], **settings: str) -> Any:
    """Return the WSGI application of an ``.ini`` (PasteDeploy's app factory).

    Parameters
    ----------
    global_config
        ``here`` and ``__file__`` of the ``.ini``.
    settings
        The keys of its ``[app:main]``.
    """
    import os

    from recordsvc.bootstrap import open_service
    from recordsvc.jobs.replaying import catch_up_with_ledger
    from recordsvc.settings import settings_from
    from recordsvc.web import make_app

    origin = global_config.get("__file__", "settings")
    checked = settings_from(settings, os.environ, origin=origin)
    service = open_service(checked, os.environ)
    # A backup that was put back by hand serves nothing that was destroyed since.
    catch_up_with_ledger(service)
    return make_app(service)

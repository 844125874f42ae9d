"""The web door: pages and API over the same services as the command line."""

from recordsvc.web.app import make_app

__all__ = ["make_app"]

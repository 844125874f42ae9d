"""The WSGI application: a table of contents."""

from typing import Any

from pyramid.config import Configurator
from pyramid.renderers import JSON

from recordsvc.bootstrap import Service
from recordsvc.jobs.drawing import PageImages


def make_app(service: Service) -> Any:
    """Return the WSGI application over an opened archive.

    Parameters
    ----------
    service
        Stays the caller's: it is closed by whoever opened it.
    """
    config = Configurator(
        settings={
            "jinja2.trim_blocks": True,
            "jinja2.lstrip_blocks": True,
        }
    )
    config.registry.service = service
    config.registry.pages = PageImages(
        cache=service.settings.data_dir / "cache" / "pages",
        scratch=service.scratch_dir(),
    )
    config.add_request_method(
        lambda request: request.registry.service, "service", reify=True
    )
    config.add_renderer("json", JSON(ensure_ascii=True, adapters=()))
    config.include("pyramid_jinja2")
    config.include("recordsvc.web.headers")
    config.include("recordsvc.web.transactions")
    config.include("recordsvc.web.security")
    config.include("recordsvc.web.languages")
    config.include("recordsvc.web.frame")
    config.include("recordsvc.web.problems")
    config.include("recordsvc.web.routes")
    config.add_static_view("static", "recordsvc.web:static", cache_max_age=3600)
    return config.make_wsgi_app()

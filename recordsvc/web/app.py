"""The WSGI application: a table of contents."""

from typing import Any

from pyramid.config import Configurator
from pyramid.renderers import JSON

from recordsvc.bootstrap import Service
from recordsvc.jobs.drawing import PageImages
from recordsvc.web.api.description import SOURCE


def make_app(service: Service, *, validate_answers: bool = False) -> Any:
    """Return the WSGI application over an opened archive.

    Parameters
    ----------
    service
        Stays the caller's: it is closed by whoever opened it.
    validate_answers
        Check the API's answers against its description; for tests.
    """
    config = Configurator(
        settings={
            "pyramid_openapi3.enable_endpoint_validation": False,
            "pyramid_openapi3.enable_response_validation": validate_answers,
            "jinja2.trim_blocks": True,
            "jinja2.lstrip_blocks": True,
            "jinja2.finalize": "recordsvc.web.languages.printable",
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
    config.include("pyramid_openapi3")
    config.pyramid_openapi3_spec(str(SOURCE), route="/api/v1/openapi.yaml")
    # Settled here, so that our own answer to a bad request may replace theirs.
    config.commit()
    config.include("recordsvc.web.headers")
    config.include("recordsvc.web.transactions")
    config.include("recordsvc.web.security")
    config.include("recordsvc.web.languages")
    config.include("recordsvc.web.frame")
    config.include("recordsvc.web.problems")
    config.include("recordsvc.web.routes")
    config.add_static_view("static", "recordsvc.web:static", cache_max_age=3600)
    return config.make_wsgi_app()

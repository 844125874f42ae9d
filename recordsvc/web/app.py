"""The WSGI application: a table of contents."""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

from pyramid.config import Configurator
from pyramid.renderers import JSON
from pyramid.static import QueryStringConstantCacheBuster

from recordsvc.bootstrap import Service
from recordsvc.jobs.drawing import PageImages
from recordsvc.web.api.description import SOURCE

STATIC = "recordsvc.web:static"
STATIC_S = 7 * 24 * 3600


def _static_version() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).with_name("static").iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


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
    # Days and instants are ISO 8601 in every answer.
    days = ((date, lambda day, _: day.isoformat()),)
    config.add_renderer("json", JSON(ensure_ascii=True, adapters=days))
    config.include("pyramid_jinja2")
    config.include("pyramid_openapi3")
    config.pyramid_openapi3_add_deserializer("application/problem+json", json.loads)
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
    config.add_static_view("static", STATIC, cache_max_age=STATIC_S)
    # A new release has new addresses: no browser shows old styles with new pages.
    config.add_cache_buster(STATIC, QueryStringConstantCacheBuster(_static_version()))
    return config.make_wsgi_app()

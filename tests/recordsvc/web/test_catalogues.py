"""Every word of the interface is there in each of its languages."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from recordsvc import services
from recordsvc.search.index import SORTS
from recordsvc.services.capture import Status
from recordsvc.services.retention.exceptions import REASONS
from recordsvc.settings import ACCESS_LEVELS
from recordsvc.web import languages
from recordsvc.web.frame import PLACES
from recordsvc.web.pages.search import NARROWS
from recordsvc.web.problems import TITLES
from retention.schedule import Survivor

WEB = Path(languages.__file__).parent
SERVICES = Path(services.__file__).parent
LINKS = (
    "answers",
    "attachmentOf",
    "cites",
    "fulfils",
    "listedIn",
    "relatesTo",
    "versionOf",
)
JOB_STATES = ("queued", "running", "done", "parked", "cancelled")


def _event_types() -> set[str]:
    source = "\n".join(path.read_text() for path in SERVICES.rglob("*.py"))
    return set(
        re.findall(r"changes\.touch\(\s*ctx,\s*[^\"]*?,\s*\"([a-z-]+)\"", source)
    )


def _symbols() -> set[str]:
    return {
        *(f"event:{kind}" for kind in _event_types()),
        *(f"facet:{field}" for field in (*NARROWS, "chamber", "session")),
        *(f"job:{state}" for state in JOB_STATES),
        *(f"outcome:{status}" for status in Status),
        *(f"sort:{sort}" for sort in SORTS),
        *(f"survivor:{word}" for word in Survivor),
        *(f"link:{kind}:{way}" for kind in LINKS for way in ("in", "out")),
    }


def _words() -> set[str]:
    found = {*ACCESS_LEVELS, *TITLES.values(), *(name for _, name, _ in PLACES)}
    found |= set(REASONS.values())
    for path in (WEB / "templates").glob("*.jinja2"):
        text = path.read_text()
        found |= set(re.findall(r"\b_\('((?:[^'\\]|\\.)+)'[,)]", text))
        found |= set(re.findall(r"ngettext\('([^']+)'", text))
    return found


def _messages(language: str) -> dict[str, str | tuple[str, ...]]:
    with (WEB / "locale" / f"{language}.po").open("rb") as stream:
        return {
            m.id if isinstance(m.id, str) else m.id[0]: m.string
            for m in read_po(stream, locale=language)
            if m.id
        }


def test_the_services_write_events_that_are_known():
    assert {"capture", "edit", "classify", "hold", "link"} <= _event_types()


@pytest.mark.parametrize("language", languages.known_languages())
def test_a_catalogue_holds_every_word(language):
    messages = _messages(language)
    needed = _symbols() if language == languages.SOURCE else _symbols() | _words()
    missing = sorted(needed - messages.keys())
    assert not missing
    for key in needed:
        assert messages[key], key


@pytest.mark.parametrize("language", languages.known_languages())
def test_a_translation_keeps_the_places_of_its_values(language):
    for key, text in _messages(language).items():
        places = set(re.findall(r"%\(\w+\)s", key))
        for form in (text,) if isinstance(text, str) else text:
            assert set(re.findall(r"%\(\w+\)s", form)) <= places, key
            if isinstance(text, str):
                assert set(re.findall(r"%\(\w+\)s", form)) == places, key


@pytest.mark.parametrize("language", languages.known_languages())
@pytest.mark.parametrize("n", [0, 1, 2, 3, 11, 100, 1000])
def test_every_number_has_its_form(language, n):
    text = languages.catalogue(language).ngettext("%(n)s paper", "%(n)s papers", n)
    assert text
    assert "%" not in text


@pytest.mark.parametrize("language", languages.known_languages())
@pytest.mark.parametrize("path", ["/", "/search?q=water", "/search?q=(", "/login"])
def test_pages_speak_every_language(library, language, path):
    page = library.client().get(
        path, headers={"Accept-Language": language}, expect_errors=True
    )
    assert f'<html lang="{language}"' in page
    for prefix in ("facet:", "event:", "sort:", "job:"):
        assert prefix not in page

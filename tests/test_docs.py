"""The documentation says what the code does: every command, setting, route, error."""

import dataclasses
import importlib.util
import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from ingest.identifiers import identify, number_of
from ingest.legislatures import parse_profile
from recordsvc.cli import EXIT_CODES, cli
from recordsvc.cli.door import exit_code_of
from recordsvc.search.ast import KEYWORD_FIELDS, TEXT_FIELDS
from recordsvc.search.index import FACET_FIELDS, SORTS, SearchError
from recordsvc.search.query import QuerySyntaxError, echo, parse
from recordsvc.services.capture import SIDECAR_FIELDS
from recordsvc.services.crosswalks import number_hits
from recordsvc.services.disposal import gate  # noqa: F401 - it adds an error of its own
from recordsvc.services.errors import ServiceError
from recordsvc.settings import KEYS, Settings, settings_from
from recordsvc.storage.errors import StorageError
from recordsvc.web import security  # noqa: F401 - it adds an error of its own
from recordsvc.web.routes import API, HEALTH, PAGES
from retention import loader
from retention.schedule import Action, Combine, Rounding, TriggerKind

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES_OF_DOCS = sorted(DOCS.rglob("*.md"))
CODE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
RUN_GENERATOR = "run: .venv/bin/python docs/generate_cli.py"


def read(name):
    return (DOCS / name).read_text(encoding="utf-8")


def section(text, heading):
    """Return what stands under a heading, up to the next of its level."""
    level = heading.split(" ")[0]
    found = text.split(f"\n{heading}\n", 1)[1]
    return re.split(rf"(?m)^{level} ", found)[0]


def rows(text):
    """Return the cells of every row of every table, without the heads."""
    found = []
    for line in text.splitlines():
        if not line.startswith("|"):
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if set(cells[0]) <= set("-:"):
            found.pop()
        else:
            found.append(cells)
    return found


def named(text):
    """Return what stands in code marks, outside of fenced blocks."""
    return CODE.findall(re.sub(r"(?ms)^```.*?^```$", "", text))


def blocks(text, language):
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", text)


def tree_of(kind):
    found = {kind}
    for child in kind.__subclasses__():
        found |= tree_of(child)
    return found


# Pages


def test_the_index_leads_to_every_page():
    linked = {(DOCS / target).resolve() for target in LINK.findall(read("index.md"))}
    assert linked == {page for page in PAGES_OF_DOCS if page != DOCS / "index.md"}


@pytest.mark.parametrize("page", PAGES_OF_DOCS, ids=lambda p: p.stem)
def test_every_link_leads_to_a_page(page):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).is_file(), target


# Command line


def generated_page():
    place = DOCS / "generate_cli.py"
    spec = importlib.util.spec_from_file_location("generate_cli", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.page()


def test_the_command_line_page_is_what_the_commands_say():
    assert read("reference/cli.md") == generated_page(), RUN_GENERATOR


def commands_of(line):
    """Return the words of each `recordsvc` command of a shell line."""
    # What is piped into a command may hold quotes and braces of its own.
    line = line.removeprefix("$ ").rsplit(" | ", 1)[-1]
    for part in re.split(r"\$\(|\)", line):
        words = shlex.split(re.sub(r" > \S+$", "", part))
        if words and words[0].endswith("recordsvc"):
            yield words[1:]


def shell_lines():
    return [
        pytest.param(line, id=f"{page.stem}: {line[2:50]}")
        for page in PAGES_OF_DOCS
        for block in blocks(page.read_text(encoding="utf-8"), "console")
        for line in block.splitlines()
        if re.match(r"\$ (?:.*(?:\| |\())?\S*recordsvc ", line)
    ]


def called(words):
    """Return the command that words call, and its options."""
    command, ctx = cli, click.Context(cli)
    while isinstance(command, click.Group):
        while words[0].startswith("-"):
            assert words[0] in options_of(command), words[0]
            words = words[2:]
        name, *words = words
        command = command.get_command(ctx, name)
        assert command is not None, name
    return command, [word for word in words if word.startswith("-")]


@pytest.mark.parametrize("line", shell_lines())
def test_every_command_in_the_pages_exists_with_its_options(line):
    found = list(commands_of(line))
    assert found
    for words in found:
        command, options = called(words)
        assert set(options) <= options_of(command)


def options_of(command):
    return {name for param in command.params for name in param.opts}


# Settings


def settings_rows():
    return rows(read("reference/settings.md").split("\n## Environment")[0])


def test_every_setting_is_documented_and_no_other():
    assert [named(key)[0] for key, *_ in settings_rows()] == list(KEYS)


@pytest.mark.parametrize("row", settings_rows(), ids=lambda r: r[0])
def test_the_default_and_the_example_of_a_setting_are_true(row):
    key, _, default, example = row
    field = {f.name: f for f in dataclasses.fields(Settings)}[KEYS[named(key)[0]]]
    if field.default is dataclasses.MISSING:
        assert named(default) in ([], ["store"], ["bitstreams"])
    elif field.default in ("", None):
        assert default.startswith(("empty", "none"))
    elif isinstance(field.default, tuple):
        assert named(default) == [" ".join(field.default)]
    else:
        assert named(default) == [str(field.default)]
    values = {"recordsvc.data_dir": "x", named(key)[0]: named(example)[0]}
    settings_from(values, {})


def test_every_environment_variable_is_documented_and_no_other():
    stated = {
        named(name)[0]
        for name, _ in rows(section(read("reference/settings.md"), "## Environment"))
    }
    used = set()
    for path in (ROOT / "recordsvc").rglob("*.py"):
        used |= set(re.findall(r"RECORDSVC_[A-Z_]+", path.read_text(encoding="utf-8")))
    assert stated == used


# Query language


def query_rows(heading):
    return rows(section(read("reference/query-language.md"), heading))


@pytest.mark.parametrize(("query", "said"), query_rows("## Queries"))
def test_a_query_is_understood_as_the_page_says(query, said):
    assert echo(parse(named(query)[0], numbers=number_hits)) == said


@pytest.mark.parametrize(("query", "says"), query_rows("## Refused"))
def test_a_query_is_refused_as_the_page_says(query, says):
    with pytest.raises(QuerySyntaxError) as caught:
        parse(named(query)[0], numbers=number_hits)
    assert str(caught.value) == says


def test_every_query_field_facet_and_order_is_documented():
    page = read("reference/query-language.md")
    fields = [named(field)[0] for field, _ in query_rows("## Fields")]
    assert fields == [*TEXT_FIELDS, *KEYWORD_FIELDS]
    facets, orders = re.findall(r"`--(?:facet|sort)`\): ([^.]+)\.", page)
    assert named(facets) == list(FACET_FIELDS)
    assert named(orders) == list(SORTS)


# Schedule file, sidecar, profile


def test_the_example_of_the_schedule_file_is_taken():
    (source,) = blocks(read("reference/schedule-file.md"), "toml")
    file = loader.load(source)
    assert [c.code for c in file.classes] == ["BUS", "BUS.PQ"]
    assert loader.load(loader.dump(file)) == file


def test_every_word_of_the_schedule_file_is_documented():
    page = read("reference/schedule-file.md")
    words = {word.split(":")[0] for word in named(page)}
    for values in (Action, Combine, Rounding, TriggerKind):
        assert {str(value) for value in values} <= words
    (source,) = blocks(page, "toml")
    example = tomllib.loads(source)
    tables = [example["authority"], *example["class"], *example["schedule"]]
    for table in (*tables, *example["schedule"][0]["stage"]):
        assert set(table) <= words


def test_every_field_of_a_sidecar_is_documented():
    words = set(named(read("how-to/describe-with-a-sidecar.md")))
    assert words >= SIDECAR_FIELDS | {"file", "date.FIELD"}


def test_the_example_of_a_profile_is_taken_and_reads_its_own_examples():
    (source,) = blocks(read("how-to/add-a-legislature-profile.md"), "toml")
    profile = parse_profile("zz.toml", source)
    (scheme,) = profile.schemes
    for writing, normalised in scheme.examples:
        match = scheme.pattern.search(writing)
        assert number_of(scheme, match, {}).normalised == normalised
        assert identify(normalised).normalised == normalised


# Errors


def error_rows(heading):
    return {
        named(cells[0])[0]: cells[1:]
        for cells in rows(section(read("reference/errors.md"), heading))
    }


def test_every_exit_code_is_documented():
    stated = [cells[:2] for cells in rows(section(read("reference/errors.md"), EXIT))]
    said = re.sub(r"\s+", " ", EXIT_CODES.split("Exit codes:")[1]).strip(" .")
    assert [" ".join(pair) for pair in stated] == said.split("; ")


EXIT = "## Exit codes"


def test_every_refusal_of_a_use_case_is_documented_with_its_codes():
    stated = error_rows("## What a use case refuses")
    assert stated.keys() == {kind.__name__ for kind in tree_of(ServiceError)}
    for kind in tree_of(ServiceError):
        exit_code, http_status, _ = stated[kind.__name__]
        assert (exit_code, http_status) == (str(kind.exit_code), str(kind.http_status))


def exit_code_of_kind(kind):
    error = kind.__new__(kind)
    error.message, error.column = "", 1
    return str(exit_code_of(error))


@pytest.mark.parametrize(
    ("heading", "root"),
    [
        ("## What storage refuses", StorageError),
        ("## What search refuses", SearchError),
    ],
)
def test_every_refusal_below_the_services_is_documented_with_its_code(
    heading, root, capsys
):
    stated = error_rows(heading)
    assert {name: cells[0] for name, cells in stated.items()} == {
        kind.__name__: exit_code_of_kind(kind) for kind in tree_of(root)
    }


# Addresses


def plain(pattern):
    return re.sub(r"\{(\w+):(?:[^{}]|\{[^{}]*\})*\}", r"{\1}", pattern)


def test_every_address_of_the_api_is_documented_with_its_function():
    parts = re.split(r"(?m)^### `([A-Z]+ [^`]+)`$", read("reference/api.md"))
    stated = dict(zip(parts[1::2], parts[2::2], strict=True))
    served = {
        f"{method} {plain(route.pattern)}": route.permission
        for route in (*API, *HEALTH)
        for method in route.views
    }
    assert stated.keys() == served.keys()
    for address, function in served.items():
        assert f"`{function}`" in stated[address].split("\n## ")[0], address


def test_every_page_address_is_documented_with_its_function():
    stated = {
        (named(address)[0], methods, named(function)[0])
        for address, methods, function in rows(
            section(read("reference/api.md"), "## Pages")
        )
    }
    assert stated == {
        (plain(route.pattern), " ".join(route.views), route.permission)
        for route in PAGES
    }

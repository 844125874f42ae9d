"""Packages for the archive, fetched from the page of their list."""

import io
import shutil
import tarfile
from datetime import timedelta

import pytest

from exports.validate import validate
from recordsvc.jobs.disposal import run_disposal
from recordsvc.services.context import SYSTEM

from . import retained
from .retained import TODAY, actor


@pytest.fixture(scope="module")
def mould(tmp_path_factory):
    made = retained.mould_in(tmp_path_factory.mktemp("mould"))
    yield made
    made.close()


@pytest.fixture
def archive(mould, tmp_path):
    made = mould.copy(tmp_path)
    yield made
    made.service.close()


@pytest.fixture
def listed(archive):
    """A list whose one record is packed and waits for the receipt."""
    made = retained.propose(archive, "maps.txt")
    retained.judge(archive, made, "transfer")
    retained.approve(archive, made)
    archive.service.fixed_today = TODAY + timedelta(days=8)
    run_disposal(archive.service, actor("officer"), archive.service.fixed_today)
    return made


def address(archive, listed, name="maps.txt"):
    return f"/disposal/{listed}/packages/{archive.ids[name]}.tar"


def test_a_package_is_fetched_whole_from_the_page_of_its_list(
    archive, listed, tmp_path
):
    client = archive.client("judge")
    page = client.get(f"/disposal/{listed}")
    answer = page.click("Fetch the package")
    assert answer.content_type == "application/x-tar"
    assert answer.content_length == len(answer.body)
    name = f"{archive.ids['maps.txt']}_v"
    assert f'attachment; filename="{name}' in answer.headers["Content-Disposition"]
    with tarfile.open(fileobj=io.BytesIO(answer.body)) as tar:
        tar.extractall(tmp_path / "out", filter="data")
    (bag,) = (tmp_path / "out").iterdir()
    assert bag.name.startswith(name)
    assert validate(bag).valid
    assert client.get(address(archive, listed)).body == answer.body


def test_the_trail_says_who_has_fetched_a_package(archive, listed):
    archive.client("judge").get(address(archive, listed))

    def fetched(ctx):
        return [
            (entry.event.agent, entry.subject)
            for entry in ctx.root.audit.pending_entries()
            if entry.event.type == "transfer-fetched"
        ]

    found = archive.service.view(SYSTEM, fetched)
    assert found == [("judge", archive.ids["maps.txt"])]


@pytest.mark.parametrize(
    ("who", "status"),
    [(None, 303), ("reader", 403), ("librarian", 403), ("auditor", 403)],
)
def test_a_package_is_for_those_who_may_hand_it_over(archive, listed, who, status):
    archive.client(who).get(address(archive, listed), status=status)


def test_there_is_a_package_only_where_one_was_made(archive, listed):
    client = archive.client("judge")
    for path in (
        address(archive, listed, "herring.txt"),
        address(archive, "no-such"),
        f"/disposal/{listed}/packages/no-such.tar",
        f"/disposal/{listed}/packages/..%2F..%2Fledger.tar",
        f"/disposal/{listed}/packages/*.tar",
    ):
        client.get(path, status=404)
    shutil.rmtree(archive.service.settings.data_dir / "transfers")
    assert "not here any more" in client.get(address(archive, listed), status=404)
    assert "Fetch the package" not in client.get(f"/disposal/{listed}")

"""What a destroyed letter carried is gone with it, and what others have is theirs."""

from pathlib import Path

import pytest

from recordsvc.jobs.intake import Intake, IntakeOptions
from recordsvc.jobs.walk import walk
from tests.faults.retention.archives import OFFICER, House
from tests.ingest.made_messages import forwarding, mail

pytestmark = pytest.mark.faults
ALONE = b"Only this letter carries the zqonlyhereword, a paper on water and dues. " * 9
SHARED = b"Two letters carry the zqinbothword, a paper on harbours and lights. " * 9
DEEP = b"Deep inside lies the zqdeepinword, a paper on lamps, oil and wicks. " * 9


def _letter(subject: str, *parts: tuple[str, bytes]) -> bytes:
    return mail(subject, subject, [(name, c, "text/plain") for name, c in parts])


@pytest.fixture
def letters(house: House, tmp_path: Path) -> dict[str, str]:
    """Take two letters in; return file name to record id."""
    folder = tmp_path / "letters"
    folder.mkdir()
    inner = _letter("Inner", ("deep.txt", DEEP))
    outer = _letter("Doomed", ("alone.txt", ALONE), ("shared.txt", SHARED))
    (folder / "doomed.eml").write_bytes(
        outer.rsplit(b"--", 2)[0]
        + b"--=_6.6\r\nContent-Type: message/rfc822\r\n\r\n"
        + inner
        + b"\r\n--=_6.6--\r\n"
    )
    (folder / "stays.eml").write_bytes(
        forwarding("Stays", _letter("More", ("shared.txt", SHARED)))
    )
    lines: list[dict] = []
    options = IntakeOptions(common={"class": "X", "created": "2015-03-01"})
    Intake(house.service, OFFICER, options, report=lines.append).run(
        walk([str(folder)], recursive=True)
    )
    assert {line["status"] for line in lines} == {"added"}
    return {Path(line["path"]).name: line["id"] for line in lines}


def _files(house: House, record_id: str) -> dict[str, str]:
    return house.record(record_id, lambda r: {f.name: f.sha256 for f in r.files})


def test_attachments_go_with_their_letter_and_shared_bytes_stay(
    house: House, letters: dict[str, str]
) -> None:
    doomed, stays = letters["doomed.eml"], letters["stays.eml"]
    files, kept = _files(house, doomed), _files(house, stays)
    assert {"alone.txt", "shared.txt", "deep.txt"} <= set(files)
    assert files["shared.txt"] == kept["shared.txt"]
    house.index()
    assert house.found("zqdeepinword") == [doomed]
    house.approved([doomed])
    assert house.run().results == {"destroyed"}
    store = house.service.bitstreams
    assert [n for n, digest in files.items() if store.exists(digest)] == ["shared.txt"]
    assert house.found("zqonlyhereword") == house.found("zqdeepinword") == []
    assert house.found("zqinbothword") == [stays]
    assert _files(house, stays) == kept
    for path in house.service.settings.data_dir.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"zqdeepinword" not in content, path
            assert b"zqonlyhereword" not in content, path
    stone = house.record(doomed, lambda r: r.tombstone)
    assert {digest for digest, _ in stone.components} == set(files.values())

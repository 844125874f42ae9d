"""A parliament's own profiles: added without code, checked whole, tried on papers."""

import pytest

from ingest.describe import describe
from ingest.description import Description
from ingest.errors import ProfileError
from ingest.extraction import Extraction, PageText, TextKind
from ingest.identifiers import identify
from ingest.isolate import ExtractionPool
from ingest.legislatures import profile_for, profiles, use_profiles
from ingest.profilecheck import Measure, check_profile

OWN = r"""
code = "zz"
name = "Exampleland"
zone = "Europe/Paris"

[evidence]
"parliament of exampleland" = 4

[[scheme]]
name = "zz.act"
pattern = '\bAct No\. (?P<n>\d{1,3}) of (?P<y>\d{4})\b'
key = "{y}/{n:int}"
examples = [["Act No. 07 of 2021", "zz.act:2021/7"]]

[[rule]]
name = "act-number"
field = "identifier"
scheme = "zz.act"
pattern = '\bAct No\. (?P<n>\d{1,3}) of (?P<y>\d{4})\b'

[[rule]]
name = "act"
field = "type"
pattern = '\bAct No\. \d{1,3} of \d{4}\b'
value = "act"
"""
WRONG = OWN.replace("zz.act:2021/7", "zz.act:2021/8").replace(
    'value = "act"', 'value = "leaflet"'
)
TEXT = "PARLIAMENT OF EXAMPLELAND\nAct No. 7 of 2021\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "zz.toml").write_text(OWN)
    yield tmp_path
    use_profiles(None)


def paper():
    return Extraction(
        mime="text/plain",
        pages=(PageText(number=1, text=TEXT),),
        page_count=1,
        text=TextKind.FULL,
    )


def test_own_profiles_count_at_once_and_are_forgotten_again(folder):
    assert identify("Act No. 7 of 2021", "zz").scheme == "other"
    use_profiles(folder)
    assert identify("Act No. 7 of 2021", "zz").normalised == "zz.act:2021/7"
    found = describe(paper())
    assert (found.jurisdiction, found.type) == ("zz", "act")
    use_profiles(None)
    assert "zz" not in profiles()
    assert describe(paper()).jurisdiction is None


def test_an_own_profile_takes_the_place_of_the_one_of_the_package(folder):
    (folder / "zm.toml").write_text('code = "zm"\nname = "Our own Zambia"\n')
    use_profiles(folder)
    assert profile_for("zm").name == "Our own Zambia"


def test_a_wrong_profile_leaves_those_that_counted(folder):
    use_profiles(folder)
    (folder / "zy.toml").write_text("code = 7")
    with pytest.raises(ProfileError, match=r"zy\.toml"):
        use_profiles(folder)
    assert "zz" in profiles()


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ProfileError, match="nowhere"):
        use_profiles(tmp_path / "nowhere")


def test_confined_workers_know_own_profiles(folder, tmp_path):
    use_profiles(folder)
    path = tmp_path / "paper.txt"
    path.write_text(TEXT)
    with ExtractionPool(1, scratch=tmp_path / "scratch") as pool:
        pool.submit("1", path, "paper.txt")
        (result,) = pool.results()
    assert result.description.jurisdiction == "zz"
    assert result.description.identifiers[0].normalised == "zz.act:2021/7"


def test_a_profile_is_checked_whole_with_every_fault_and_its_line():
    faults = check_profile("zz.toml", WRONG)
    lines = WRONG.splitlines()
    assert [f.where for f in faults] == ["scheme zz.act", "rule act"]
    assert [lines[f.line - 1] for f in faults] == ["[[scheme]]", "[[rule]]"]
    assert "leaflet" in faults[1].what


def test_what_is_no_toml_is_told_with_its_line():
    (fault,) = check_profile("zz.toml", 'code = "zz"\nname = x')
    assert fault.line == 2


def test_a_right_profile_has_no_faults():
    assert check_profile("zz.toml", OWN) == ()


def test_recall_and_precision_count_by_field():
    measure = Measure()
    found = Description(
        type="act", date="2004-05-10", titles=(("en", "The Act"),), authors=("A. Lo",)
    )
    stated = {"type": "act", "date": "2004", "title": "The Bill", "author": "a lo|B Um"}
    measure.add("a.pdf", stated, found)
    measure.add("b.pdf", {"date": "2005", "title": ""}, Description())
    scores = {k: (s.stated, s.given, s.right) for k, s in measure.scores.items()}
    assert scores == {
        "type": (1, 1, 1),
        "date": (2, 1, 1),
        "title": (1, 1, 0),
        "author": (1, 1, 0),
    }
    assert measure.scores["date"].recall == 0.5
    assert measure.scores["date"].precision == 1.0
    assert [m[:2] for m in measure.misses] == [
        ("a.pdf", "title"),
        ("a.pdf", "author"),
        ("b.pdf", "date"),
    ]

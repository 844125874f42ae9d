import stat
from pathlib import Path

import pytest
from BTrees.OOBTree import OOBTree
from persistent.mapping import PersistentMapping
from ZODB.POSException import ConflictError

from recordsvc.storage import evolve
from recordsvc.storage.database import (
    open_database,
    read_current,
    run,
    session,
    view,
)
from recordsvc.storage.errors import (
    AlienClass,
    StorageError,
    StoreExists,
    StoreMissing,
    StoreOutdated,
    StoreTooNew,
)
from recordsvc.storage.transactions import state_of


def test_a_store_is_there_filled_or_not_at_all(made, store_uri):
    made(lambda root: root.update(greeting="hello"))
    with open_database(store_uri) as again:
        assert view(again, lambda root: root["greeting"]) == "hello"


def test_a_store_that_is_missing_is_never_made_by_opening_it(store_uri):
    with pytest.raises(StoreMissing, match="recordsvc init"):
        open_database(store_uri)


def test_a_store_that_exists_is_not_made_again(made, store_uri):
    made(lambda root: root.update(kept=1))
    with pytest.raises(StoreExists):
        open_database(store_uri, create=True, populate=lambda r: r.update(kept=2))
    with open_database(store_uri) as again:
        assert view(again, lambda root: root["kept"]) == 1


def test_a_store_whose_filling_fails_is_none(sqlite_uri):
    def fill(_root):
        raise ValueError

    with pytest.raises(ValueError):
        open_database(sqlite_uri, create=True, populate=fill)
    with pytest.raises(StoreMissing):
        open_database(sqlite_uri)
    assert list(Path(sqlite_uri.removeprefix("sqlite://")).parent.iterdir()) == []


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("chapter one")
    with pytest.raises(StorageError, match="empty folder"):
        open_database(f"sqlite://{tmp_path}", create=True)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_unknown_kind_of_store_is_refused_with_the_known_ones():
    with pytest.raises(StorageError, match=r"sqlite://FOLDER.*postgresql://"):
        open_database("mysql://localhost/records")


def test_no_server_is_a_sentence_and_no_traceback():
    pytest.importorskip("psycopg2")
    with pytest.raises(StorageError, match="does not answer"):
        open_database("postgresql://nobody@/none?host=%2Fnowhere")


def test_only_the_owner_can_read_the_store(sqlite_uri):
    open_database(sqlite_uri, create=True).close()
    folder = Path(sqlite_uri.removeprefix("sqlite://"))
    with open_database(sqlite_uri) as database:
        run(database, lambda root: root.update(a=1))
        for path in [folder, *folder.iterdir()]:
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_conflict_is_tried_again_until_it_goes_through(made):
    database = made(lambda root: root.update(counter=PersistentMapping(n=0)))
    disturbed = []

    def count(root):
        root["counter"]["n"] += 1
        if len(disturbed) < 3:
            disturbed.append(1)
            with session(database) as other:
                other.root["counter"]["n"] += 10
                other.commit()

    run(database, count)
    assert view(database, lambda root: root["counter"]["n"]) == 31


def test_a_conflict_without_end_is_raised(made):
    database = made(lambda root: root.update(counter=PersistentMapping(n=0)))

    def count(root):
        root["counter"]["n"] += 1
        with session(database) as other:
            other.root["counter"]["n"] += 10
            other.commit()

    with pytest.raises(ConflictError):
        run(database, count, tries=2)


def test_a_view_changes_nothing(made):
    database = made(lambda root: root.update(tree=OOBTree()))
    view(database, lambda root: root["tree"].update({"a": 1}))
    assert view(database, lambda root: len(root["tree"])) == 0


def test_what_is_relied_on_is_checked_even_if_it_was_not_loaded_before(made):
    database = made(
        lambda root: root.update(hold=PersistentMapping(), record=PersistentMapping())
    )
    database.reopen()
    with session(database) as destroyer, session(database) as holder:
        assert destroyer.root["hold"]._p_changed is None
        read_current(destroyer.root["hold"])
        destroyer.root["record"]["destroyed"] = True
        holder.root["hold"]["on"] = True
        holder.commit()
        with pytest.raises(ConflictError):
            destroyer.commit()
    assert view(database, lambda root: dict(root["record"])) == {}


def test_an_error_in_the_work_leaves_nothing_behind(made):
    database = made(lambda root: root.update(tree=OOBTree()))

    def work(root):
        root["tree"]["a"] = 1
        raise KeyError

    with pytest.raises(KeyError):
        run(database, work)
    assert view(database, lambda root: len(root["tree"])) == 0


def test_a_session_sees_one_state_until_it_begins_again(made):
    database = made(lambda root: root.update(tree=OOBTree()))
    with session(database) as reader:
        assert len(reader.root["tree"]) == 0
        run(database, lambda root: root["tree"].update({"a": 1}))
        assert len(reader.root["tree"]) == 0
        reader.begin()
        assert len(reader.root["tree"]) == 1


def test_reopening_goes_on_beside_connections_that_are_still_open(made):
    database = made(lambda root: root.update(tree=OOBTree()))
    with session(database) as old:
        database.reopen()
        run(database, lambda root: root["tree"].update({"a": 1}))
        assert len(old.root["tree"]) == 0
    database.reopen()
    assert view(database, lambda root: dict(root["tree"])) == {"a": 1}


def test_closing_ends_open_connections(made):
    database = made(lambda root: root.update(tree=OOBTree()))
    opened = session(database)
    opened.root["tree"]["a"] = 1
    database.close()
    assert opened.connection.opened is None


def test_a_class_that_is_none_of_ours_is_not_loaded(made):
    from fractions import Fraction

    database = made(lambda r: r.update(box=PersistentMapping(alien=Fraction(1, 3))))
    database.reopen()
    with pytest.raises(AlienClass, match=r"fractions\.Fraction"):
        view(database, lambda root: root["box"]["alien"])


def step(name, ran):
    return evolve.Step(
        name=name, description="Test.", run=lambda root: ran.append(name)
    )


def test_a_store_that_waits_for_a_step_does_not_open(made, store_uri, monkeypatch):
    monkeypatch.setattr(evolve, "STEPS", ())
    made().close()
    ran = []
    monkeypatch.setattr(evolve, "STEPS", (step("first", ran), step("second", ran)))
    with pytest.raises(StoreOutdated, match=r"first, second.*doctor --evolve"):
        open_database(store_uri)
    with open_database(store_uri, outdated=True) as database:
        assert run(database, evolve.apply) == ("first", "second")
    assert ran == ["first", "second"]
    with open_database(store_uri) as database:
        assert view(database, evolve.finished) == ("first", "second")
        assert run(database, evolve.apply) == ()


def test_a_step_that_fails_is_not_remembered(made, store_uri, monkeypatch):
    made().close()

    def fail(root):
        root["half"] = 1
        raise ValueError

    broken = evolve.Step(name="broken", description="Test.", run=fail)
    monkeypatch.setattr(evolve, "STEPS", (broken,))
    with open_database(store_uri, outdated=True) as database:
        with pytest.raises(ValueError):
            run(database, evolve.apply)
        assert view(database, lambda root: "half" in root) is False
        assert view(database, evolve.pending) == (broken,)


def test_a_store_of_a_newer_release_does_not_open(made, store_uri, monkeypatch):
    monkeypatch.setattr(evolve, "STEPS", (step("from-the-future", []),))
    made().close()
    monkeypatch.setattr(evolve, "STEPS", ())
    with pytest.raises(StoreTooNew, match="from-the-future"):
        open_database(store_uri)


def test_a_new_store_waits_for_no_step(made, monkeypatch):
    monkeypatch.setattr(evolve, "STEPS", (step("old", []),))
    assert view(made(), evolve.pending) == ()


def test_two_openers_can_tell_whether_they_read_one_state(made, store_uri):
    ours = made(lambda root: root.update(count=1))
    with open_database(store_uri) as theirs:
        with session(ours) as early, session(theirs) as late:
            assert state_of(early.root) == state_of(late.root)
            run(theirs, lambda root: root.update(count=2))
            late.begin()
            assert late.root["count"] == 2
            assert state_of(early.root) < state_of(late.root)
            assert early.root["count"] == 1
        assert view(ours, state_of) == view(theirs, state_of)

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def bootstrap(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("requirements.lock", "requirements-test.lock", "pyproject.toml"):
        (tmp_path / name).write_text("click==8.2.0 \\\n    --hash=sha256:00\n")
    (tmp_path / "setup.cfg").write_text("[options]\n")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "installed.json")
    (tmp_path / ".venv").mkdir()
    return module


@pytest.fixture
def pip_calls(bootstrap, monkeypatch):
    calls = []
    monkeypatch.setattr(bootstrap, "pip", lambda *a, total: calls.append((a, total)))
    return calls


def test_the_menu_is_shown_without_a_command(bootstrap, capsys):
    assert bootstrap.main([]) == 2
    assert bootstrap.main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"\n  {name} " in shown for name in bootstrap.COMMANDS)


def test_an_unknown_command_is_named(bootstrap, capsys):
    assert bootstrap.main(["dmeo"]) == 2
    assert "unknown command 'dmeo'" in capsys.readouterr().err


def test_an_old_python_is_refused_in_one_line(bootstrap):
    with pytest.raises(bootstrap.SetUpError) as refused:
        bootstrap.require_python((3, 9))
    assert "Python 3.9; Python 3.11 or newer" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_new_python_is_taken(bootstrap):
    bootstrap.require_python((3, 11))
    bootstrap.require_python((3, 14))


def test_a_missing_venv_names_the_debian_package(bootstrap):
    with pytest.raises(bootstrap.SetUpError) as refused:
        bootstrap.require_module("no_such_module_here")
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert f"apt install python{version}-venv" in str(refused.value)


def test_pins_are_read_from_a_lock(bootstrap):
    text = (
        "# made by a tool\n"
        "argon2-cffi==25.1.0 \\\n    --hash=sha256:69 \\\n    --hash=sha256:f0\n"
        "    # via recordsvc (pyproject.toml)\n"
        "psycopg[binary]==3.2.9 ; python_version >= '3.11' \\\n    --hash=sha256:1\n"
    )
    assert bootstrap.pins_in(text) == {"argon2-cffi": "25.1.0", "psycopg": "3.2.9"}


def test_the_test_lock_covers_the_runtime_lock(bootstrap):
    read = {
        name: bootstrap.pins_in((ROOT / name).read_text("utf-8"))
        for name in ("requirements.lock", "requirements-test.lock")
    }
    assert bootstrap.covers(read["requirements-test.lock"], read["requirements.lock"])
    assert "setuptools" in read["requirements.lock"]


def test_the_first_run_installs_lock_and_checkout(bootstrap, pip_calls):
    bootstrap.install("runtime")
    (pinned, total), (checkout, _) = pip_calls
    assert "--require-hashes" in pinned
    assert pinned[-1].endswith("requirements.lock")
    assert total == 1
    assert {"--no-deps", "--no-build-isolation", "--editable"} < set(checkout)


def test_nothing_is_installed_again_when_nothing_changed(bootstrap, pip_calls):
    bootstrap.install("test")
    pip_calls.clear()
    bootstrap.install("test")
    bootstrap.install("runtime")
    assert pip_calls == []


def test_a_changed_lock_is_installed(bootstrap, pip_calls):
    bootstrap.install("runtime")
    pip_calls.clear()
    (bootstrap.ROOT / "requirements.lock").write_text("click==8.3.0\n")
    bootstrap.install("runtime")
    assert len(pip_calls) == 2


def test_the_runtime_set_does_not_stand_for_the_tests(bootstrap, pip_calls):
    bootstrap.install("runtime")
    pip_calls.clear()
    bootstrap.install("test")
    assert len(pip_calls) == 2


def test_an_interrupted_installation_begins_again(bootstrap, monkeypatch):
    bootstrap.STAMP.write_text('{"runtime": "old"}')

    def broken(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "pip", broken)
    with pytest.raises(KeyboardInterrupt):
        bootstrap.install("runtime")
    assert bootstrap.read_stamp() == {}


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_a_damaged_stamp_counts_as_none(bootstrap, text):
    bootstrap.STAMP.write_text(text)
    assert bootstrap.read_stamp() == {}


def test_another_python_is_not_bent_by_the_environment(bootstrap):
    given = {"PYTHONPATH": "/x", "PYTHONHOME": "/y", "PATH": "/bin"}
    assert bootstrap.clean_environment(given) == {"PATH": "/bin"}


def test_progress_is_a_line_every_twenty_packages(bootstrap, capsys):
    lines = []
    for number in range(45):
        lines.append(f"Collecting package-{number}==1")
        bootstrap.show_progress(lines, 45)
        lines.append("  Downloading it")
        bootstrap.show_progress(lines, 45)
    lines.append("Installing collected packages: all")
    bootstrap.show_progress(lines, 45)
    shown = capsys.readouterr().out.splitlines()
    assert shown == [
        "  20 of 45 packages",
        "  40 of 45 packages",
        "  unpacking ...",
    ]


def test_the_exit_code_of_a_failed_step_is_passed_on(bootstrap, monkeypatch):
    # The command works in the checkout; this puts the tests back where they were.
    monkeypatch.chdir(bootstrap.ROOT)
    monkeypatch.setattr(bootstrap, "python_of_environment", lambda: sys.executable)
    steps = [["-c", "raise SystemExit(3)"], ["-c", ""]]
    assert bootstrap.run(steps, []) == 3


def test_a_lock_that_cannot_be_read_is_named(bootstrap, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap, "make_environment", lambda: None)
    (bootstrap.ROOT / "requirements.lock").unlink()
    assert bootstrap.main(["demo"]) == 1
    assert "requirements.lock" in capsys.readouterr().err

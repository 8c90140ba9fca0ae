"""Machine code is old as soon as anything that it was compiled from changed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from models import compiled
from models.compiled import home, made_of, private

INNER = "from models.compiled import compiled\n\n\n@compiled\ndef inner(x):\n    return x + {}\n"
OUTER = ("from models.compiled import compiled\nfrom inner import inner\n\n\n"
         "@compiled\ndef outer(x):\n    return 10 * inner(x)\n\n\nprint(outer(1))\n")


@pytest.fixture(autouse=True)
def fresh():
    home.cache_clear()
    made_of.cache_clear()
    yield
    home.cache_clear()
    made_of.cache_clear()


def test_what_is_inlined_from_another_file_is_compiled_anew_when_that_changes(tmp_path):
    (tmp_path / "outer.py").write_text(OUTER)
    told = []
    for number in (1, 2):
        (tmp_path / "inner.py").write_text(INNER.format(number))
        words = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1",
                 "PYTHONPATH": str(Path(compiled.__file__).parents[1])}
        told.append(subprocess.run([sys.executable, "outer.py"], cwd=tmp_path, env=words, capture_output=True,
                                   text=True, check=True).stdout.strip())
    assert told == ["20", "30"]
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_the_processor_is_part_of_the_name(monkeypatch, tmp_path):
    before = made_of(tmp_path)
    made_of.cache_clear()
    monkeypatch.setattr(compiled, "FEATURES", "+neon")
    assert made_of(tmp_path) != before


@pytest.mark.skipif(os.name == "nt", reason="there folders have no mode")
def test_the_folder_is_this_users_alone_or_a_new_one(monkeypatch, tmp_path):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    own = home()
    assert own == tmp_path / "neocog" / "compiled" and own.stat().st_mode & 0o777 == 0o700 and private(own)
    home.cache_clear()
    own.chmod(0o777)
    other = home()
    assert other != own and other.stat().st_mode & 0o777 == 0o700
    other.rmdir()


def test_a_home_that_cannot_be_written_does_no_harm(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "file"))
    made = home()
    assert made.is_dir() and tmp_path not in made.parents
    made.rmdir()

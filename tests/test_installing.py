"""What a user installs: each dependency as a wheel, for each Python on each system, so that nobody needs a compiler."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.registry
ROOT = Path(__file__).parents[1]
LINUX = {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64", "os_name": "posix"}
MACOS = {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64", "os_name": "posix"}
WINDOWS = {"sys_platform": "win32", "platform_system": "Windows", "platform_machine": "AMD64", "os_name": "nt"}
SYSTEMS = {  # the markers' variables, and the tags of the wheels that go there
    "linux": (LINUX, [f"manylinux_2_{minor}_x86_64" for minor in range(17, 35)] + ["manylinux2014_x86_64"]),
    "macos": (MACOS, [f"macosx_{version}_{kind}"
                      for version in ("10_9", "10_13", "10_15", *(f"{n}_0" for n in range(11, 16)))
                      for kind in ("arm64", "universal2")]),
    "windows": (WINDOWS, ["win_amd64"]),
}


def needed(target: dict[str, str]) -> Iterator[str]:
    """All that the project needs on a target, as far as what is installed here tells what it needs itself."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    known = set()
    while wanted:
        requirement = Requirement(wanted.pop())
        name = canonicalize_name(requirement.name)
        if name not in known and (requirement.marker is None or requirement.marker.evaluate(target)):
            known.add(name)
            yield name
            try:
                wanted += metadata.requires(name) or ()
            except metadata.PackageNotFoundError:  # it is for other systems than this one
                pass


def pins() -> dict[str, str]:
    """The versions in constraints.txt, by canonical name."""
    found = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


def dry_run(*words: str) -> str:
    """What pip has against an installation; "" for nothing."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--no-deps", "--ignore-installed",
               "--only-binary=:all:", "--target", "nowhere"]
    done = subprocess.run([*command, *words], capture_output=True, text=True)
    return done.stderr if done.returncode else ""


@pytest.fixture(scope="module", autouse=True)
def registry():
    """Left out where no registry answers."""
    if trouble := dry_run(f"mido=={pins()['mido']}"):
        pytest.skip(trouble)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_every_dependency_has_a_wheel_in_its_tested_version(python, system):
    markers, tags = SYSTEMS[system]
    target = markers | {"python_version": python, "python_full_version": f"{python}.0", "extra": ""}
    versions = pins()
    found = [f"{name}=={versions[name]}" for name in needed(target) if name in versions]
    assert len(found) > 25
    words = ["--python-version", python, *(word for tag in tags for word in ("--platform", tag))]
    assert dry_run(*words, *found) == ""


def test_a_wheel_brings_the_control_page_along(tmp_path):
    source = tmp_path / "source"  # a copy: a build leaves its own folders behind
    left_out = shutil.ignore_patterns(".git", "build", "shared", "weights", "__pycache__", "*.egg-info")
    shutil.copytree(ROOT, source, ignore=left_out)
    subprocess.run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", tmp_path, source], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    there = {file.name for file in (ROOT / "engine/control/page").iterdir()}
    with zipfile.ZipFile(wheel) as files:
        assert {f"engine/control/page/{name}" for name in there} <= set(files.namelist()) and "index.html" in there

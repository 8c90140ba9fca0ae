"""Real parts for tests: skip where one is missing, fail in CI."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PATIENCE = 120  # seconds that a test waits for a program, a device or a thread, on a busy machine, before it fails


def need(*programs: str) -> None:
    """Skip the test unless every program is installed; in CI a missing part is a failure."""
    lack([program for program in programs if shutil.which(program) is None])


def need_node(package: str) -> dict[str, str]:
    """The environment in which node finds this package, one of npm's global ones; without it as need does."""
    need("node", "npm")
    folder = subprocess.run(["npm", "root", "--global"], check=True, capture_output=True, text=True).stdout.strip()
    lack([] if (Path(folder) / package).is_dir() else [f"npm install --global {package}"])
    return {"NODE_PATH": folder}


def lack(missing: list[str]) -> None:
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"missing in CI: {', '.join(missing)}")
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")

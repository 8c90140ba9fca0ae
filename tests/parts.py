"""Real parts for tests: skip where a Debian program is missing, fail in CI."""

import os
import shutil

import pytest


def need(*programs: str) -> None:
    """Skip the test unless every program is installed; in CI a missing part is a failure."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"missing in CI: {', '.join(missing)}")
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")

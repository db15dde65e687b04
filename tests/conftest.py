"""Options and data for all tests."""

import os
from pathlib import Path

SHARED = Path(__file__).parent.parent.parent / "shared" / "data"


def pytest_addoption(parser):
    parser.addoption(
        "--update-golden", action="store_true", help="write the pictures that tests compare with"
    )


def pytest_configure(config):
    if SHARED.is_dir():
        os.environ.setdefault("AUTOGRAD_DATA", str(SHARED))

"""Equal inputs give equal pages in every environment."""

import os
import subprocess
import sys

from tests.architecture.tree import REPOSITORY

DIGEST = """
import hashlib
from reports.shared.catalog import ALL
from tests.browser import examples
print(hashlib.sha256("".join(examples.build(spec) for spec in ALL).encode()).hexdigest())
"""


def digest(seed: str, zone: str, locale: str) -> str:
    """sha256 of all pages, built in a separate process."""
    environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "PYTHONPATH": str(REPOSITORY)}
    return subprocess.run(
        [sys.executable, "-c", DIGEST], env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_pages_do_not_depend_on_hash_seed_time_zone_or_locale() -> None:
    assert digest("0", "UTC", "C.UTF-8") == digest("4711", "Asia/Kathmandu", "C")

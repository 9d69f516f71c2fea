"""The picture of the rooms shows the rooms there are."""

import subprocess
import sys
from pathlib import Path

from tests.support.servers import PATIENCE

HOUSE = Path(__file__).parents[2] / "scripts" / "house.py"


def test_the_picture_of_the_rooms_is_up_to_date():
    checked = subprocess.run(
        [sys.executable, HOUSE, "--check"], capture_output=True, timeout=3 * PATIENCE, text=True
    )

    assert checked.returncode == 0, checked.stderr

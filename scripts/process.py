"""Become one process of Procfile, for systemd and containers:

.venv/bin/python scripts/process.py web
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.run import commands


def main() -> None:
    known = commands()
    if len(sys.argv) != 2 or sys.argv[1] not in known:
        sys.exit(f"Give one of the processes of Procfile: {', '.join(known)}.")
    command = known[sys.argv[1]]
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()

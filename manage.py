#!/usr/bin/env python
"""Django's command line for faceverify."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceverify.settings")
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except Exception as error:
        from faceverify.command_line import DATABASE_ERRORS, advice

        told = advice(error) if isinstance(error, DATABASE_ERRORS) else None
        if told is None or "--traceback" in sys.argv:
            raise
        sys.exit(told)


if __name__ == "__main__":
    main()

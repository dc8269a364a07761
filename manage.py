#!/usr/bin/env python3
"""Django's command line for Liantan."""

import os
import sys


def main() -> None:
    if sys.argv[1:2] == ["archive"] and "--check" in sys.argv:
        # Whoever is given an archive package has neither our settings nor our database.
        from meetings.archive import checking

        sys.exit(checking.main(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

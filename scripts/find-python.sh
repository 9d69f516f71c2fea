#!/bin/sh
# Print the first Python that can make the virtual environment: 3.11 to 3.13, for which TensorFlow
# has packages, with venv and ensurepip. It is run to find out: a shim of pyenv may exist and fail.
# A Python that is named by PYTHON is taken or refused, and no other is looked for.
for python in ${PYTHON:-python3.12 python3.11 python3.13 python3 \
    /usr/bin/python3.12 /usr/bin/python3.11 /usr/bin/python3.13 /usr/bin/python3 \
    /opt/homebrew/bin/python3.12 /opt/homebrew/bin/python3.11 /opt/homebrew/bin/python3.13}; do
    command -v "$python" >/dev/null 2>&1 || continue
    if "$python" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
        >/dev/null 2>&1; then
        command -v "$python"
        exit 0
    fi
done
echo "No usable Python found${PYTHON:+ at $PYTHON}: faceverify needs Python 3.11, 3.12 or 3.13 with the venv module" >&2
echo "(on Debian and Ubuntu: apt install python3-venv), or name one: make setup PYTHON=/path/to/python3.12" >&2
exit 1

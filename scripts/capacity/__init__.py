"""How many machines do so many verdicts a second need, and what gives way first?

    .venv/bin/python -m scripts.capacity measure     the site on this machine: service times, writes, bytes
    .venv/bin/python -m scripts.capacity simulate    latency against load, for so many processes
    .venv/bin/python -m scripts.capacity check       the simulation beside the real site
    .venv/bin/python -m scripts.capacity plan        machines, cost and walls for a rate
    .venv/bin/python -m scripts.capacity pictures    curves and figures of docs/scale.md

`measure` writes measured.json, `check` checked.json, `pictures` curves.json, all beside this file.
"""

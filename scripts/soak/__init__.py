"""An hour of mixed load, and whether the site bears it: `python -m scripts.soak`."""

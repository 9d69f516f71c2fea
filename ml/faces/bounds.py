"""The measurements of a face from which on they do not matter, see `ml.faces.quality`."""

FINE_SIZE = 80.0  # pixels
FINE_SHARPNESS = 0.008
FINE_BRIGHTNESS = (0.3, 0.75)

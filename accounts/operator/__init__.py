"""Who runs the site, and what they promise about the data."""

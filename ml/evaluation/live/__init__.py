"""Films made of single photos, of people and of attacks, and how live sessions decide on them."""

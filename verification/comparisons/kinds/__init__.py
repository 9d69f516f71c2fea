"""Many answers from one photo: one photo against many, and a group photo against the gallery."""

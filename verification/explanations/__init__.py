"""Why a verdict came out as it did: which parts of the faces carry the likeness, and what weighs against."""

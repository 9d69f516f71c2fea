"""Sentences for people, noted so that whoever shows them can say them in another language.

What this package says is English, also where it is stored. A sentence is its own name: the places that
show one find it in SENTENCES, with the fields that it leaves open, and translate it for its reader.
"""

SENTENCES: dict[str, None] = {}  # in the order in which modules are loaded


def sentence(text: str) -> str:
    """The same text, which may have fields as `%(name)s`. scripts/languages.py takes what stands in
    these calls into the catalogues."""
    SENTENCES[text] = None
    return text

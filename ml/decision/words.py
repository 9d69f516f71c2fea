"""The words for verdicts and their figures, used everywhere that users read them."""

from ml.decision.rule import SAME, leaning
from ml.sentences import sentence

PERCENT = sentence("%(number)s %%")
MORE_THAN = sentence("more than %(number)s %%")
MORE_THAN_SHORT = sentence("> %(number)s %%")
LESS_THAN = sentence("less than %(number)s %%")
LESS_THAN_SHORT = sentence("< %(number)s %%")
ODDS = sentence("1 in %(number)s")
AS_LIKELY = sentence("As likely the same person as different people (50 %%)")
LESS_LIKELY = sentence("More likely different people (%(chance)s for the same person)")
NEARLY_ENOUGH = sentence(
    "Very likely the same person, %(chance)s, but not enough for %(strictness)s"
)
MORE_LIKELY = sentence("More likely the same person (%(chance)s)")
AS_LIKELY_NAMED = sentence("As likely %(name)s as not %(name)s (50 %%)")
LESS_LIKELY_NAMED = sentence("More likely not %(name)s (%(chance)s for %(name)s)")
NEARLY_ENOUGH_NAMED = sentence(
    "Very likely %(name)s, %(chance)s, but not enough for %(strictness)s"
)
MORE_LIKELY_NAMED = sentence("More likely %(name)s (%(chance)s)")

VERY_LIKELY = 0.95
SAME_PERSON = sentence("the same person")
OUTCOMES = {
    "match": sentence("Same person"),
    "no_match": sentence("Different people"),
    "inconclusive": sentence("Cannot tell"),
}
STRICTNESS = {
    1e-2: sentence("Relaxed"),
    1e-3: sentence("Standard"),
    1e-4: sentence("Strict"),
    1e-5: sentence("Very strict"),
}

# Each condition in words: what it is, and what would make the verdict more certain.
CONDITIONS = {
    "covered_eyes": (
        sentence("The eyes are covered, by sunglasses for example."),
        sentence("Use a photo in which both eyes can be seen."),
    ),
    "covered_mouth": (
        sentence("The mouth is covered, by a mask, a scarf or a hand for example."),
        sentence("Use a photo in which the mouth can be seen."),
    ),
    "cut_off": (
        sentence("Part of the face lies outside the photo."),
        sentence("Use a photo that shows the whole face."),
    ),
    "blurred": (sentence("The face is blurred."), sentence("Use a sharper photo.")),
    "dark": (sentence("The face is dark."), sentence("Use a photo taken in more light.")),
    "small": (
        sentence("The face is small."),
        sentence("Use a larger photo, or one taken from nearer."),
    ),
}


def percent(value: float, *, short: bool = False) -> str:
    """A probability in words that never claim certainty: "63 %", "99.3 %", "more than 99.9 %".

    With `short`, for narrow columns, the extremes are "> 99.9 %" and "< 0.1 %".
    """
    if value > 0.999:
        return (MORE_THAN_SHORT if short else MORE_THAN) % {"number": "99.9"}
    if value < 0.001:
        return (LESS_THAN_SHORT if short else LESS_THAN) % {"number": "0.1"}
    places = 1 if value > 0.99 or value < 0.01 else 0
    return PERCENT % {"number": f"{value * 100:.{places}f}"}


def odds(rate: float) -> str:
    """A false-match rate as "1 in 1,000"."""
    return ODDS % {"number": f"{round(1 / rate):,}"}


def strictness(rate: float) -> str:
    """The name of the setting with this false-match rate, or its odds if it has no name."""
    for known, name in STRICTNESS.items():
        if same_rate(known, rate):
            return name
    return odds(rate)


def same_rate(one: float, other: float) -> bool:
    """Whether two numbers mean the same false-match rate; their last digits may differ."""
    return abs(one - other) <= 1e-6 * abs(other)


def leans(probability: float, rate: float, *, same: str = SAME_PERSON) -> str:
    """Which way an inconclusive verdict leans, and how far.

    Args:
        same: what a match would say, "the same person" or a name.
    """
    chance = percent(probability)
    if same != SAME_PERSON:
        return _leans_to(same, chance, probability, rate)
    if chance == "50 %":
        return AS_LIKELY % {}
    if leaning("inconclusive", probability) != SAME:
        told = LESS_LIKELY
    elif probability >= VERY_LIKELY:
        told = NEARLY_ENOUGH
    else:
        told = MORE_LIKELY
    return told % {"chance": chance, "strictness": strictness(rate)}


def _leans_to(name: str, chance: str, probability: float, rate: float) -> str:
    if chance == "50 %":
        told = AS_LIKELY_NAMED
    elif leaning("inconclusive", probability) != SAME:
        told = LESS_LIKELY_NAMED
    elif probability >= VERY_LIKELY:
        told = NEARLY_ENOUGH_NAMED
    else:
        told = MORE_LIKELY_NAMED
    return told % {"name": name, "chance": chance, "strictness": strictness(rate)}

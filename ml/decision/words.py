"""The words for verdicts and their figures, used everywhere that users read them."""

from ml.decision.rule import SAME, leaning

VERY_LIKELY = 0.95
OUTCOMES = {
    "match": "Same person",
    "no_match": "Different people",
    "inconclusive": "Cannot tell",
}
STRICTNESS = {1e-2: "Relaxed", 1e-3: "Standard", 1e-4: "Strict", 1e-5: "Very strict"}

# Each condition in words: what it is, and what would make the verdict more certain.
CONDITIONS = {
    "covered_eyes": (
        "The eyes are covered, by sunglasses for example.",
        "Use a photo in which both eyes can be seen.",
    ),
    "covered_mouth": (
        "The mouth is covered, by a mask, a scarf or a hand for example.",
        "Use a photo in which the mouth can be seen.",
    ),
    "cut_off": (
        "Part of the face lies outside the photo.",
        "Use a photo that shows the whole face.",
    ),
    "blurred": ("The face is blurred.", "Use a sharper photo."),
    "dark": ("The face is dark.", "Use a photo taken in more light."),
    "small": ("The face is small.", "Use a larger photo, or one taken from nearer."),
}


def percent(value: float, *, short: bool = False) -> str:
    """A probability in words that never claim certainty: "63 %", "99.3 %", "more than 99.9 %".

    With `short`, for narrow columns, the extremes are "> 99.9 %" and "< 0.1 %".
    """
    if value > 0.999:
        return "> 99.9 %" if short else "more than 99.9 %"
    if value < 0.001:
        return "< 0.1 %" if short else "less than 0.1 %"
    return f"{value * 100:.1f} %" if value > 0.99 or value < 0.01 else f"{value * 100:.0f} %"


def odds(rate: float) -> str:
    """A false-match rate as "1 in 1,000"."""
    return f"1 in {round(1 / rate):,}"


def strictness(rate: float) -> str:
    """The name of the setting with this false-match rate, or its odds if it has no name."""
    for known, name in STRICTNESS.items():
        if same_rate(known, rate):
            return name
    return odds(rate)


def same_rate(one: float, other: float) -> bool:
    """Whether two numbers mean the same false-match rate; their last digits may differ."""
    return abs(one - other) <= 1e-6 * abs(other)


def leans(probability: float, rate: float, *, same: str = "the same person") -> str:
    """Which way an inconclusive verdict leans, and how far.

    Args:
        same: what a match would say, "the same person" or a name.
    """
    chance = percent(probability)
    other = "different people" if same == "the same person" else f"not {same}"
    if chance == "50 %":
        return f"As likely {same} as {other} (50 %)"
    if leaning("inconclusive", probability) != SAME:
        return f"More likely {other} ({chance} for {same})"
    if probability >= VERY_LIKELY:
        return f"Very likely {same}, {chance}, but not enough for {strictness(rate)}"
    return f"More likely {same} ({chance})"

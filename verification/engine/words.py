"""What `ml` calls things, in the language of whoever reads it."""

from ml import sentences
from ml.decision import words
from ml.faces import refusals  # noqa: F401  so that their sentences are known
from ml.images import FORMAT_NAMES as FORMAT_NAMES_IN_ENGLISH

from ..text.sentences import said, said_lazy, take_from

take_from(sentences.SENTENCES)

OUTCOMES = {outcome: said_lazy(name) for outcome, name in words.OUTCOMES.items()}
CONDITIONS = {
    name: (said_lazy(what), said_lazy(remedy)) for name, (what, remedy) in words.CONDITIONS.items()
}
FORMAT_NAMES = said_lazy(FORMAT_NAMES_IN_ENGLISH)


def percent(value: float, *, short: bool = False) -> str:
    """See `ml.decision.words.percent`."""
    return said(words.percent(value, short=short))


def odds(rate: float) -> str:
    """See `ml.decision.words.odds`."""
    return said(words.odds(rate))


def strictness(rate: float) -> str:
    """See `ml.decision.words.strictness`."""
    return said(words.strictness(rate))


def leans(probability: float, rate: float, *, same: str = "") -> str:
    """See `ml.decision.words.leans`. `same`: a name, if a match would say one."""
    named = {"same": same} if same else {}
    return said(words.leans(probability, rate, **named))

"""Counts how sessions decide on sequences, in the terms of ISO/IEC 30107-3."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ml.decision.intervals import wilson
from ml.evaluation.live import make, play
from ml.evaluation.live.sequences import Stored
from ml.live.session import Result
from ml.serving.verifier import Verifier


@dataclass(frozen=True)
class Shown:
    """A sequence, and how two sessions ended on it: with its challenge, and without one."""

    stored: Stored
    challenged: Result
    plain: Result


def evaluate(verifier: Verifier, stored: Sequence[Stored], progress: Callable = iter) -> dict:
    """Show each sequence to a session.

    Returns:
        JSON-ready: `species`, see `_species`; `bona_fide`; `verdict` of sessions without a challenge.
    """
    shown = [_show(verifier, row) for row in progress(list(stored))]
    attacks = [row for row in shown if not row.stored.about.bona_fide]
    people = [row for row in shown if row.stored.about.bona_fide and row.stored.about.same]
    strangers = [row for row in shown if row.stored.about.bona_fide and not row.stored.about.same]
    names = sorted({row.stored.about.species for row in attacks})
    groups = sorted({row.stored.about.species for row in people})
    return {
        "model": verifier.model,
        "made": all(row.stored.about.made for row in shown),
        "false_match_rate": make.RATE,
        "species": {name: _species(_of(attacks, name)) for name in names},
        "bona_fide": {name: _bona_fide(_of(people, name)) for name in groups},
        "verdict": {"same": _verdicts(people), "stranger": _verdicts(strangers)},
    }


def share(count: int, among: int) -> dict:
    """A share with its 95 % interval, JSON-ready."""
    rate = count / among if among else 0.0
    low, high = wilson(rate, among)
    return {
        "count": count,
        "n": among,
        "share": round(rate, 4),
        "interval": [round(low, 4), round(high, 4)],
    }


def _show(verifier: Verifier, stored: Stored) -> Shown:
    reference, about = stored.reference, stored.about
    frames = list(stored.frames())
    with_steps = make.session_of(verifier, reference, about.steps)
    without = make.session_of(verifier, reference, ())
    return Shown(
        stored, play.show(with_steps, verifier, frames), play.show(without, verifier, frames)
    )


def _of(shown: list[Shown], species: str) -> list[Shown]:
    return [row for row in shown if row.stored.about.species == species]


def _species(shown: list[Shown]) -> dict:
    """APCER: attacks that pass the challenge. IAPAR: those that pass and match. APNRR: those for which it
    did not begin."""
    passed = [row for row in shown if row.challenged.challenge == "passed"]
    matched = [row for row in passed if row.challenged.outcome == "match"]
    silent = [row for row in shown if row.challenged.challenge == "not_done"]
    return {
        "expected_to_pass": shown[0].stored.about.passes,
        "apcer": share(len(passed), len(shown)),
        "iapar": share(len(matched), len(shown)),
        "apnrr": share(len(silent), len(shown)),
        "matched_without_challenge": share(
            sum(row.plain.outcome == "match" for row in shown), len(shown)
        ),
        "reasons": _reasons(shown),
    }


def _bona_fide(shown: list[Shown]) -> dict:
    """BPCER: people who fail the challenge. BPNRR: those for whom it did not begin."""
    failed = [row for row in shown if row.challenged.challenge == "failed"]
    silent = [row for row in shown if row.challenged.challenge == "not_done"]
    seconds = [row.challenged.seconds for row in shown if row.challenged.challenge == "passed"]
    return {
        "bpcer": share(len(failed), len(shown)),
        "bpnrr": share(len(silent), len(shown)),
        "reasons": _reasons(shown),
        "seconds": _seconds(seconds),
    }


def _reasons(shown: list[Shown]) -> dict[str, int]:
    found = [reason for row in shown for reason in row.challenged.reasons]
    return {reason: found.count(reason) for reason in sorted(set(found))}


def _verdicts(shown: list[Shown]) -> dict:
    """Outcomes of the sessions without a challenge, and seconds until those that were decided."""
    outcomes = [row.plain.outcome for row in shown]
    decided = [row.plain.seconds for row in shown if row.plain.outcome != "inconclusive"]
    used = [row.plain.frames_used for row in shown]
    return {
        "outcomes": {
            name: share(outcomes.count(name), len(outcomes))
            for name in ("match", "inconclusive", "no_match")
        },
        "seconds": _seconds(decided),
        "frames_used": float(np.median(used)) if used else None,
    }


def _seconds(values: list[float]) -> dict | None:
    if not values:
        return None
    middle, high = np.quantile(values, (0.5, 0.95))
    return {"median": round(float(middle), 2), "p95": round(float(high), 2)}

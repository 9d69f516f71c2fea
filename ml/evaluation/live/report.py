"""The page of an evaluation of live sessions, as HTML."""

from ml.evaluation.report_parts import table

STYLE = (
    "body{font-family:sans-serif;margin:2rem;max-width:70rem}th{text-align:left}"
    "td,th{padding:.2rem 1rem}"
)
HOWS = {
    "single": "one frame",
    "together": "five, averaged",
    "average_score": "mean score of five",
    "session": "a session's rule",
}


def page(result: dict) -> str:
    """The figures of `ml.evaluation.live.evaluate` as a page."""
    model = f"{result['model']['name']} {result['model']['version']}"
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Live verification</title>'
        f"<style>{STYLE}</style><h1>Live verification</h1>{_words(result, model)}"
        f"<h2>Attacks</h2>{_attacks(result['species'])}"
        f"<h2>People</h2>{_people(result['bona_fide'])}"
        f"<h2>Verdicts without a challenge</h2>{_verdicts(result['verdict'])}"
        f"{_frames(result.get('frames', {}))}</html>\n"
    )


def _words(result: dict, model: str) -> str:
    made = (
        "<p>All sequences are synthetic: they were drawn from photos. What they say of attacks is a first "
        "hint; their rates for people say nothing of people.</p>"
        if result["made"]
        else ""
    )
    worst = max(
        (
            row["apcer"]["share"]
            for row in result["species"].values()
            if not row["expected_to_pass"]
        ),
        default=0.0,
    )
    return (
        f"{made}<p>Model {model}, false-match rate {result['false_match_rate']:g}. Terms of ISO/IEC "
        "30107-3: APCER is the share of attacks of one species that pass the challenge, IAPAR the share "
        "that pass it and match, APNRR the share for which it did not begin; BPCER is the share of people "
        "who fail it. In brackets: 95 % intervals (Wilson). A challenge deters; this is no certified "
        "presentation attack detection, and films fed into the browser instead of a camera are outside "
        f"that standard.</p><p>Highest APCER of the species that are to be refused: {worst:.1%}.</p>"
    )


def _attacks(species: dict) -> str:
    lines = [
        [
            name + (" (expected to pass)" if row["expected_to_pass"] else ""),
            _share(row["apcer"]),
            _share(row["iapar"]),
            _share(row["apnrr"]),
            _share(row["matched_without_challenge"]),
            _reasons(row["reasons"]),
        ]
        for name, row in species.items()
    ]
    heads = ["APCER", "IAPAR", "APNRR", "match without a challenge", "refused because"]
    return table(heads, lines)


def _people(groups: dict) -> str:
    lines = [
        [
            name,
            _share(row["bpcer"]),
            _share(row["bpnrr"]),
            _seconds(row["seconds"]),
            _reasons(row["reasons"]),
        ]
        for name, row in groups.items()
    ]
    return table(["BPCER", "BPNRR", "seconds, median and 95 %", "refused because"], lines)


def _verdicts(verdicts: dict) -> str:
    names = ["match", "inconclusive", "no_match"]
    lines = [
        [kind, *(_share(row["outcomes"][name]) for name in names), _seconds(row["seconds"])]
        for kind, row in verdicts.items()
    ]
    return table([*names, "seconds, median and 95 %"], lines)


def _frames(kinds: dict) -> str:
    if not kinds:
        return ""
    lines = [
        [
            f"{name}, {kind['people']} people, at {rate}",
            *(f"{row[how]['fmr']:.3%} / {row[how]['fnmr']:.2%}" for how in HOWS),
            f"{kind['in_common']['same']:.2f} / {kind['in_common']['strangers']:.2f}",
        ]
        for name, kind in kinds.items()
        for rate, row in kind["rates"].items()
    ]
    heads = [*(f"{words}: FMR / FNMR" for words in HOWS.values()), "in common: same / strangers"]
    return (
        "<h2>Several frames</h2><p>Films: frames of one film, all from one photo. Photos: of one person "
        "from different days. In common: the share of the scores' variance that all frames of a person "
        "share (intraclass correlation).</p>" + table(heads, lines)
    )


def _share(row: dict) -> str:
    low, high = row["interval"]
    return f"{row['share']:.1%} ({low:.1%} to {high:.1%}), {row['count']} of {row['n']}"


def _seconds(row: dict | None) -> str:
    return f"{row['median']:.1f}, {row['p95']:.1f}" if row else "-"


def _reasons(reasons: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in reasons.items()) or "-"

"""The parts of a report on where errors concentrate: on few photos, within groups of people and between them."""

import html

from ml.evaluation.confusion import MOST_CONFUSED
from ml.evaluation.report_parts import image, png, table

ZERO = 1e-6  # stands for a rate of 0 on a logarithmic scale
LABEL = 24  # characters of a group's name in a chart


def gathering(rows: list[dict]) -> str:
    """Where errors concentrate, as far as it can be measured without knowing groups.

    Args:
        rows: each model's figures from `ml.evaluation.evaluate`.
    """
    parts = []
    for row in rows:
        if row["most_confused"]:
            parts += [f"<h3>{_name(row)}</h3>", _most_confused(row["most_confused"])]
            parts += _rates(
                row["by_photos"],
                "Among people with the same number of photos",
                "Between people with different numbers of photos",
                f"Error rates by number of photos, {_name(row)}",
            )
        if row["normalisation"]:
            parts += ["<h4>If scores were normalised</h4>", _normalised(row["normalisation"])]
    if not parts:
        return ""
    return (
        "<h2>Where the errors gather</h2><p>At each model's own thresholds, over all pairs of the photos. "
        "A false match counts half for each of its two photos. In brackets: the share for the same number "
        "of false matches distributed by chance; for rates, 95 % intervals. Famous people have more "
        "photos: if a network knew them from its training, the rates would show it.</p>"
        + "".join(parts)
    )


def by_group(rows: list[dict]) -> str:
    """Error rates by group of people, if groups were given, see `gathering`."""
    parts = []
    for row in rows:
        if row["by_group"]:
            parts += [f"<h3>{_name(row)}</h3>", _members(row["by_group"])]
            parts += _rates(
                row["by_group"],
                "Within each group",
                "Between groups",
                f"Error rates by group, {_name(row)}",
            )
    if not parts:
        return ""
    return (
        "<h2>Error rates by group</h2><p>At each model's own thresholds, over all pairs of the photos. In "
        "brackets: 95 % intervals from resampling people; if all resamples agree, as when there is no "
        "error, Wilson's intervals with people, or pairs of people, as trials. Groups whose intervals "
        "overlap may not differ.</p>" + "".join(parts)
    )


def _name(row: dict) -> str:
    return html.escape(f"{row['model']['name']} {row['model']['version']}")


def _most_confused(found: dict) -> str:
    lines = []
    for part, share in MOST_CONFUSED.items():
        cells = [
            "no false match"
            if point[part]["share"] is None
            else "{share:.1%} ({by_chance:.1%})".format(**point[part])
            for point in found.values()
        ]
        photos = next(iter(found.values()))[part]["photos"]
        lines.append([f"On the most-confused {share:.0%} of photos ({photos:,})", *cells])
    lines.append(["False matches", *(f"{point['false_matches']:,}" for point in found.values())])
    return table([f"FMR {name}" for name in found], lines)


def _normalised(found: dict) -> str:
    """Gains of the methods of `ml.evaluation.normalisation`, and the errors left on few photos."""
    rates = found["none"]["tmr"]
    columns = [
        f"{title} at {rate}" for rate in rates for title in ("TMR", "On the most-confused 5%")
    ]
    lines = []
    for name, row in found.items():
        cells = []
        for rate, share in row["most_confused"].items():
            tmr = "{value:.4f}; {gain:+.4f} ({low:+.4f} to {high:+.4f})".format(**row["tmr"][rate])
            cells += [tmr, "no false match" if share is None else f"{share:.1%}"]
        lines.append([name, *cells])
    return table(columns, lines)


def _members(found: dict) -> str:
    lines = [
        [
            html.escape(row["group"]),
            f"{row['people']:,}",
            f"{row['photos']:,}",
            f"{row['failure_to_acquire']:.4f}",
            f"{row['genuine_pairs']:,}",
            f"{row['impostor_pairs']:,}",
            "?" if row["calibration_error"] is None else f"{row['calibration_error']:.4f}",
        ]
        for row in found["groups"]
    ]
    columns = ["People", "Photos", "Failure to acquire", "Pairs of one person", "Pairs of two"]
    without = found["people_without_group"]
    return table([*columns, "Calibration error"], lines) + (
        f"<p>People without a group: {without:,}.</p>" if without else ""
    )


def _rates(found: dict, within: str, between: str, words: str) -> list[str]:
    """Table and chart of the rates within the groups, and the matrices between them.

    Args:
        within, between: headings.
        words: HTML, what the chart shows.
    """
    names = [row["group"] for row in found["groups"]]
    escaped = [html.escape(name) for name in names]
    columns = [f"{kind} at {point}" for point in found["rates"] for kind in ("FMR", "FNMR")]
    lines = [
        [
            name,
            *(
                _rate(row)
                for point in found["rates"].values()
                for row in (point["fmr"][k][k], point["fnmr"][k])
            ),
        ]
        for k, name in enumerate(escaped)
    ]
    everybody = [
        _rate(point["overall"][kind])
        for point in found["rates"].values()
        for kind in ("fmr", "fnmr")
    ]
    parts = [
        f"<h4>{within}</h4>",
        table(columns, [*lines, ["Everybody", *everybody]]),
        image(_chart(names, found["rates"]), words),
    ]
    if len(names) > 1:
        parts.append(f"<h4>{between}</h4>")
        for name, point in found["rates"].items():
            matrix = zip(escaped, point["fmr"], strict=True)
            parts.append(
                f"<p>FMR at {name}</p>"
                + table(escaped, [[title, *map(_rate, row)] for title, row in matrix])
            )
    return parts


def _rate(row: dict) -> str:
    if row["value"] is None:
        return "no pairs"
    return "{value:.2g} ({low:.2g} to {high:.2g})".format(**row)


def _chart(names: list[str], rates: dict) -> bytes:
    """A PNG of FMR and FNMR within each group with their intervals, in one colour per operating point."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 1.6 + 0.45 * len(names)), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for number, (point, found) in enumerate(rates.items()):
        own = [row[k] for k, row in enumerate(found["fmr"])]
        shift = (number - (len(rates) - 1) / 2) * 0.6 / len(rates)
        for box, rows in zip(axes, (own, found["fnmr"]), strict=True):
            there = [(k, row) for k, row in enumerate(rows) if row["value"] is not None]
            value, low, high = (
                [max(row[key], ZERO) for _, row in there] for key in ("value", "low", "high")
            )
            places = [k + shift for k, _ in there]
            (line,) = box.plot(value, places, "o", label=point)
            box.hlines(places, low, high, color=line.get_color())
    for box, title in zip(axes, ("FMR", "FNMR"), strict=True):
        box.set(title=title, xscale="log", ylim=(len(names) - 0.5, -0.5))
        box.grid(axis="x", linewidth=0.4)
    short = [name if len(name) <= LABEL else f"{name[: LABEL - 1]}…" for name in names]
    axes[0].set_yticks(range(len(names)), short, parse_math=False)
    axes[1].legend(title="at FMR")
    return png(figure)

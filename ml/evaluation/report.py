"""An evaluation report of several models on the same pairs, as one HTML file that includes its pictures."""

import html
from collections.abc import Sequence

import numpy as np

from ml.decision.head import RATES
from ml.evaluation import metrics, report_groups
from ml.evaluation.datasets import lfw
from ml.evaluation.evaluate import Measured
from ml.evaluation.report_parts import image, png, table

WORST = 6
ZERO = 1e-5  # stands for a rate of 0 on a logarithmic scale


def page(
    measured: list[Measured], pairs: lfw.LabelledPairs, conditions: Sequence[dict] = ()
) -> str:
    """The report as HTML.

    Args:
        conditions: figures of each model from `ml.evaluation.robustness`, if measured.
    """
    rows = [row.figures for row in measured]
    sheets = [worst(row, pairs) for row in measured]
    return _page(rows, plots(measured), sheets, conditions)


def plots(measured: list[Measured]) -> bytes:
    """A PNG of ROC, DET, calibration and score histograms of all models."""
    from matplotlib.figure import Figure

    count = len(measured)
    figure = Figure(figsize=(13, 4 + 3 * -(-count // 3)), layout="constrained")
    halves = figure.subfigures(2, 1, height_ratios=[4, 3 * -(-count // 3)], squeeze=False)
    upper, lower = halves[:, 0]
    roc, det, calibration = upper.subplots(1, 3)
    boxes = lower.subplots(-(-count // 3), 3, squeeze=False).ravel()
    for box in boxes[count:]:
        box.set_axis_off()
    for row, box in zip(measured, boxes, strict=False):
        name = row.figures["model"]["name"]
        genuine, impostor = row.scores[row.labels == 1], row.scores[row.labels == 0]
        rates = metrics.error_rates(genuine, impostor)
        roc.plot(rates.fmr, 1 - rates.fnmr, label=name)
        det.plot(np.maximum(rates.fmr, ZERO), np.maximum(rates.fnmr, ZERO), label=name)
        table = metrics.calibration_table(row.probabilities, row.labels)
        calibration.plot(
            [line.mean_probability for line in table],
            [line.share_genuine for line in table],
            marker="o",
            label=name,
        )
        box.hist([impostor, genuine], bins=40, range=(0, 1), label=["two people", "one person"])
        box.set(title=name, xlabel="similarity", ylabel="pairs")
        box.legend()
    roc.set(title="ROC", xscale="log", xlim=(1e-4, 1), xlabel="FMR", ylabel="TMR")
    det.set(title="DET", xscale="log", yscale="log", xlabel="FMR", ylabel="FNMR")
    calibration.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    calibration.set(
        title="Calibration", xlabel="probability", ylabel="share of pairs of one person"
    )
    for axes in (roc, det, calibration):
        axes.legend()
    return png(figure)


def worst(row: Measured, pairs: lfw.LabelledPairs) -> bytes:
    """A PNG with the most similar pairs of two people and the least similar pairs of one."""
    import cv2
    from matplotlib.figure import Figure

    from ml import images

    scores, labels = row.scores, row.labels
    order = np.argsort(scores)
    wrong = [order[labels[order] == 0][::-1][:WORST], order[labels[order] == 1][:WORST]]
    figure = Figure(figsize=(2.2 * WORST, 5), layout="constrained")
    for line, (title, which) in enumerate(
        zip(("false match", "false non-match"), wrong, strict=True)
    ):
        for place, k in enumerate(which):
            axes = figure.add_subplot(2, WORST, line * WORST + place + 1)
            pair = [
                cv2.resize(images.decode(pairs.paths[name].read_bytes()), (120, 120))
                for name in row.names[k]
            ]
            axes.imshow(np.hstack(pair))
            axes.set_title(f"{title}: {scores[k]:.3f}", fontsize=8)
            axes.set_axis_off()
    return png(figure)


def _page(rows: list[dict], curves: bytes, sheets: list[bytes], conditions) -> str:
    names = [html.escape(f"{row['model']['name']} {row['model']['version']}") for row in rows]
    pictures = "".join(
        f"<h2>Worst errors: {name}</h2>{image(sheet, f'Worst errors of {name}')}"
        for name, sheet in zip(names, sheets, strict=True)
    )
    style = "body{font-family:sans-serif;margin:2rem}th{text-align:left}td,th{padding:.2rem 1rem}img{max-width:100%}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Face verification report</title>'
        f"<style>{style}</style><h1>Face verification report</h1>"
        f"<p>In brackets: 95 % bootstrap intervals, which resample the listed pairs, or people for all pairs "
        f"of the photos. FMR: false-match rate, FNMR: false-non-match rate.</p>"
        f"{table(names, [[title, *map(tell, rows)] for title, tell in _measures().items()])}"
        f"{_conditions(names, conditions)}{report_groups.by_group(rows)}{report_groups.gathering(rows)}"
        f"<h2>Curves</h2>{image(curves, 'ROC, DET, calibration and histograms')}{pictures}</html>\n"
    )


def _measures() -> dict:
    """Title of each row of the table, and a function from a model's figures to its cell."""
    return {
        "Parameters": lambda row: f"{row['parameters']:,}" if row["parameters"] else "?",
        "Served network, MB": lambda row: f"{row['encoder_mb']:.1f}",
        "Embedding, ms a face": lambda row: f"{row['ms_per_face']:.1f}",
        "Accuracy, protocol of LFW View 2": lambda row: (
            f"{row['accuracy']:.4f} &plusmn; {row['accuracy_std']:.4f}"
        ),
        **{
            f"FNMR at FMR {rate}": lambda row, rate=rate: _interval(row["fnmr"][rate])
            for rate in RATES
        },
        **{
            f"FNMR at FMR {rate}, all pairs": lambda row, rate=rate: (
                _interval(row["all_pairs"]["fnmr"][rate])
                if row["all_pairs"]
                else "people not named"
            )
            for rate in RATES
        },
        "Equal error rate": lambda row: f"{row['equal_error_rate']:.4f}",
        "AUC": lambda row: f"{row['auc']:.5f}",
        "Precision": lambda row: f"{row['precision']:.4f}",
        "Recall": lambda row: f"{row['recall']:.4f}",
        "Expected calibration error": lambda row: (
            "?"
            if row["expected_calibration_error"] is None
            else f"{row['expected_calibration_error']:.4f}"
        ),
        "Failure to acquire": lambda row: f"{row['failure_to_acquire']:.4f}",
        "Pairs": lambda row: str(row["pairs"]),
        "All pairs": lambda row: (
            "{genuine_pairs:,} of one person, {impostor_pairs:,} of two".format(**row["all_pairs"])
            if row["all_pairs"]
            else ""
        ),
    }


def _interval(row: dict) -> str:
    return "{value:.4f} ({low:.4f} to {high:.4f})".format(**row)


def _conditions(names: list[str], conditions: Sequence[dict]) -> str:
    if not conditions:
        return ""
    lines = [
        [
            name,
            *(f"{row[name]['accuracy']:.4f}, {row[name]['match_same']:.4f}" for row in conditions),
        ]
        for name in conditions[0]
    ]
    return (
        "<h2>Degraded photos</h2><p>Accuracy, and the share of pairs of one person that match, "
        f"when the first photo of each pair is degraded.</p>{table(names, lines)}"
    )

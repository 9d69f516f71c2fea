"""An evaluation report: several models on the same pairs, as one HTML and one JSON file."""

import base64
import html
import io
import json
from pathlib import Path

import numpy as np

from ml import lfw, metrics
from ml.evaluate import embed_images, score_pairs

RATES = {"1e-2": 1e-2, "1e-3": 1e-3, "1e-4": 1e-4}
WORST = 6
RESAMPLES = 300


def measure(verifier, folder, pairs: lfw.Pairs, *, progress=None) -> dict:
    """Everything the report says of one model.

    Returns:
        JSON-ready figures under "figures"; "scores", "labels" and "probabilities" (n,) for plots,
        of the pairs whose photos were both accepted; "names" of these pairs.
    """
    images = sorted({name for pair in pairs.names for name in pair})
    embedded = embed_images(verifier, folder, images, progress=progress)
    scores, labels = score_pairs(verifier, embedded, pairs), np.array(pairs.labels)
    at = embedded.index()
    used = np.array([a in at and b in at for a, b in pairs.names])
    names = [pair for pair, there in zip(pairs.names, used, strict=True) if there]
    rows = np.array([(at[a], at[b]) for a, b in names])
    logits = verifier.head.logits(embedded.embeddings[rows[:, 0]], embedded.embeddings[rows[:, 1]])
    probabilities = np.asarray(verifier.head.probability(logits), np.float64)
    return {
        "figures": figures(scores, labels, pairs.folds, probabilities, used)
        | {
            "model": verifier.model,
            "failure_to_acquire": round(len(embedded.refused) / len(images), 5),
            "refused": [{"image": name, "code": why} for name, why in embedded.refused.items()],
        },
        "scores": scores[used],
        "labels": labels[used],
        "probabilities": probabilities,
        "names": names,
    }


def figures(scores, labels, folds, probabilities, used) -> dict:
    """The numbers. A refused pair counts as not matched, but has no probability."""
    genuine, impostor = scores[labels == 1], scores[labels == 0]
    mean, std, _ = metrics.kfold_accuracy(scores, labels, folds)
    threshold = metrics.best_accuracy_threshold(scores, labels)
    precision, recall = metrics.precision_recall_at(scores, labels, threshold)
    fnmr = {}
    for name, rate in RATES.items():
        value = metrics.fnmr_at_fmr(genuine, impostor, rate)
        low, high = metrics.bootstrap_interval(
            lambda g, i, rate=rate: metrics.fnmr_at_fmr(g, i, rate),
            genuine,
            impostor,
            resamples=RESAMPLES,
        )
        fnmr[name] = {"value": round(value, 5), "low": round(low, 5), "high": round(high, 5)}
    return {
        "pairs": len(scores),
        "accuracy": round(mean, 5),
        "accuracy_std": round(std, 5),
        "fnmr": fnmr,
        "equal_error_rate": round(metrics.equal_error_rate(genuine, impostor), 5),
        "auc": round(metrics.roc_auc(genuine, impostor), 5),
        "precision": round(precision, 5),
        "recall": round(recall, 5),
        "expected_calibration_error": round(
            metrics.expected_calibration_error(probabilities, labels[used]), 5
        ),
    }


def write(measured: list[dict], folder, out) -> Path:
    """Write report.json and report.html, with its pictures inside, to the folder `out`."""
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    rows = [row["figures"] for row in measured]
    (out / "report.json").write_text(json.dumps({"models": rows}, indent=2) + "\n")
    page = out / "report.html"
    page.write_text(_page(rows, plots(measured), [worst(row, folder) for row in measured]))
    return page


def plots(measured: list[dict]) -> bytes:
    """ROC, DET, calibration and score histograms of all models: a PNG."""
    from matplotlib.figure import Figure

    count = len(measured)
    figure = Figure(figsize=(13, 4 + 3 * -(-count // 3)), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=[4, 3 * -(-count // 3)])
    roc, det, calibration = upper.subplots(1, 3)
    boxes = lower.subplots(-(-count // 3), 3, squeeze=False).ravel()
    for box in boxes[count:]:
        box.set_axis_off()
    for row, box in zip(measured, boxes, strict=False):
        name = row["figures"]["model"]["name"]
        genuine, impostor = row["scores"][row["labels"] == 1], row["scores"][row["labels"] == 0]
        rates = metrics.error_rates(genuine, impostor)
        roc.plot(rates.fmr, 1 - rates.fnmr, label=name)
        det.plot(np.maximum(rates.fmr, 1e-4), np.maximum(rates.fnmr, 1e-4), label=name)
        table = metrics.calibration_table(row["probabilities"], row["labels"])
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
    calibration.set(title="Calibration", xlabel="probability said", ylabel="share of one person")
    for axes in (roc, det, calibration):
        axes.legend()
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=80)
    return buffer.getvalue()


def worst(row: dict, folder) -> bytes:
    """Contact sheet: the likest pairs of two people and the least alike of one. A PNG."""
    import cv2
    from matplotlib.figure import Figure

    from ml import images

    scores, labels = row["scores"], row["labels"]
    order = np.argsort(scores)
    wrong = [order[labels[order] == 0][::-1][:WORST], order[labels[order] == 1][:WORST]]
    figure = Figure(figsize=(2.2 * WORST, 5), layout="constrained")
    for line, (title, which) in enumerate(
        zip(("false match", "false non-match"), wrong, strict=True)
    ):
        for place, k in enumerate(which):
            axes = figure.add_subplot(2, WORST, line * WORST + place + 1)
            pair = [
                cv2.resize(images.decode(lfw.image_path(folder, name).read_bytes()), (120, 120))
                for name in row["names"][k]
            ]
            axes.imshow(np.hstack(pair))
            axes.set_title(f"{title}: {scores[k]:.3f}", fontsize=8)
            axes.set_axis_off()
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=80)
    return buffer.getvalue()


def _page(rows: list[dict], curves: bytes, sheets: list[bytes]) -> str:
    measures = {
        "Accuracy, 10-fold protocol": lambda row: (
            f"{row['accuracy']:.4f} &plusmn; {row['accuracy_std']:.4f}"
        ),
        **{
            f"FNMR at FMR {rate}": lambda row, rate=rate: (
                "{value:.4f} ({low:.4f} to {high:.4f})".format(**row["fnmr"][rate])
            )
            for rate in RATES
        },
        "Equal error rate": lambda row: f"{row['equal_error_rate']:.4f}",
        "AUC": lambda row: f"{row['auc']:.5f}",
        "Precision": lambda row: f"{row['precision']:.4f}",
        "Recall": lambda row: f"{row['recall']:.4f}",
        "Expected calibration error": lambda row: f"{row['expected_calibration_error']:.4f}",
        "Failure to acquire": lambda row: f"{row['failure_to_acquire']:.4f}",
        "Pairs": lambda row: str(row["pairs"]),
    }
    names = [html.escape(row["model"]["name"]) for row in rows]
    head = "".join(f"<th>{name}</th>" for name in names)
    body = "".join(
        f"<tr><th>{title}</th>{''.join(f'<td>{tell(row)}</td>' for row in rows)}</tr>"
        for title, tell in measures.items()
    )
    pictures = "".join(
        f"<h2>Worst errors: {name}</h2>{_image(sheet, f'Worst errors of {name}')}"
        for name, sheet in zip(names, sheets, strict=True)
    )
    style = "body{font-family:sans-serif;margin:2rem}th{text-align:left}td,th{padding:.2rem 1rem}img{max-width:100%}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Face verification report</title>'
        f"<style>{style}</style><h1>Face verification report</h1>"
        f"<p>In brackets: 95 % bootstrap intervals.</p>"
        f"<table><tr><th></th>{head}</tr>{body}</table>"
        f"<h2>Curves</h2>{_image(curves, 'ROC, DET, calibration and histograms')}{pictures}</html>\n"
    )


def _image(png: bytes, words: str) -> str:
    return f'<img alt="{words}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'

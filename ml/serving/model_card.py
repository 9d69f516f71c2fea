"""MODEL_CARD.md, written from a model's manifest."""

from ml.decision.head import Head
from ml.decision.words import percent
from ml.serving import identification

FILE = "MODEL_CARD.md"


def write(manifest: dict) -> str:
    """The model card as Markdown. Parts that the manifest does not have are left out."""
    lines = [f"# {manifest['name']} {manifest['version']}", ""]
    lines += _facts(manifest)
    lines += _towers(manifest)
    lines += _input(manifest.get("input") or {})
    lines += _training(manifest.get("training") or {})
    lines += _operating_points(manifest)
    lines += _metrics(manifest.get("metrics") or {}, manifest.get("data") or {})
    lines += _galleries(identification.of(manifest))
    lines += _variants(manifest.get("variants") or {})
    lines += _files(manifest)
    lines += [
        "## Use",
        "",
        "Decides whether two photos show the same person. A verdict is a probability, not a proof; error",
        "rates differ between groups of people and kinds of photos. Measure on photos like yours.",
        "",
    ]
    return "\n".join(lines)


def _facts(manifest: dict) -> list[str]:
    encoder = manifest.get("encoder") or {}
    rows = {
        "Tower": manifest.get("tower"),
        "Parameters": f"{manifest['parameters']:,}" if "parameters" in manifest else None,
        "Embedding": encoder.get("embedding_size"),
        **({} if "towers" in encoder or not encoder else _form(encoder)),
        "Licence": manifest.get("license"),
        "Revision": manifest.get("revision"),
        "Made by": f"`{manifest['reproduce']}`" if manifest.get("reproduce") else None,
        "SHA-256": f"`{manifest['sha256']}`" if "sha256" in manifest else None,
    }
    return _table(["", ""], [[k, v] for k, v in rows.items() if v is not None])


def _form(tower: dict) -> dict:
    """The input and the output of a tower."""
    return {
        "Input": f"{tower['input_size']} px, alignment {tower['alignment']}, zoom {tower['zoom']}",
        "Mirror-averaged": "yes" if tower["mirror"] else "no",
        "Scaled to length 1": "yes" if tower["unit_length"] else "no",
        "Served form": tower.get("variant", "float32") + (", ONNX" if "pixels" in tower else ""),
    }


def _towers(manifest: dict) -> list[str]:
    """The source of each tower and, if there are several, how it is used."""
    used = {row["name"]: row for row in (manifest.get("encoder") or {}).get("towers", ())}
    lines = []
    for about in manifest.get("towers") or ():
        row = used.get(about["name"])
        facts = {
            "Source": about.get("source"),
            "Licence": about.get("license"),
            "Trained on": about.get("training_data"),
            **({"Numbers": row["embedding_size"], "Weight": row["weight"]} if row else {}),
            **(_form(row) if row else {}),
        }
        lines += [f"## Tower {about['name']}", ""]
        lines += _table(["", ""], [[k, v] for k, v in facts.items() if v is not None])
    return lines


def _input(spec: dict) -> list[str]:
    if not spec:
        return []
    lines = [
        "## Input",
        "",
        "The face is turned, scaled and shifted (least squares) until its landmarks lie nearest to these",
        "points, in pixels; left and right as the viewer sees them.",
        "",
    ]
    for row in spec.get("towers") or [spec]:
        shape = " x ".join(map(str, row["shape"]))
        name = f"{row['name']}: " if "name" in row else ""
        points = [
            [landmark.replace("_", " "), f"{x}, {y}"]
            for landmark, (x, y) in row["landmarks"].items()
        ]
        lines += [f"{name}{shape}, {row['pixels']}.", "", *_table(["Landmark", "x, y"], points)]
    return lines


def _training(training: dict) -> list[str]:
    if not training:
        return []
    config = training["config"]
    best = ", ".join(f"{key} {value:g}" for key, value in training["best"].items())
    held_out = config.get("held_out") or "nobody"
    if folds := config.get("held_out_folds"):
        held_out += f", folds {', '.join(map(str, folds))}"
    rows = [[key, f"`{value}`"] for key, value in config.items()]
    return [
        "## Training",
        "",
        f"On {training['data']}, without the people of {held_out}. {training['epochs']} epochs, the best "
        f"one kept: {best}. Keras {training['keras']} on {training['backend']}.",
        "",
        *_table(["Configuration", ""], rows),
    ]


def _operating_points(manifest: dict) -> list[str]:
    if not {"head", "calibration", "operating_points"} <= manifest.keys():
        return []
    head = Head.of(manifest)
    points = head.operating_points
    rows = [
        [
            f"{point['false_match_rate']:g}"
            + (", extrapolated" if "extrapolated" in point else ""),
            f"{point['threshold']:.4f}",
            f"{point['band'][0]:.4f} to {point['band'][1]:.4f}",
        ]
        for point in points.values()
    ]
    return [
        "## Operating points",
        "",
        "The same person from the threshold on; different people where the probability of the same",
        f"person is at most {percent(head.no_match_chance)}; no verdict between the two.",
        "",
        *_table(["False-match rate", "Threshold", "No verdict within"], rows),
    ]


def _metrics(metrics: dict, data: dict) -> list[str]:
    if not metrics:
        return []
    lines = ["## Measured", ""]
    if data:
        people = f" of {data['people']:,} people" if "people" in data else ""
        about = f"{data['images']:,} photos{people}, " if "images" in data else ""
        split = data.get("split", "")
        lines += [f"On {data.get('name') or 'unnamed data'}: {about}people apart ({split}).", ""]
    rows = [[f"tmr {rate}", value] for rate, value in (metrics.get("tmr") or {}).items()]
    for rate, row in (metrics.get("fnmr") or {}).items():
        rows.append([f"FNMR at FMR {rate} (95 %)", _interval(row)])
    rows += [[key, value] for key, value in metrics.items() if key not in ("tmr", "fnmr")]
    return [*lines, *_table(["", ""], rows)]


def _galleries(figures: dict | None) -> list[str]:
    if not figures:
        return []
    head = [
        "Photos a person",
        "People",
        "Ranks first",
        "Not found (FNIR)",
        "Strangers named (FPIR)",
    ]
    rows = [
        [row["anchors"], f"{row['people']:,}"]
        + [_interval(row[part]) for part in ("rank1", "fnir", "fpir")]
        for row in figures["searches"]
    ]
    return [
        "## Searches in large galleries",
        "",
        f"At a false-match rate of {identification.RATE}, with 95 % intervals: fitted as this model on "
        f"{figures['fitted_on']:,} people of LFW, measured on {figures['measured_on']:,} others in galleries "
        "that hold all these, and drawn people beyond.",
        "",
        *_table(head, rows),
    ]


def _variants(variants: dict) -> list[str]:
    if not variants:
        return []
    rows = [
        [
            name,
            row["mb"],
            row["ms_per_face"],
            f"{row['accuracy']:.4f}",
            f"{row['accuracy_loss']:+.4f}",
            _interval(row["fnmr"]["1e-3"]),
        ]
        for name, row in variants.items()
    ]
    head = ["Form", "MB", "ms a face", "Accuracy", "Loss", "FNMR at FMR 1e-3"]
    return ["## Forms of the tower", "", *_table(head, rows)]


def _files(manifest: dict) -> list[str]:
    rows = [[name, f"`{digest}`"] for name, digest in (manifest.get("files") or {}).items()]
    return ["## Files", "", *_table(["File", "SHA-256"], rows)] if rows else []


def _interval(row: dict) -> str:
    return "{value:.4f} ({low:.4f} to {high:.4f})".format(**row)


def _table(head: list, rows: list[list]) -> list[str]:
    lines = ["| " + " | ".join(map(str, line)) + " |" for line in (head, *rows)]
    return [
        lines[0].replace("|  |", "| |"),
        "| " + " | ".join("---" for _ in head) + " |",
        *lines[1:],
        "",
    ]

"""MODEL_CARD.md, written from a model's manifest."""

FILE = "MODEL_CARD.md"


def write(manifest: dict) -> str:
    """The card as Markdown; what the manifest does not say is left out."""
    lines = [f"# {manifest['name']} {manifest['version']}", ""]
    lines += _facts(manifest)
    lines += _operating_points(manifest.get("operating_points") or {})
    lines += _metrics(manifest.get("metrics") or {}, manifest.get("data") or {})
    lines += _files(manifest)
    lines += [
        "## Use",
        "",
        "Tells whether two photos show the same person. A verdict is a probability, not a proof; error",
        "rates differ between groups of people and kinds of photos. Measure on photos like yours.",
        "",
    ]
    return "\n".join(lines)


def _facts(manifest: dict) -> list[str]:
    encoder = manifest.get("encoder") or {}
    rows = {
        "Tower": manifest.get("tower"),
        "Parameters": f"{manifest['parameters']:,}" if "parameters" in manifest else None,
        "Input": f"{encoder['input_size']} px, alignment {encoder['alignment']}"
        if encoder
        else None,
        "Embedding": encoder.get("embedding_size"),
        "Mirror-averaged": "yes" if encoder.get("mirror") else "no" if encoder else None,
        "Licence": manifest.get("license"),
        "Revision": manifest.get("revision"),
        "Made by": f"`{manifest['reproduce']}`" if manifest.get("reproduce") else None,
        "SHA-256": f"`{manifest['sha256']}`" if "sha256" in manifest else None,
    }
    return [
        "| | |",
        "| --- | --- |",
        *(f"| {k} | {v} |" for k, v in rows.items() if v is not None),
        "",
    ]


def _operating_points(points: dict) -> list[str]:
    if not points:
        return []
    rows = [
        f"| {point['false_match_rate']:g} | {point['threshold']:.4f} | "
        f"{point['band'][0]:.4f} to {point['band'][1]:.4f} |"
        for point in points.values()
    ]
    head = ["| False-match rate | Threshold | No verdict within |", "| --- | --- | --- |"]
    return ["## Operating points", "", *head, *rows, ""]


def _metrics(metrics: dict, data: dict) -> list[str]:
    if not metrics:
        return []
    lines = ["## Measured", ""]
    if data:
        about = (
            f"{data['images']:,} photos of {data['people']:,} people" if "images" in data else ""
        )
        lines += [f"On {data.get('name') or 'unnamed data'}: {about}, people apart.", ""]
    lines += ["| | |", "| --- | --- |"]
    for rate, value in (metrics.get("tmr") or {}).items():
        lines.append(f"| tmr {rate} | {value} |")
    lines += [f"| {key} | {value} |" for key, value in metrics.items() if key != "tmr"]
    return [*lines, ""]


def _files(manifest: dict) -> list[str]:
    rows = [f"| {name} | `{digest}` |" for name, digest in (manifest.get("files") or {}).items()]
    return ["## Files", "", "| File | SHA-256 |", "| --- | --- |", *rows, ""] if rows else []

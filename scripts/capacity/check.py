"""What `check` found, in words."""

from .measured import quantile


def table(checked: dict) -> str:
    """In Markdown."""
    lines = [
        "| Workers | Offered a second | Done a second, predicted | measured | Median, predicted | measured | p95, predicted | measured |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in checked["rows"]:
        real, simulated = row["measured"], row["predicted"]
        lines.append(
            f"| {row['workers']} | {row['offered']:.1f} | {simulated['per_second']:.1f} | {real['per_second']:.1f} "
            f"| {simulated['p50_ms']:.0f} ms | {real['p50_ms']:.0f} ms "
            f"| {simulated['p95_ms']:.0f} ms | {real['p95_ms']:.0f} ms |"
        )
    return "\n".join(lines)


def far_off(checked: dict, figure: str) -> tuple[float, float]:
    """The middle and the largest error of a predicted figure, as a share of the measured one."""
    errors = [
        abs(row["predicted"][figure] / row["measured"][figure] - 1) for row in checked["rows"]
    ]
    return quantile(errors, 0.5), max(errors)

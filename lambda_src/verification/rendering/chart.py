"""The latencies as an inline SVG: one bar for each check, the slowest first."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from lambda_src.verification.rendering.words import SYMBOLS, duration, tone
from lambda_src.verification.verdicts import CheckResult

_BARS: Final = 16
# Pixels. The text stands above its bar, so that the chart also fits a narrow screen.
_ROW: Final = 32
_AXIS: Final = 22


def latency_chart(results: Sequence[CheckResult]) -> str:
    """SVG markup, or a sentence where nothing was measured. Widths are percentages: text keeps its size."""
    measured = sorted(
        ((result.latency_ms, result) for result in results if result.latency_ms is not None),
        key=lambda pair: (-pair[0], pair[1].name),
    )
    if not measured:
        return '<p class="quiet">No latency was measured.</p>'
    shown = measured[:_BARS]
    scale = round_up(shown[0][0])
    height = _ROW * len(shown) + _AXIS
    summary = f"Slowest: {shown[0][1].name} with {duration(shown[0][0])}; {len(measured)} checks measured."
    left_out = len(measured) - len(shown)
    note = f'<p class="quiet">and {left_out} more, faster.</p>' if left_out else ""
    rows = "".join(_bar(index, latency, result, scale) for index, (latency, result) in enumerate(shown))
    return (
        f'<svg class="chart" width="100%" height="{height}" role="img" aria-label="{escape(summary)}">'
        f"{_axis(scale, height)}{rows}</svg>{note}"
    )


def round_up(value: int) -> int:
    """The next 1, 2, 4, 6, 8 or 10 times a power of ten: a scale whose quarters are round. At least 4."""
    magnitude = 1
    while magnitude * 10 < value:
        magnitude *= 10
    return max(next(magnitude * step for step in (1, 2, 4, 6, 8, 10) if magnitude * step >= value), 4)


def _axis(scale: int, height: int) -> str:
    lines = []
    for quarter in range(5):
        # The outermost labels would be cut off if they were centred.
        anchor = {0: "start", 4: "end"}.get(quarter, "middle")
        lines.append(
            f'<line class="grid" x1="{25 * quarter}%" x2="{25 * quarter}%" y1="0" y2="{height - _AXIS + 4}"/>'
            f'<text class="tick" x="{25 * quarter}%" y="{height - 4}" text-anchor="{anchor}">'
            f"{duration(scale * quarter // 4)}</text>"
        )
    return "".join(lines)


def _bar(index: int, latency: int, result: CheckResult, scale: int) -> str:
    top = index * _ROW
    tries = f" · {result.attempts} attempts" if result.attempts > 1 else ""
    return (
        f'<g><title>{escape(result.name)}: {duration(latency)}</title><text x="0" y="{top + 13}">'
        f"{SYMBOLS[result.verdict]} {escape(result.name)}{tries}</text>"
        f'<text class="value" x="100%" y="{top + 13}" text-anchor="end">{duration(latency)}</text>'
        f'<rect class="bar {tone(result.verdict)}" x="0" y="{top + 18}" height="8" rx="2" '
        f'width="{max(100 * latency / scale, 0.4):.2f}%"/></g>'
    )

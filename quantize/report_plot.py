"""A scorecard as a picture: size against distance from the full model, as SVG."""

import math
from dataclasses import dataclass
from html import escape

from quantize.scorecard import Card, Score

WIDTH, HEIGHT = 720, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 30, 50, 60
_LEAST = 1e-6
"""A logarithmic axis has no zero; smaller divergences are drawn here."""
_INSIDE, _OUTSIDE, _LINE = "#0b7a4b", "#b3261e", "#555555"


@dataclass(frozen=True, slots=True)
class _Frame:
    most_mb: float
    low: int
    high: int
    """Powers of ten at the ends of the vertical axis."""

    def x(self, size: int) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * size / 1e6 / self.most_mb

    def y(self, divergence: float) -> float:
        share = (math.log10(max(divergence, _LEAST)) - self.low) / (self.high - self.low)
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * share


def svg(card: Card) -> str:
    """The picture: green points keep every bound, the ringed one is picked."""
    frame = _frame(card)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        ' font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        _text(WIDTH / 2, 24, "Size and distance from the full model", "middle"),
        _text(WIDTH / 2, HEIGHT - 12, "size of the file, MB", "middle"),
        _text(_LEFT, 42, "divergence a token, nats", "start"),
        *_axes(frame),
        *_bound(card, frame),
        *(_point(card, one, frame) for one in card.smaller),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _frame(card: Card) -> _Frame:
    seen = [max(one.divergence, _LEAST) for one in card.smaller]
    seen.append(max(card.bounds.divergence, _LEAST))
    low, high = math.floor(math.log10(min(seen))), math.ceil(math.log10(max(seen)))
    most = max((one.size for one in card.smaller), default=card.full.size) / 1e6
    return _Frame(most * 1.15, low, max(high, low + 1))


def _axes(frame: _Frame) -> list[str]:
    bottom, right = HEIGHT - _BOTTOM, WIDTH - _RIGHT
    parts = [
        f'<path d="M{_LEFT} {_TOP}V{bottom}H{right}" fill="none" stroke="{_LINE}"/>',
    ]
    for power in range(frame.low, frame.high + 1):
        y = frame.y(10.0**power)
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="#dddddd"/>')
        parts.append(_text(_LEFT - 8, y + 4, f"{10.0**power:g}", "end"))
    for step in range(5):
        size = frame.most_mb * step / 4
        parts.append(_text(frame.x(int(size * 1e6)), bottom + 20, f"{size:.4g}", "middle"))
    return parts


def _bound(card: Card, frame: _Frame) -> list[str]:
    y = frame.y(card.bounds.divergence)
    line = f'<path d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}" stroke="{_LINE}" stroke-dasharray="6 4"/>'
    return [line, _text(WIDTH - _RIGHT, y - 5, f"bound {card.bounds.divergence:g}", "end")]


def _point(card: Card, score: Score, frame: _Frame) -> str:
    x, y = frame.x(score.size), frame.y(score.divergence)
    colour = _OUTSIDE if card.broken(score) else _INSIDE
    ring = (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="10" fill="none" stroke="{colour}"/>'
        if card.picked is score
        else ""
    )
    dot = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>'
    return ring + dot + _text(x - 12, y + 4, score.name, "end")


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'

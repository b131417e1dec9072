"""A scorecard as Markdown."""

from quantize.scorecard import Card, Rate, Score

_HEAD = (
    "model",
    "size MB",
    "memory MB",
    "reads tok/s",
    "writes tok/s",
    "perplexity",
    "divergence",
    "worst",
    "same word",
    "right choices",
    "tool calls",
    "gate",
    "within bounds",
)


def markdown(card: Card) -> str:
    """The table, what was picked, and what the columns mean."""
    rows = [_row(card.full, "full model")]
    rows += [_row(one, _verdict(card, one)) for one in card.smaller]
    picked, bounds = card.picked, card.bounds
    choice = (
        f"Picked: **{picked.name}**, the smallest that keeps every bound."
        if picked
        else "None keeps every bound; use the full model, a larger kind, or other bounds."
    )
    return "\n".join(
        [
            "# Smaller models, measured",
            "",
            _line(_HEAD),
            _line(["---"] * len(_HEAD)),
            *map(_line, rows),
            "",
            choice,
            "",
            f"Bounds: divergence {bounds.divergence:g}, perplexity times"
            f" {bounds.perplexity_ratio:g}, right choices lost {bounds.choices_lost:g}, tool calls"
            f" lost {bounds.calls_lost:g}, gate lost {bounds.gate_lost:g}. A column without a"
            " figure was not measured and binds nothing.",
            "",
            "Divergence: mean Kullback-Leibler divergence from the full model a token, in nats."
            " Same word: share of tokens at which both hold the same next one for the likeliest."
            f" Both and perplexity on {card.full.tokens} tokens of a text that was not calibrated"
            f" with. llama-cpp-python {card.engine}.",
            "",
        ]
    )


def _row(score: Score, verdict: str) -> list[str]:
    return [
        score.name,
        f"{score.size / 1e6:.1f}",
        f"{score.memory_mb:.0f}" if score.memory_mb else "",
        f"{score.reads_per_s:.1f}",
        f"{score.writes_per_s:.1f}",
        f"{score.perplexity:.3f}",
        f"{score.divergence:.4f}",
        f"{score.worst_divergence:.3f}",
        f"{score.agreement:.1%}",
        _rate(score.choices),
        _rate(score.calls),
        "" if score.gate is None else f"{score.gate:.1%}",
        verdict,
    ]


def _verdict(card: Card, score: Score) -> str:
    broken = card.broken(score)
    return f"no: {', '.join(broken)}" if broken else "yes"


def _rate(rate: Rate | None) -> str:
    return f"{rate.right}/{rate.asked}" if rate else ""


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

"""Long conversations within a budget: the newest stay whole, older ones become a line each.

A line is made of whole sentences that were said; nothing is put in other words. Folding goes in
steps, so that the beginning of a prompt stays the same for several questions.
"""

import math
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from assistant.messages import Exchange
from assistant.writing.language import Prompt
from assistant.writing.sentences import SentenceSplitter
from assistant.writing.templates import Family, Turn, clean_content

__all__ = ["Budget", "Count", "Exchange", "Window", "budget_for", "budgets", "estimate", "fitting",
           "prompt", "remembered", "window"]  # fmt: skip

Count = Callable[[str], int]
"""Tokens of a text."""

_PIECE = re.compile(r"[A-Za-z]+|\d|\s+|.", re.DOTALL)
_LETTERS_A_TOKEN = 5
_WORD = re.compile(r"[^\W\d_]{4,}")


@dataclass(frozen=True, slots=True)
class Budget:
    """Tokens for the parts of a prompt on one tier of machine; see `conversation.toml`."""

    context: int
    passages: int
    conversation: int
    refill: float
    summary: int
    answer: int


@dataclass(frozen=True, slots=True)
class Window:
    """What of a conversation goes into the next prompt; oldest first."""

    folded: tuple[str, ...]
    """Lines for exchanges that are no longer whole."""
    whole: tuple[Exchange, ...]
    left_out: int = 0
    """Oldest exchanges of which nothing is left."""


@cache
def budgets() -> Mapping[str, Budget]:
    """Budgets by tier, the smallest first."""
    tiers = _tables()["tier"]
    return MappingProxyType({name: Budget(**entry) for name, entry in tiers.items()})


def budget_for(context_length: int) -> Budget:
    """The largest budget whose context a model has; the smallest where it has less than any."""
    fitting = [one for one in budgets().values() if one.context <= context_length]
    return fitting[-1] if fitting else next(iter(budgets().values()))


def estimate(text: str) -> int:
    """About how many tokens a text has, rather too many than too few.

    Words of up to five letters count as one token, longer ones as more; every digit, sign and
    letter of another script counts, and spaces belong to the word that follows them.
    """
    return sum(_tokens(piece) for piece in _PIECE.findall(text))


def fitting(lines: Sequence[str], most: int, count: Count = estimate) -> tuple[str, ...]:
    """The first lines that together have at most so many tokens; none is cut."""
    kept: list[str] = []
    for line in lines:
        most -= count(line)
        if most < 0:
            break
        kept.append(line)
    return tuple(kept)


def window(said: Sequence[Exchange], budget: Budget, count: Count = estimate) -> Window:
    """What of a conversation fits.

    Depends on the exchanges alone, so that the same conversation gives the same window again.

    Args:
        said: All exchanges, oldest first.
        budget: Tokens that whole exchanges and their lines may take.
        count: Tokens of a text.
    """
    first = _first_whole([_cost(one, count) for one in said], budget)
    weights = _weights(said)
    left, lines = budget.summary, list[str]()
    for exchange in reversed(said[:first]):
        line = _line(exchange, weights, left, count)
        if not line:
            break
        left -= count(line)
        lines.append(line)
    return Window(tuple(reversed(lines)), tuple(said[first:]), first - len(lines))


def remembered(said: Sequence[Exchange], context: int) -> Window:
    """What of a conversation a model reads that has so many tokens; made harmless."""
    plain = [Exchange(clean_content(one.question), clean_content(one.answer)) for one in said]
    return window(plain, budget_for(context))


def prompt(family: Family, system: str, known: Window, asked: str) -> Prompt:
    """The prompt of the next question: system text, earlier exchanges, question.

    Args:
        family: Marks of the turns.
        system: The system text, the same for everyone, so that it can be kept.
        known: What of the conversation goes in.
        asked: The question with its passages.
    """
    earlier = _tables()["words"]["earlier"].format(lines="\n".join(known.folded))
    texts = [text for one in known.whole for text in (one.question, one.answer)] + [asked]
    texts[0] = (earlier if known.folded else "") + texts[0]
    turns = [Turn("assistant" if at % 2 else "user", text) for at, text in enumerate(texts)]
    return family.prompt([Turn("system", system), *turns])


def _tokens(piece: str) -> int:
    if piece.isspace():
        return max(0, piece.count("\n") + len(piece) // 8)
    return math.ceil(len(piece) / _LETTERS_A_TOKEN)


def _cost(exchange: Exchange, count: Count) -> int:
    return count(exchange.question) + count(exchange.answer)


def _first_whole(costs: Sequence[int], budget: Budget) -> int:
    """Index of the oldest exchange that stays whole, as it came about question by question."""
    first = held = 0
    for newest, cost in enumerate(costs):
        held += cost
        if held > budget.conversation:
            while first <= newest and _too_much(held, cost, budget):
                held -= costs[first]
                first += 1
    return first


def _too_much(held: int, newest: int, budget: Budget) -> bool:
    """Whether more must go: down to the refill mark, but never the newest where it fits alone."""
    alone = held == newest and newest <= budget.conversation
    return held > budget.conversation * budget.refill and not alone


def _weights(said: Sequence[Exchange]) -> Counter[str]:
    """How often each longer word was said: what is often said is what it is about."""
    words = (text for one in said for text in (one.question, one.answer))
    return Counter(word for text in words for word in _WORD.findall(text.casefold()))


def _line(exchange: Exchange, weights: Counter[str], most: int, count: Count) -> str:
    """One line for an exchange that fits; empty where none does."""
    words = _tables()["words"]
    for question in _ranked(exchange.question, weights):
        for answer in _ranked(exchange.answer, weights):
            line: str = words["line"].format(question=question, answer=answer)
            if count(line) <= most:
                return line
        line = words["unanswered"].format(question=question)
        if count(line) <= most:
            return line
    return ""


def _ranked(text: str, weights: Counter[str]) -> list[str]:
    """Whole sentences of a text, those first that say most of what the conversation is about."""
    splitter = SentenceSplitter()
    plain = clean_content(text).replace('"', "'")
    found = [" ".join(one.split()) for one in (*splitter.feed(plain), *splitter.flush())]

    def weight(sentence: str) -> float:
        words = set(_WORD.findall(sentence.casefold()))
        return sum(weights[word] for word in words) / math.sqrt(len(words) or 1)

    return sorted(filter(None, found), key=weight, reverse=True)


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("conversation.toml").read_text("utf-8"))

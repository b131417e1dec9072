"""What the kiosk shows at one moment. Immutable; the page draws it anew from every view. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from assistant.messages import Answer, Citation, Flag, Sentence, Urgency
from ui.render_text import LEVEL_WORDS, missing_words, reference

Screen = Literal["home", "answer", "read_back", "choose", "no_model", "order"]


@dataclass(frozen=True, slots=True)
class Page:
    """One sentence as it fills the screen."""

    text: str
    source: str = ""
    label: str = ""
    """Heading it stands under, or what kind of line it is."""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Danger:
    """The banner above everything."""

    level: str = "none"
    flags: tuple[Mapping[str, str], ...] = ()
    ask: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as far as it was given."""

    say: str = ""
    items: tuple[tuple[str, str], ...] = ()
    choices: tuple[str, ...] = ()
    asked: str = ""
    """The slot that is asked for."""
    ready: bool = False
    """It was read back, and a yes is waited for."""
    draft: str = ""
    told: str = ""
    """What the check says, in the language of the library; `say` begins with it."""


@dataclass(frozen=True, slots=True)
class View:
    """Everything on the screen that belongs to one patient."""

    state: str = "idle"
    mode: str = "push"
    mic: bool = False
    """Whether sound from the microphone is wanted now."""
    screen: Screen = "home"
    heard_firm: str = ""
    heard_loose: str = ""
    danger: Danger = field(default_factory=Danger)
    pages: tuple[Page, ...] = ()
    place: int = 0
    complete: bool = False
    question: str = ""
    notice: str = ""
    items: tuple[tuple[str, str], ...] = ()
    """Kind and value of what is read back."""
    ask: str = ""
    """The question above a choice or a read-back."""
    choices: tuple[str, ...] = ()
    patient: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    order: OrderView | None = None
    speed: float = 1.0
    volume: int = 100

    @property
    def is_fresh(self) -> bool:
        """Whether nothing of any patient is on it."""
        shown = (self.heard_firm, self.heard_loose, self.pages, self.question, self.items)
        return not any((*shown, self.danger.flags, self.patient, self.order, self.choices))

    def to_json(self) -> dict[str, Any]:
        """What is sent to the page."""
        plain = {name: getattr(self, name) for name in _PLAIN}
        danger = {**asdict_danger(self.danger)}
        order = asdict(self.order) if self.order else None
        pages = [asdict(page) for page in self.pages]
        return {
            **plain, "danger": danger, "pages": pages, "order": order,
            "patient": dict(self.patient), "fresh": self.is_fresh,
        }  # fmt: skip


_PLAIN = (
    "state", "mode", "mic", "screen", "heard_firm", "heard_loose", "place", "complete",
    "question", "notice", "items", "ask", "choices", "speed", "volume",
)  # fmt: skip


def asdict_danger(danger: Danger) -> dict[str, Any]:
    """A banner as it is sent."""
    return {"level": danger.level, "flags": [dict(flag) for flag in danger.flags],
            "ask": list(danger.ask)}  # fmt: skip


def danger_of(urgency: Urgency) -> Danger:
    """The banner for an urgency; nothing below urgent."""
    if urgency.level not in ("emergency", "urgent"):
        return Danger()
    return Danger(urgency.level, tuple(_flag(flag) for flag in urgency.flags), urgency.ask)


def _flag(flag: Flag) -> Mapping[str, str]:
    return {
        "title": flag.title, "evidence": flag.evidence, "action": flag.action,
        "source": flag.source, "level": flag.level,
    }  # fmt: skip


def pages_of(answer: Answer) -> tuple[Page, ...]:
    """An answer as pages: danger first, then sentence by sentence, each with its source."""
    danger = _danger_pages(answer.urgency)
    if answer.abstained:
        return (*danger, Page(answer.reason or "", "", "", "abstained"), *_nearest(answer))
    sentences = tuple(_sentence(one, answer) for one in answer.sentences)
    if not answer.done:
        return (*danger, *sentences)
    notes = tuple(Page(text, "", "", "warning") for text in answer.warnings)
    return (*danger, *sentences, *notes, *_missing(answer))


def _danger_pages(urgency: Urgency) -> tuple[Page, ...]:
    """The fixed action of each danger sign; the same action is said once."""
    if urgency.level not in ("emergency", "urgent"):
        return ()
    first: dict[str, Flag] = {}
    for flag in urgency.flags:
        first.setdefault(flag.action, flag)
    head = LEVEL_WORDS[urgency.level]
    return tuple(
        Page(f"{head}. {flag.title}. {flag.action}", flag.source, "", "danger")
        for flag in first.values()
    )


def _sentence(sentence: Sentence, answer: Answer) -> Page:
    cited = [answer.citations[key] for key in sentence.citations if key in answer.citations]
    lines = dict.fromkeys(_source(one) for one in cited)
    return Page(sentence.text, " | ".join(lines), sentence.label, sentence.kind)


def _source(citation: Citation) -> str:
    return "; ".join(part for part in (citation.title, reference(citation)) if part)


def _nearest(answer: Answer) -> tuple[Page, ...]:
    return tuple(Page(one.quote, _source(one), "", "nearest") for one in answer.nearest)


def _missing(answer: Answer) -> tuple[Page, ...]:
    return tuple(Page(text, "", "", "missing") for text in missing_words(answer))

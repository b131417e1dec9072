"""The chat interface that other programs know. Pure.

The last message of the user is the question; the messages before it are the conversation that it
may lean on. What a client asks of a model (system texts, temperature, tools, ...) changes nothing:
the answer is quotes with their sources, and no message is ever one of them.
"""

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.follow_up.conversation import shortened
from assistant.messages import Answer, Exchange
from kb.text import clean, words
from ui.cli.jsonl import BadRequest
from ui.render_text import LEVEL_WORDS, to_text

MODEL = "aidpost"
SYSTEM = "System texts are not read; they change nothing."
MOST_QUESTIONS = 60
TOO_MANY = (
    f"a conversation has at most {MOST_QUESTIONS} questions, so that no danger sign of it is lost;"
    " begin a new one"
)
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A request of the chat interface, read."""

    asked: Mapping[str, Any]
    """The request that `/api/v1/ask` would get."""
    earlier: tuple[Exchange, ...]
    """What was said before, oldest first, as the client tells it."""
    is_alone: bool
    """Whether the question is to be asked without what was said before."""
    stream: bool
    warnings: tuple[str, ...]
    identity: str
    created: int
    """Seconds since 1970, as the interface wants it."""


def read_chat(request: Mapping[str, Any]) -> ChatRequest:
    """Find the question in a request.

    Raises:
        BadRequest: it has none, or is for another model.
    """
    if request.get("model", MODEL) != MODEL:
        raise BadRequest(f"the only model here is “{MODEL}”")
    messages = request.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequest("`messages` is a list of messages, the last of them the question")
    last = messages[-1]
    if not isinstance(last, dict) or last.get("role") != "user":
        raise BadRequest("the last message is the question, with the role “user”")
    asked = {key: request[key] for key in ("patient", "mode", "careful") if key in request}
    return ChatRequest(
        {"question": _text(last.get("content")), **asked},
        _exchanges(messages[:-1]),
        bool(request.get("alone")),
        bool(request.get("stream")),
        (SYSTEM,) if any(_role(one) in ("system", "developer") for one in messages) else (),
        f"chatcmpl-{secrets.token_hex(12)}",
        int(time.time()),
    )


def completion(text: str, traced: Row, chat: ChatRequest) -> Row:
    """The whole answer as one object."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    return {
        **_head(chat, "chat.completion"),
        "choices": [choice],
        "usage": usage,
        "aidpost": traced,
    }


def pieces(chat: ChatRequest, text: str, traced: Row | None) -> Iterator[Row]:
    """Events for a further text; with the traced object the last ones."""
    head = _head(chat, "chat.completion.chunk")
    if text:
        delta = {"role": "assistant", "content": text}
        yield {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    if traced is not None:
        choice = {"index": 0, "delta": {}, "finish_reason": "stop"}
        yield {**head, "choices": [choice], "aidpost": traced}


def opening(answer: Answer, understood: Sequence[str] = ()) -> tuple[str, ...]:
    """What can be said before an answer is whole: danger signs, then how the question was read."""
    said = tuple(filter(None, (_dangers(answer), "\n".join(understood))))
    return (*said[:1], *(f"\n\n{text}" for text in said[1:]))


def closing(answer: Answer, understood: Sequence[str] = ()) -> str:
    """What is still to be said after the opening."""
    rest = to_text(answer).removeprefix(_dangers(answer))
    return f"\n\n{rest.lstrip()}" if understood else rest


def _dangers(answer: Answer) -> str:
    """How `to_text` begins where there is danger."""
    if answer.urgency.level not in ("emergency", "urgent"):
        return ""
    flags = [f"! {one.title} ({one.evidence}): {one.action}" for one in answer.urgency.flags]
    return "\n".join([LEVEL_WORDS[answer.urgency.level], *flags])


def _exchanges(messages: Sequence[object]) -> tuple[Exchange, ...]:
    """Earlier questions with the answers that followed them.

    Raises:
        BadRequest: there are more than are read.
    """
    found: list[Exchange] = []
    for message in messages:
        said = _words(message)
        if _role(message) == "user" and words(said):
            found.append(Exchange(said))
        elif _role(message) == "assistant" and found:
            answer = f"{found[-1].answer}\n{_told(said)}".strip()
            found[-1] = Exchange(found[-1].question, answer)
    if len(found) > MOST_QUESTIONS:
        raise BadRequest(TOO_MANY)
    return tuple(found)


def _told(content: str) -> str:
    """What an answer told: its lines, without headings, notes and the list of sources."""
    lines = [line[2:] for line in content.splitlines() if line.startswith("- ")]
    return shortened(lines or content.splitlines())


def _role(message: object) -> str:
    return str(message.get("role")) if isinstance(message, dict) else ""


def _words(message: object) -> str:
    """The words of an earlier message; what is not text is left out."""
    content = message.get("content") if isinstance(message, dict) else None
    parts = content if isinstance(content, list) else [{"text": content}]
    texts = [one.get("text") if isinstance(one, dict) else None for one in parts]
    return clean("\n".join(text for text in texts if isinstance(text, str)))


def _head(chat: ChatRequest, kind: str) -> Row:
    return {"id": chat.identity, "object": kind, "created": chat.created, "model": MODEL}


def _text(content: object) -> str:
    """The words of a message, which may come in parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else [None]
    texts = [one.get("text") if isinstance(one, dict) else None for one in parts]
    if not all(isinstance(text, str) for text in texts):
        raise BadRequest("a message is text; pictures and sound are not read here")
    return "\n".join(str(text) for text in texts)

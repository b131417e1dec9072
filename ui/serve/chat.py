"""The chat interface that other programs know, over an assistant that answers one question. Pure.

The last message of the user is the question. What others said before, and what a client asks of a
model (temperature, tools, ...), changes nothing: the answer is quotes with their sources.
"""

import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assistant.messages import Answer
from ui.cli.jsonl import BadRequest
from ui.render_text import LEVEL_WORDS, to_text

MODEL = "aidpost"
EARLIER = "Only the last message is read; the messages before it change nothing."
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A request of the chat interface, read."""

    asked: Mapping[str, Any]
    """The request that `/api/v1/ask` would get."""
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
        bool(request.get("stream")),
        (EARLIER,) if any(_is_said(one) for one in messages[:-1]) else (),
        f"chatcmpl-{secrets.token_hex(12)}",
        int(time.time()),
    )


def completion(answer: Answer, traced: Row, chat: ChatRequest) -> Row:
    """The whole answer as one object."""
    message = {"role": "assistant", "content": to_text(answer)}
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


def opening(answer: Answer) -> str:
    """What can be said before an answer is whole: the danger signs, as `to_text` begins."""
    if answer.urgency.level not in ("emergency", "urgent"):
        return ""
    flags = [f"! {one.title} ({one.evidence}): {one.action}" for one in answer.urgency.flags]
    return "\n".join([LEVEL_WORDS[answer.urgency.level], *flags])


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


def _is_said(message: object) -> bool:
    return isinstance(message, dict) and message.get("role") in ("user", "assistant", "system")

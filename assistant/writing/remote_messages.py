"""Turns a prompt into the messages of the chat interface that model servers share. Pure.

A server marks the turns with the template of its own model. So a prompt for it is built in one
family, whose marks are taken off again here: what stood between them are the messages.
"""

import re
from dataclasses import replace
from functools import cache
from typing import cast

from assistant.writing.language import GenerationLimits, ModelCard, Prompt
from assistant.writing.remote_wishes import wishes
from assistant.writing.templates import Role, Turn, clean_content, families

SPOKEN = "chatml"
"""Family of the prompts that this module reads; its marks name the roles in full."""


def turns_of(prompt: Prompt) -> list[Turn]:
    """The turns of a prompt in the family `SPOKEN`, without the assistant's opening.

    Only marks in segments of this program are read, so no content can open a turn.

    Raises:
        ValueError: the prompt was built for another family.
    """
    turns: list[Turn] = []
    for segment in prompt.segments:
        if segment.special:
            turns += [Turn(cast("Role", role), "") for role in _opening().findall(segment.text)]
        elif not turns:
            raise ValueError("this prompt was built for another family of models")
        else:
            turns[-1] = replace(turns[-1], text=turns[-1].text + segment.text)
    if turns and turns[-1].role == "assistant" and not turns[-1].text:
        turns.pop()
    if not turns:
        raise ValueError("this prompt was built for another family of models")
    return turns


def retold(prompt: Prompt, family: str) -> Prompt:
    """A prompt of the family `SPOKEN` in the marks of another one."""
    return prompt if family == SPOKEN else families()[family].prompt(turns_of(prompt))


def request_of(prompt: Prompt, limits: GenerationLimits, card: ModelCard) -> dict[str, object]:
    """The body of the request that has a server continue a prompt.

    Servers read marks in content as marks, which `clean_content` prevents once more.

    Raises:
        ModelError: there is no form of answer of the name in `limits`.
    """
    return {
        "model": card.name,
        "messages": [
            {"role": turn.role, "content": clean_content(turn.text)}
            for turn in turns_of(prompt)
            if turn.text
        ],
        "stream": True,
        "max_tokens": limits.max_tokens,
        "temperature": limits.temperature,
        "seed": limits.seed,
        **wishes(limits),
    }


@cache
def _opening() -> re.Pattern[str]:
    """What opens the turn of a role, with the role as its group."""
    marks = families()[SPOKEN].marks
    user = re.escape(marks["user"][0].rstrip("\n"))
    return re.compile(user.replace("user", f"({'|'.join(marks)})"))

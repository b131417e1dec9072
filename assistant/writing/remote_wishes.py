"""What is asked of a model server beyond an answer, and how to do with less. Pure.

Servers share one interface and differ in what they know beside it. Each is asked for the form of
the text in the words that it may know; one that refuses a wish is asked again without.
"""

import json
from collections.abc import Mapping

from assistant.writing import llama_grammars
from assistant.writing.language import GenerationLimits

OTHERS = 5
"""How many likely tokens are told beside each chosen one."""
_SCHEMA, _ANY_OBJECT = "json_schema", "json_object"
_STEPS = (
    ("response_format", "grammar", "structured_outputs"),
    ("logprobs", "top_logprobs"),
    ("stream_options", "chat_template_kwargs", "reasoning_effort"),
)
"""Wishes that are given up together, those first that servers refuse most often."""


def wishes(limits: GenerationLimits) -> dict[str, object]:
    """The fields of a request that not every server knows.

    Raises:
        ModelError: there is no form of the name in `limits`.
    """
    told: dict[str, object] = {
        "stream_options": {"include_usage": True},
        # Thoughts cost time and are shown to nobody; where a role wants some, it asks in words.
        "chat_template_kwargs": {"enable_thinking": False},
        "reasoning_effort": "none",
    }
    if limits.chances:
        told |= {"logprobs": True, "top_logprobs": OTHERS}
    return told | _form(limits.grammar)


def milder(body: Mapping[str, object]) -> dict[str, object] | None:
    """The same request with one wish less; None where there is none left to give up."""
    form = body.get("response_format")
    if isinstance(form, dict) and form.get("type") == _SCHEMA:
        schema = form[_SCHEMA]["schema"]
        return {**body, "response_format": {"type": _ANY_OBJECT, "schema": schema}}
    for step in _STEPS:
        if any(name in body for name in step):
            return {name: value for name, value in body.items() if name not in step}
    return None


def _form(name: str) -> dict[str, object]:
    """How a text is held to a shipped form: a JSON schema, or a grammar in two servers' words."""
    if not name:
        return {}
    if llama_grammars.is_schema(name):
        schema = json.loads(llama_grammars.schema(name))
        wrapped = {"name": name, "schema": schema, "strict": True}
        return {"response_format": {"type": _SCHEMA, _SCHEMA: wrapped}}
    grammar = llama_grammars.grammar(name, str)
    return {"grammar": grammar, "structured_outputs": {"grammar": grammar}}

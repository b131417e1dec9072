"""Sets tasks to a model file: choose the right answer, call a tool. Runs in the child process only.

Both read JSON lines from a file of the person who measures; none are shipped.
"""

import json
from pathlib import Path
from typing import Any

from quantize.errors import WorkshopError
from quantize.likelihood import log_probabilities
from quantize.llama_door import schema_grammar
from quantize.llama_engine import Engine
from quantize.scorecard import Rate

LONGEST_CALL = 200
"""Tokens of a tool call at most."""


def rows(path: Path, needed: tuple[str, ...]) -> list[dict[str, Any]]:
    """The objects in a file of JSON lines.

    Raises:
        WorkshopError: a line is not an object with the `needed` keys, or there is none.
    """
    found: list[dict[str, Any]] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise WorkshopError(f"{path} cannot be read.") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise WorkshopError(f"{path.name}, line {number}: not JSON.") from error
        if not isinstance(row, dict) or not all(key in row for key in needed):
            raise WorkshopError(f"{path.name}, line {number}: needs {', '.join(needed)}.")
        found.append(row)
    if not found:
        raise WorkshopError(f"{path.name} holds no lines.")
    return found


def choose(engine: Engine, path: Path, context: int) -> Rate:
    """How often the right choice is the likeliest.

    Lines: `{"question": "...", "options": {"A": "...", "B": "..."}, "answer": "A"}`. The options
    are shown; the likeliest letter after `Answer:` counts.
    """
    right = asked = left_out = 0
    for row in rows(path, ("question", "options", "answer")):
        options = _options(row, path)
        prompt = engine.begin + engine.tokens(_shown(str(row["question"]), options))
        ends = {name: engine.tokens(f" {name}") for name in options}
        if len(prompt) + max(map(len, ends.values())) > context:
            left_out += 1
            continue
        asked += 1
        right += _likeliest(engine, prompt, ends) == row["answer"]
    return Rate(right, asked, left_out)


def call(engine: Engine, path: Path, grammar: Path, context: int) -> Rate:
    """How often a tool call comes out whole: JSON, ended, and the right tool where a line names it.

    Lines: `{"prompt": "..."}` with an optional `"tool"` and an optional `"special": true` for
    prompts that hold control words. The grammar is GBNF or, in a `.json` file, a JSON schema.
    """
    rules = _grammar(grammar)
    right = asked = left_out = 0
    for row in rows(path, ("prompt",)):
        special = bool(row.get("special", False))
        prompt = engine.begin + engine.tokens(str(row["prompt"]), special=special)
        if len(prompt) + LONGEST_CALL > context:
            left_out += 1
            continue
        asked += 1
        right += _well_called(_written(engine, prompt, rules), row.get("tool"))
    return Rate(right, asked, left_out)


def _options(row: dict[str, Any], path: Path) -> dict[str, str]:
    options = row["options"]
    if isinstance(options, list):
        options = {chr(ord("A") + place): text for place, text in enumerate(options)}
    if not isinstance(options, dict) or row["answer"] not in options:
        raise WorkshopError(f"{path.name}: the answer of a question is none of its options.")
    return {str(name): str(text) for name, text in options.items()}


def _shown(question: str, options: dict[str, str]) -> str:
    listed = "\n".join(f"{name}. {text}" for name, text in options.items())
    return f"{question}\n{listed}\nAnswer:"


def _likeliest(engine: Engine, prompt: list[int], ends: dict[str, list[int]]) -> str:
    engine.forget()
    first = log_probabilities(engine.read(prompt))[0]
    sums = {}
    for name, tokens in ends.items():
        sums[name] = float(first[tokens[0]])
        if tokens[1:]:
            found = log_probabilities(engine.read(tokens[:-1], every=True))
            sums[name] += sum(
                float(row[token]) for row, token in zip(found, tokens[1:], strict=True)
            )
            engine.forget(len(prompt))
    return max(sums, key=lambda name: sums[name])


def _grammar(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WorkshopError(f"The grammar {path} cannot be read.") from error
    if not text.strip():
        # The engine takes nothing for a grammar that allows everything.
        raise WorkshopError(f"The grammar {path.name} is empty.")
    return schema_grammar(text) if path.suffix == ".json" else text


def _written(engine: Engine, prompt: list[int], grammar: str) -> str | None:
    """What is written under the grammar; None where it does not come to an end."""
    engine.forget()
    engine.read(prompt)
    data = b""
    with engine.chooser(grammar) as choose_next:
        for _ in range(LONGEST_CALL):
            token = choose_next()
            if engine.ends(token):
                return data.decode("utf-8", "replace")
            data += engine.piece(token)
            engine.read([token])
    return None


def _well_called(text: str | None, tool: object) -> bool:
    if text is None:
        return False
    try:
        # A grammar lets raw line breaks into strings; the app reads them too.
        found = json.loads(text, strict=False)
    except json.JSONDecodeError:
        return False
    return isinstance(found, dict) and (tool is None or found.get("tool") == tool)

"""The door to llama.cpp: the only module that imports `llama_cpp`, and only inside a function.

Not safe for threads, and a damaged file can abort the process, so it runs in a worker process of
its own (`llama_worker`). It uses the C interface and never the wrapper class, which compiles the
template program inside the model file.
"""

import ctypes
import time
from collections.abc import Generator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

from assistant.errors import ModelError, PromptTooLong
from assistant.writing import llama_grammars, llama_sampling
from assistant.writing.language import (
    Cancel,
    Chance,
    Chunk,
    Finish,
    GenerationLimits,
    Prompt,
    TextOut,
)
from assistant.writing.llama_device import BATCH, Room, load
from assistant.writing.llama_memory import Memory
from assistant.writing.llama_prefix import LEAST_TOKENS, Prefixes
from assistant.writing.llama_run import Extras, Run, place, shared_tokens
from assistant.writing.llama_vocabulary import Vocabulary
from assistant.writing.model_file import check_header
from assistant.writing.templates import choose

NOT_INSTALLED = "The part that runs language models is not installed; `make llm` adds it."
NOT_LOADED = "The part that runs language models does not start; `make llm` installs it again."
NO_PICTURES = (
    "The part that shows pictures to language models does not start; `make llm` installs it again."
)

_ABORTED = 2
_BYTES_PER_TOKEN = 32  # no text needs fewer tokens; keeps megabytes out of the tokenizer


def library() -> ModuleType:
    """Import llama.cpp, silenced.

    Raises:
        ModelError: It is not installed or cannot be loaded.
    """
    try:
        from llama_cpp import llama_cpp as lib  # noqa: PLC0415
    except ImportError as error:
        raise ModelError(NOT_INSTALLED) from error
    except (OSError, RuntimeError) as error:
        raise ModelError(NOT_LOADED) from error
    lib.llama_log_set(_silence(), None)
    return lib


def picture_library() -> ModuleType:
    """Import the part of llama.cpp that reads pictures, silenced.

    Raises:
        ModelError: It is not installed or cannot be loaded.
    """
    library()
    try:
        from llama_cpp import mtmd_cpp as lib  # noqa: PLC0415
    except (ImportError, OSError, RuntimeError) as error:
        raise ModelError(NO_PICTURES) from error
    lib.mtmd_helper_log_set(_silence(), None)
    return lib


@cache
def _silence() -> Any:  # noqa: ANN401
    """A log receiver that drops everything; cached, because native code keeps its address."""
    kind = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
    return kind(lambda _level, _text, _data: None)


def convert_schema(schema: str) -> str:
    """A grammar that admits the JSON a schema describes; numbers are not kept in their bounds."""
    from llama_cpp.llama_grammar import json_schema_to_gbnf  # noqa: PLC0415

    text: str = json_schema_to_gbnf(schema)
    return text


class LlamaModel:
    """A loaded model with one context; remembers the last prompt to reuse a common beginning."""

    def __init__(
        self, path: Path, context_length: int, threads: int, extras: Extras | None = None
    ) -> None:
        """Load a model file.

        Raises:
            ModelDamaged: The file is not a model that writes text.
            ModelError: llama.cpp is not installed, or there is not enough memory.
        """
        check_header(path)
        extras = extras or Extras()
        self._lib = lib = library()
        self._loaded = load(lib, path, Room(context_length, threads, extras.gpu_layers))
        self._context = self._loaded.context
        self.context_length = self._loaded.context_length
        self.device = self._loaded.device
        self.vocabulary = Vocabulary(lib, lib.llama_model_get_vocab(self._loaded.model))
        self.family = choose(self.vocabulary.has, self._template())
        self._memory = Memory(lib, self._context)
        self._texts = extras.shared_texts
        self._prefixes = Prefixes(place(extras, self._engine()))

    def chunks(
        self, prompt: Prompt, limits: GenerationLimits, cancelled: Cancel
    ) -> Generator[Chunk, None, None]:
        """Read the prompt and write; see `LanguageModel.chunks`."""
        grammar = llama_grammars.grammar(limits.grammar, convert_schema)
        tokens = self._checked(prompt)
        shared = shared_tokens(prompt, self._texts, self.vocabulary)
        run = Run(limits, cancelled, time.monotonic(), tokens, shared)
        with llama_sampling.sampler(self._lib, self.vocabulary, limits, grammar) as chain:
            finish = self._read(run)
            text = TextOut(prompt.stop)
            if finish is None:
                finish = yield from self._write(run, chain, text, prompt.stop)
        yield Chunk(text.flush(), run.usage(finish))

    def forget(self) -> None:
        """Wipe what is remembered of the last prompt and answer."""
        self._memory.keep(0)

    def close(self) -> None:
        """Free the memory of the model; it cannot be used afterwards."""
        self._loaded.free(self._lib)

    def _write(
        self,
        run: Run,
        chain: Any,  # noqa: ANN401
        text: TextOut,
        stop: tuple[str, ...],
    ) -> Generator[Chunk, None, Finish]:
        enders = self.vocabulary.enders(stop)
        finish: Finish | None = None
        while finish is None:
            token = self._lib.llama_sampler_sample(chain, self._context, -1)
            run.written += 1
            last = self.vocabulary.ends(token) or token in enders
            out = "" if last else text.feed(self.vocabulary.piece(token))
            chances = (self._chance(token),) if run.limits.chances else ()
            if out or chances:
                yield Chunk(out, chances=chances)
            finish = "stop" if last or text.stopped else self._go_on(run, token)
        return finish

    def _chance(self, token: int) -> Chance:
        return llama_sampling.chance(self._lib, self._context, self.vocabulary, token)

    def _checked(self, prompt: Prompt) -> list[int]:
        size = len(prompt.text) // _BYTES_PER_TOKEN
        tokens = [] if size > self.context_length else self.vocabulary.tokens(prompt)
        if not tokens and not size:
            raise ModelError("There is nothing for the language model to read.")
        if (count := max(len(tokens), size)) >= self.context_length:
            raise PromptTooLong(
                f"The question and its passages are too long for this language model: {count} "
                f"tokens or more, and it can read {self.context_length - 1}."
            )
        return tokens

    def _read(self, run: Run) -> Finish | None:
        """Evaluate what is new in the prompt; can be interrupted in the middle of a batch."""
        run.reused = self._remember(run)
        watch = self._lib.ggml_abort_callback(lambda _data: run.over() is not None)
        self._lib.llama_set_abort_callback(self._context, watch, None)
        try:
            finish = self._read_on(run, run.shared)
            if finish is None and run.reused < run.shared and run.shared >= LEAST_TOKENS:
                self._prefixes.put(run.prompt[: run.shared], self._memory.snapshot())
            finish = finish or self._read_on(run, len(run.prompt))
        finally:
            # While writing, the check between tokens is enough; this one costs time at every node.
            self._lib.llama_set_abort_callback(self._context, self._lib.ggml_abort_callback(), None)
        run.read_s = time.monotonic() - run.begin
        return finish

    def _remember(self, run: Run) -> int:
        """Keep what the prompt has in common with the last one, or go back to a kept beginning."""
        same = self._memory.shared(run.prompt)
        beginning = run.prompt[: run.shared]
        if same < run.shared < len(run.prompt) and (state := self._prefixes.get(beginning)):
            if self._memory.restore(beginning, state):
                return run.shared
            self._prefixes.drop(beginning)
            same = 0
        return self._memory.keep(same)

    def _read_on(self, run: Run, end: int) -> Finish | None:
        """Evaluate the prompt up to a token."""
        for at in range(len(self._memory.tokens), end, BATCH):
            if finish := run.over() or self._decode(run.prompt[at : min(end, at + BATCH)], run):
                return finish
        return None

    def _go_on(self, run: Run, token: int) -> Finish | None:
        room = self.context_length - len(self._memory.tokens)
        if run.written >= run.limits.max_tokens or room <= 1:
            return "length"
        return run.over() or self._decode([token], run)

    def _decode(self, tokens: list[int], run: Run) -> Finish | None:
        array = (self._lib.llama_token * len(tokens))(*tokens)
        batch = self._lib.llama_batch_get_one(array, len(tokens))
        code = self._lib.llama_decode(self._context, batch)
        if code == 0:
            self._memory.tokens += tokens
            return None
        if code == _ABORTED:
            return run.over()
        raise ModelError("The language model could not go on with this text.")

    def _engine(self) -> str:
        """Everything beside the model file that the form of a remembered state depends on."""
        system = self._lib.llama_print_system_info().decode("utf-8", "replace")
        built = version("llama-cpp-python")
        return f"{built} {self.device} {self.context_length} {system}"

    def _template(self) -> str:
        """The template text of the file, for `choose` to search."""
        text: bytes | None = self._lib.llama_model_chat_template(self._loaded.model, None)
        return (text or b"").decode("utf-8", "replace")

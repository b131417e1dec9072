"""The door to llama.cpp: the only module that imports `llama_cpp`, and only inside a function.

Not safe for threads, and a damaged file can abort the process, so it runs in a worker process of
its own (`llama_worker`). It uses the C interface and never the wrapper class, which compiles the
template program inside the model file.
"""

import ctypes
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path
from types import ModuleType
from typing import Any

from assistant.errors import ModelError, PromptTooLong
from assistant.writing.language import (
    Cancel,
    Chunk,
    Finish,
    GenerationLimits,
    Prompt,
    TextOut,
    Usage,
)
from assistant.writing.llama_vocabulary import Vocabulary
from assistant.writing.model_file import check_header, damaged
from assistant.writing.templates import choose

NOT_INSTALLED = "The part that runs language models is not installed; `make llm` adds it."
NOT_LOADED = "The part that runs language models does not start; `make llm` installs it again."

_BATCH = 512
_ABORTED = 2
_BYTES_PER_TOKEN = 32  # no text needs fewer tokens; keeps megabytes out of the tokenizer
_TOP_K, _TOP_P, _MIN_P = 40, 0.95, 0.05


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


@cache
def _silence() -> Any:  # noqa: ANN401
    """A log receiver that drops everything; cached, because native code keeps its address."""
    kind = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
    return kind(lambda _level, _text, _data: None)


@dataclass(slots=True)
class _Run:
    """One answer in the making."""

    limits: GenerationLimits
    cancelled: Cancel
    begin: float
    prompt: list[int]
    reused: int = 0
    read_s: float = 0.0
    written: int = 0

    def over(self) -> Finish | None:
        """The outer reason to end now, if there is one."""
        if self.cancelled.is_set():
            return "cancelled"
        late = time.monotonic() > self.begin + self.limits.time_limit_s
        return "time" if late else None

    def usage(self, finish: Finish) -> Usage:
        spent = time.monotonic() - self.begin
        read = self.read_s or spent
        return Usage(len(self.prompt), self.reused, self.written, read, spent - read, finish)


class LlamaModel:
    """A loaded model with one context; remembers the last prompt to reuse a common beginning."""

    def __init__(self, path: Path, context_length: int, threads: int) -> None:
        """Load a model file.

        Raises:
            ModelDamaged: The file is not a model that writes text.
            ModelError: llama.cpp is not installed, or there is not enough memory.
        """
        check_header(path)
        self._lib = lib = library()
        self._model = lib.llama_model_load_from_file(bytes(path), _model_params(lib))
        if not self._model:
            raise damaged(path, "it is damaged or of a kind this program does not know")
        vocab = lib.llama_model_get_vocab(self._model)
        if not lib.llama_model_has_decoder(self._model) or not lib.llama_vocab_n_tokens(vocab):
            raise damaged(path, "it is not a model that writes text")
        trained = lib.llama_model_n_ctx_train(self._model)
        self.context_length = min(context_length, trained) if trained > 0 else context_length
        self._context = lib.llama_init_from_model(
            self._model, _context_params(lib, self.context_length, threads)
        )
        if not self._context:
            raise ModelError("There is not enough memory for this language model.")
        self.vocabulary = Vocabulary(lib, vocab)
        self.family = choose(self.vocabulary.has, self._template())
        self._past: list[int] = []

    def chunks(
        self, prompt: Prompt, limits: GenerationLimits, cancelled: Cancel
    ) -> Generator[Chunk, None, None]:
        """Read the prompt and write; see `LanguageModel.chunks`."""
        run = _Run(limits, cancelled, time.monotonic(), self._checked(prompt))
        finish = self._read(run)
        text = TextOut(prompt.stop)
        enders = self.vocabulary.enders(prompt.stop)
        with self._sampler(limits) as sampler:
            while finish is None:
                token = self._lib.llama_sampler_sample(sampler, self._context, -1)
                run.written += 1
                if self.vocabulary.ends(token) or token in enders:
                    finish = "stop"
                elif out := text.feed(self.vocabulary.piece(token)):
                    yield Chunk(out)
                finish = finish or ("stop" if text.stopped else self._go_on(run, token))
        yield Chunk(text.flush(), run.usage(finish))

    def forget(self) -> None:
        """Wipe what is remembered of the last prompt and answer."""
        self._keep(0)

    def close(self) -> None:
        """Free the memory of the model; it cannot be used afterwards."""
        self._lib.llama_free(self._context)
        self._lib.llama_model_free(self._model)

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

    def _read(self, run: _Run) -> Finish | None:
        """Evaluate what is new in the prompt; can be interrupted in the middle of a batch."""
        pairs = zip(self._past, run.prompt[:-1], strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        run.reused = self._keep(same)
        watch = self._lib.ggml_abort_callback(lambda _data: run.over() is not None)
        self._lib.llama_set_abort_callback(self._context, watch, None)
        try:
            for at in range(run.reused, len(run.prompt), _BATCH):
                if finish := run.over() or self._decode(run.prompt[at : at + _BATCH], run):
                    return finish
        finally:
            # While writing, the check between tokens is enough; this one costs time at every node.
            self._lib.llama_set_abort_callback(self._context, self._lib.ggml_abort_callback(), None)
        run.read_s = time.monotonic() - run.begin
        return None

    def _go_on(self, run: _Run, token: int) -> Finish | None:
        if run.written >= run.limits.max_tokens or len(self._past) + 1 >= self.context_length:
            return "length"
        return run.over() or self._decode([token], run)

    def _decode(self, tokens: list[int], run: _Run) -> Finish | None:
        array = (self._lib.llama_token * len(tokens))(*tokens)
        batch = self._lib.llama_batch_get_one(array, len(tokens))
        code = self._lib.llama_decode(self._context, batch)
        if code == 0:
            self._past += tokens
            return None
        if code == _ABORTED:
            return run.over()
        raise ModelError("The language model could not go on with this text.")

    def _keep(self, count: int) -> int:
        """Forget all but the first tokens, or everything where that is not possible."""
        memory = self._lib.llama_get_memory(self._context)
        if count == 0 or not self._lib.llama_memory_seq_rm(memory, 0, count, -1):
            self._lib.llama_memory_clear(memory, True)  # noqa: FBT003
            count = 0
        del self._past[count:]
        return count

    @contextmanager
    def _sampler(self, limits: GenerationLimits) -> Iterator[Any]:
        lib = self._lib
        chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        for step in _steps(lib, limits):
            lib.llama_sampler_chain_add(chain, step)
        try:
            yield chain
        finally:
            lib.llama_sampler_free(chain)

    def _template(self) -> str:
        """The template text of the file, for `choose` to search."""
        text: bytes | None = self._lib.llama_model_chat_template(self._model, None)
        return (text or b"").decode("utf-8", "replace")


def _model_params(lib: ModuleType) -> Any:  # noqa: ANN401
    params = lib.llama_model_default_params()
    params.n_gpu_layers = 0
    # Without repacked copies of the weights the model takes a third less memory at the same speed.
    params.use_extra_bufts = False
    return params


def _context_params(lib: ModuleType, context_length: int, threads: int) -> Any:  # noqa: ANN401
    params = lib.llama_context_default_params()
    params.n_ctx = context_length
    params.n_batch = params.n_ubatch = min(_BATCH, context_length)
    params.n_threads = params.n_threads_batch = threads
    return params


def _steps(lib: ModuleType, limits: GenerationLimits) -> list[Any]:
    """What a token goes through to be chosen; the chain frees these."""
    if limits.temperature <= 0.0:
        return [lib.llama_sampler_init_greedy()]
    return [
        lib.llama_sampler_init_top_k(_TOP_K),
        lib.llama_sampler_init_top_p(_TOP_P, 1),
        lib.llama_sampler_init_min_p(_MIN_P, 1),
        lib.llama_sampler_init_temp(limits.temperature),
        lib.llama_sampler_init_dist(limits.seed),
    ]

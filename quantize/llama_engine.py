"""A model that is read, not talked to: the scores of the next token after every token of a text.

Computes on the processor only, so that a recipe gives the same figures again.
"""

import ctypes
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quantize.errors import WorkshopError
from quantize.llama_door import library
from quantize.native_tensors import Collector

Floats = NDArray[np.float32]
BATCH = 512


class Engine:
    """A loaded model that reads tokens and says how likely each next one is."""

    def __init__(
        self, path: Path, context: int, threads: int, collector: Collector | None = None
    ) -> None:
        """Load a file.

        Args:
            path: a GGUF file.
            context: most tokens that are read together.
            threads: threads to use.
            collector: sees every step of the computation.

        Raises:
            WorkshopError: the file cannot be loaded.
        """
        self._lib = lib = library()
        params = lib.llama_model_default_params()
        params.n_gpu_layers = 0
        params.use_extra_bufts = False
        self._model = lib.llama_model_load_from_file(bytes(path), params)
        if not self._model or not lib.llama_model_has_decoder(self._model):
            raise WorkshopError(f"{path.name} cannot be loaded as a model that writes text.")
        settings = lib.llama_context_default_params()
        settings.n_ctx = context
        settings.n_batch = settings.n_ubatch = min(BATCH, context)
        settings.n_threads = settings.n_threads_batch = threads
        settings.offload_kqv = settings.op_offload = False
        if collector is not None:
            # The native side keeps the address, so it must stay alive as long as the context.
            self._watch = lib.ggml_backend_sched_eval_callback(collector.watch)
            settings.cb_eval = self._watch
        self.context = lib.llama_init_from_model(self._model, settings)
        if not self.context:
            raise WorkshopError(f"There is not enough memory to measure {path.name}.")
        self.vocabulary = lib.llama_model_get_vocab(self._model)
        self.words = int(lib.llama_vocab_n_tokens(self.vocabulary))
        self.begin = self._begin()
        self._read = 0

    def tokens(self, text: str, *, special: bool = False) -> list[int]:
        """A text as tokens; control words in it count as such only where `special` says so."""
        data = text.encode()
        room = (self._lib.llama_token * (len(data) + 16))()
        words, begin = self.vocabulary, False
        count = self._lib.llama_tokenize(words, data, len(data), room, len(room), begin, special)
        if count < 0:
            raise WorkshopError("The text cannot be cut into tokens.")
        return list(room[:count])

    def piece(self, token: int) -> bytes:
        """The bytes of a token; none for control words."""
        room = ctypes.create_string_buffer(512)
        control = False
        size = self._lib.llama_token_to_piece(self.vocabulary, token, room, 512, 0, control)
        return room.raw[: max(size, 0)]

    def ends(self, token: int) -> bool:
        """Whether a token ends what is written."""
        return bool(self._lib.llama_vocab_is_eog(self.vocabulary, token))

    def forget(self, kept: int = 0) -> None:
        """Forget what was read after the first `kept` tokens."""
        memory = self._lib.llama_get_memory(self.context)
        self._lib.llama_memory_seq_rm(memory, 0, kept, -1)
        self._read = kept

    def read(self, tokens: Sequence[int], *, every: bool = False) -> Floats:
        """Read on; the scores of the next token after the last, or after `every` one, in rows.

        Raises:
            WorkshopError: there is no room, or the model cannot go on.
        """
        parts: list[Floats] = []
        for at in range(0, len(tokens), BATCH):
            part = tokens[at : at + BATCH]
            last = at + BATCH >= len(tokens)
            parts.append(self._step(part, every=every, last=last))
        return np.concatenate(parts)

    @contextmanager
    def chooser(self, grammar: str) -> Iterator[Callable[[], int]]:
        """Gives the likeliest next token that keeps to a grammar, one a call.

        Raises:
            WorkshopError: the grammar is not one.
        """
        lib = self._lib
        step = lib.llama_sampler_init_grammar(self.vocabulary, grammar.encode(), b"root")
        # A chain that holds nothing in the place of a grammar takes the process down.
        if not step:
            raise WorkshopError("The grammar for tool calls cannot be read.")
        chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        lib.llama_sampler_chain_add(chain, step)
        lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_greedy())
        try:
            yield lambda: int(lib.llama_sampler_sample(chain, self.context, -1))
        finally:
            lib.llama_sampler_free(chain)

    def close(self) -> None:
        """Free the memory; the engine cannot be used afterwards."""
        self._lib.llama_free(self.context)
        self._lib.llama_model_free(self._model)

    def _begin(self) -> list[int]:
        if not self._lib.llama_vocab_get_add_bos(self.vocabulary):
            return []
        return [int(self._lib.llama_vocab_bos(self.vocabulary))]

    def _step(self, tokens: Sequence[int], *, every: bool, last: bool) -> Floats:
        size = len(tokens)
        batch = self._lib.llama_batch_init(size, 0, 1)
        try:
            batch.n_tokens = size
            for place, token in enumerate(tokens):
                batch.token[place], batch.pos[place] = token, self._read + place
                batch.n_seq_id[place], batch.seq_id[place][0] = 1, 0
                batch.logits[place] = every or (last and place == size - 1)
            if self._lib.llama_decode(self.context, batch) != 0:
                raise WorkshopError("The text is too long for the context, or memory ran out.")
        finally:
            self._lib.llama_batch_free(batch)
        self._read += size
        rows = size if every else int(last)
        if not rows:
            return np.empty((0, self.words), np.float32)
        scores = self._lib.llama_get_logits(self.context)
        return np.ctypeslib.as_array(scores, (rows, self.words)).copy()

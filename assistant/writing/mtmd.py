"""A language model that sees: one picture and a prompt in, text out.

Text is read by the vocabulary of the model and never by the reader of pictures, so nothing that a
person or a document wrote can stand for a picture or end one. What was made of a picture is kept
for one thing only, the next question about the same picture; another one, or `forget`, wipes it.
"""

import hashlib
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import ModelError, PromptTooLong
from assistant.writing import llama_grammars, llama_sampling
from assistant.writing.language import Cancel, Chunk, Finish, GenerationLimits, Prompt, TextOut
from assistant.writing.llama import LlamaModel, convert_schema
from assistant.writing.llama_device import BATCH
from assistant.writing.llama_run import Extras, Run
from assistant.writing.mtmd_picture import Picture, Scene
from assistant.writing.mtmd_projector import Part, Projector

TOO_LONG = (
    "The picture and the question are too long for this language model: {count} tokens, and it can"
    " read {most}."
)
_ABORTED = 2
_SEEN = -1  # stands for a piece of a picture in the list of what the context holds; no token has it


@dataclass(frozen=True, slots=True)
class _Held:
    """A picture that the context holds, and the place after it."""

    before: tuple[int, ...]
    digest: bytes
    tokens: int
    ahead: int


class SeeingLlama(LlamaModel):
    """A loaded model with its projector. Not safe for threads; runs in a worker of its own."""

    def __init__(
        self, path: Path, projector: Path, context_length: int, threads: int, gpu_layers: int = -1
    ) -> None:
        """Load a model file and its projector.

        Raises:
            ModelDamaged: A file is not what it should be.
            ModelError: They do not belong together, or there is not enough memory.
        """
        super().__init__(path, context_length, threads, Extras(gpu_layers=gpu_layers))
        self._ahead = 0
        self._held: _Held | None = None
        try:
            self._projector = Projector(projector, self._loaded, threads)
        except ModelError:
            super().close()
            raise

    def look(
        self, scene: Scene, limits: GenerationLimits, cancelled: Cancel
    ) -> Generator[Chunk, None, None]:
        """Look at a picture, read the prompt around it and write; see `LanguageModel.chunks`."""
        begin = time.monotonic()
        grammar = llama_grammars.grammar(limits.grammar, convert_schema)
        with self._projector.parts(scene.picture) as parts:
            before, after = self._around(scene)
            run = Run(limits, cancelled, begin, self._checked_whole(before, parts, after), 0)
            with llama_sampling.sampler(self._lib, self.vocabulary, limits, grammar) as chain:
                text = TextOut(scene.prompt.stop)
                run.reused = self._back_to(before, scene.picture) if after else self._start()
                try:
                    finish = self._read_all(run, (before, parts, after), scene.picture)
                    if finish is None:
                        finish = yield from self._write(run, chain, text, scene.prompt.stop)
                finally:
                    if self._held is None:
                        self.forget()
        yield Chunk(text.flush(), run.usage(finish))

    def forget(self) -> None:
        """Wipe what is remembered of the last prompt, picture and answer."""
        super().forget()
        self._ahead = 0
        self._held = None

    def close(self) -> None:
        """Free the memory of the model and its projector; it cannot be used afterwards."""
        self._projector.close()
        super().close()

    def _around(self, scene: Scene) -> tuple[list[int], list[int]]:
        """The tokens before and after the picture; only the first begin a text."""
        self._checked(scene.prompt)
        before = self.vocabulary.tokens(scene.before)
        after = self.vocabulary.tokens(scene.after)
        begins = len(self.vocabulary.tokens(Prompt(())))
        return before, after[begins:]

    def _checked_whole(
        self, before: list[int], parts: tuple[Part, ...], after: list[int]
    ) -> list[int]:
        """Everything that will be read, where the model has room for it."""
        seen = sum(part.count for part in parts)
        whole = [*before, *[_SEEN] * seen, *after]
        if len(whole) >= self.context_length:
            raise PromptTooLong(TOO_LONG.format(count=len(whole), most=self.context_length - 1))
        return whole

    def _start(self) -> int:
        """Begin with nothing."""
        self.forget()
        return 0

    def _back_to(self, before: list[int], picture: Picture) -> int:
        """Go back to the place after a picture that was read already; 0 where it was not."""
        held, lib = self._held, self._lib
        if held is None or (held.before, held.digest) != (tuple(before), _digest(picture)):
            return self._start()
        memory = lib.llama_get_memory(self._context)
        # Where the engine drops what lies far back, there is no way back over it.
        whole = lib.llama_memory_seq_pos_min(memory, 0) == 0
        if not whole or not lib.llama_memory_seq_rm(memory, 0, held.tokens + held.ahead, -1):
            return self._start()
        del self._memory.tokens[held.tokens :]
        self._ahead = held.ahead
        return held.tokens

    def _remember(self, run: Run) -> int:
        self.forget()
        return super()._remember(run)

    def _read_all(
        self, run: Run, steps: tuple[list[int], tuple[Part, ...], list[int]], picture: Picture
    ) -> Finish | None:
        """Read what is new of text and picture; can be interrupted in the middle of either."""
        before, parts, after = steps
        watch = self._lib.ggml_abort_callback(lambda _data: run.over() is not None)
        self._lib.llama_set_abort_callback(self._context, watch, None)
        try:
            if not run.reused:
                if finish := self._say(before, run) or self._see_all(parts, run):
                    return finish
                place = len(self._memory.tokens), self._ahead
                self._held = _Held(tuple(before), _digest(picture), *place)
            return self._say(after, run)
        finally:
            self._lib.llama_set_abort_callback(self._context, self._lib.ggml_abort_callback(), None)
            run.read_s = time.monotonic() - run.begin

    def _see_all(self, parts: tuple[Part, ...], run: Run) -> Finish | None:
        for part in parts:
            if finish := self._see(part, run):
                return finish
        return None

    def _say(self, tokens: list[int], run: Run) -> Finish | None:
        for at in range(0, len(tokens), BATCH):
            if finish := run.over() or self._decode(tokens[at : at + BATCH], run):
                return finish
        return None

    def _see(self, part: Part, run: Run) -> Finish | None:
        if part.native is None:
            return self._say(list(part.tokens), run)
        self._projector.encode(part, lambda: run.over() is not None)
        # What was encoded is worth nothing if the encoder was stopped on its way.
        if finish := run.over():
            return finish
        if not self._projector.read(part, self._context, self._position):
            return run.over() or "time"
        self._memory.tokens += [_SEEN] * part.count
        self._ahead += part.steps - part.count
        return None

    @property
    def _position(self) -> int:
        """Position of the next token; not the number of those before it, as pictures take fewer."""
        return len(self._memory.tokens) + self._ahead

    def _decode(self, tokens: list[int], run: Run) -> Finish | None:
        lib, at = self._lib, self._position
        array = (lib.llama_token * len(tokens))(*tokens)
        batch = lib.llama_batch_get_one(array, len(tokens))
        batch.pos = (lib.llama_pos * len(tokens))(*range(at, at + len(tokens)))
        code = lib.llama_decode(self._context, batch)
        if code == 0:
            self._memory.tokens += tokens
            return None
        if code == _ABORTED:
            return run.over()
        raise ModelError("The language model could not go on with this picture.")


def _digest(picture: Picture) -> bytes:
    """Tells pictures apart."""
    size = f"{picture.width}x{picture.height}:".encode()
    return hashlib.sha256(size + picture.data).digest()

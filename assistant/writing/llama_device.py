"""Loads weights and context: on a graphics card where the engine can use one, else in memory.

Whether it can is fixed when the engine is built (CUDA, Metal, Vulkan); nothing here asks which.
"""

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from assistant.errors import ModelError
from assistant.writing.model_file import damaged

BATCH = 512
NO_MEMORY = "There is not enough memory for this language model."

Device = Literal["cpu", "gpu"]


@dataclass(frozen=True, slots=True)
class Room:
    """What a model may take."""

    context_length: int
    threads: int
    gpu_layers: int = -1
    """-1 for all."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model and its context, as the engine knows them."""

    model: Any
    context: Any
    context_length: int
    device: Device

    def free(self, lib: ModuleType) -> None:
        """Give the memory back."""
        lib.llama_free(self.context)
        lib.llama_model_free(self.model)


def load(lib: ModuleType, path: Path, room: Room) -> Loaded:
    """Load a model file; what does not fit on the graphics card is loaded for the processor.

    Raises:
        ModelDamaged: The file is not a model that writes text.
        ModelError: There is not enough memory.
    """
    if room.gpu_layers != 0 and lib.llama_supports_gpu_offload():
        try:
            return _load(lib, path, room, "gpu")
        except ModelError:
            # Too little memory on the card and a damaged file look the same; what follows tells.
            return _load(lib, path, room, "cpu")
    return _load(lib, path, room, "cpu")


def _load(lib: ModuleType, path: Path, room: Room, device: Device) -> Loaded:
    params = lib.llama_model_default_params()
    params.n_gpu_layers = room.gpu_layers if device == "gpu" else 0
    # Without repacked copies of the weights the model takes a third less memory at the same speed.
    params.use_extra_bufts = False
    model = lib.llama_model_load_from_file(bytes(path), params)
    if not model:
        raise damaged(path, "it is damaged or of a kind this program does not know")
    vocab = lib.llama_model_get_vocab(model)
    if not lib.llama_model_has_decoder(model) or not lib.llama_vocab_n_tokens(vocab):
        lib.llama_model_free(model)
        raise damaged(path, "it is not a model that writes text")
    trained = lib.llama_model_n_ctx_train(model)
    length = min(room.context_length, trained) if trained > 0 else room.context_length
    context = lib.llama_init_from_model(model, _context_params(lib, length, room.threads, device))
    if not context:
        lib.llama_model_free(model)
        raise ModelError(NO_MEMORY)
    return Loaded(model, context, length, device)


def _context_params(lib: ModuleType, context_length: int, threads: int, device: Device) -> Any:  # noqa: ANN401
    params = lib.llama_context_default_params()
    params.n_ctx = context_length
    params.n_batch = params.n_ubatch = min(BATCH, context_length)
    params.n_threads = params.n_threads_batch = threads
    params.offload_kqv = params.op_offload = device == "gpu"
    return params

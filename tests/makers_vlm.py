"""Makes tiny projectors as GGUF files, and tiny models that go with them, in well under a second.

Two kinds of projector: that of Gemma 3 (one size of picture, read by attention in both directions)
and that of Qwen2-VL (any size of picture, positions in two dimensions). Their weights are random:
a picture means nothing to them, but every picture gives something of its own.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import gguf
import numpy as np

from tests.makers_gguf import CONTROL, Recipe, model_file

MARKS = {
    "gemma3": ("<start_of_image>", "<end_of_image>"),
    "qwen2vl_merger": ("<|vision_start|>", "<|vision_end|>"),
}
"""Kind of projector -> what stands before and after a picture."""
TOKENS = 4
"""Tokens of a picture with the projector of the Gemma kind: four by four patches, merged in twos."""
_FAMILIES = ("<start_of_turn>", "<end_of_turn>")


@dataclass(frozen=True)
class Glass:
    """Which projector to make."""

    kind: str = "gemma3"
    into: int = 64
    """Width of the language model that it goes with."""
    width: int = 32
    layers: int = 2
    heads: int = 4
    image: int = 56
    patch: int = 14
    sees: bool = True
    """Whether the file says that it can read pictures."""
    seed: int = 3


def seeing_model(kind: str = "gemma3", **changes: Any) -> Path:
    """A model whose vocabulary has the marks around a picture; its weights are random.

    Args:
        kind: of the projector that it goes with.
        changes: of its recipe.
    """
    recipe = Recipe(control=(*CONTROL, *_FAMILIES, *MARKS[kind]), **changes)
    return model_file(recipe) if kind == "gemma3" else _qwen(recipe)


@cache
def projector_file(glass: Glass = Glass()) -> Path:
    """The file of a projector, made once per run of the tests."""
    beside = model_file()
    return make_projector(beside.with_name(f"mmproj-{abs(hash(glass))}.gguf"), glass)


def make_projector(path: Path, glass: Glass) -> Path:
    """Write the projector of a recipe."""
    writer = gguf.GGUFWriter(str(path), "clip")
    writer.add_name("tiny")
    writer.add_bool("clip.has_vision_encoder", glass.sees)
    writer.add_string("clip.projector_type", glass.kind)
    writer.add_bool("clip.use_gelu", True)
    numbers = {
        "embedding_length": glass.width,
        "feed_forward_length": 2 * glass.width,
        "block_count": glass.layers,
        "projection_dim": glass.into,
        "attention.head_count": glass.heads,
        "image_size": glass.image,
        "patch_size": glass.patch,
        "projector.scale_factor": 2,
    }
    for key, number in numbers.items():
        writer.add_uint32(f"clip.vision.{key}", number)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-6)
    writer.add_array("clip.vision.image_mean", [0.5, 0.5, 0.5])
    writer.add_array("clip.vision.image_std", [0.5, 0.5, 0.5])
    for name, weights in _weights(glass).items():
        writer.add_tensor(name, weights.astype(np.float32))
    _finish(writer)
    return path


def _weights(glass: Glass) -> dict[str, np.ndarray]:
    chance = np.random.default_rng(glass.seed)

    def some(*shape: int) -> np.ndarray:
        return chance.normal(0, 0.3, shape)

    width, patch = glass.width, (glass.width, 3, glass.patch, glass.patch)
    found = {"v.patch_embd.weight": some(*patch)}
    for layer in range(glass.layers):
        block = f"v.blk.{layer}."
        for part in ("attn_q", "attn_k", "attn_v", "attn_out"):
            found[f"{block}{part}.weight"], found[f"{block}{part}.bias"] = (
                some(width, width),
                some(width),
            )
        for part in ("ln1", "ln2"):
            found[f"{block}{part}.weight"], found[f"{block}{part}.bias"] = (
                np.ones(width),
                some(width),
            )
        found[f"{block}ffn_up.weight"], found[f"{block}ffn_up.bias"] = (
            some(2 * width, width),
            some(2 * width),
        )
        found[f"{block}ffn_down.weight"], found[f"{block}ffn_down.bias"] = (
            some(width, 2 * width),
            some(width),
        )
    found["v.post_ln.weight"], found["v.post_ln.bias"] = np.ones(width), some(width)
    if glass.kind == "gemma3":
        patches = (glass.image // glass.patch) ** 2
        found |= {
            "v.patch_embd.bias": some(width),
            "v.position_embd.weight": some(patches, width),
            "mm.input_projection.weight": some(width, glass.into),
            "mm.soft_emb_norm.weight": np.ones(width),
        }
    else:
        found |= {
            "v.patch_embd.weight.1": some(*patch),
            "mm.0.weight": some(4 * width, 4 * width),
            "mm.0.bias": some(4 * width),
            "mm.2.weight": some(glass.into, 4 * width),
            "mm.2.bias": some(glass.into),
        }
    return found


@cache
def _qwen(recipe: Recipe) -> Path:
    """The model of a recipe with positions in two dimensions, as the Qwen2-VL family has them."""
    source = model_file(recipe)
    reader = gguf.GGUFReader(str(source))
    path = source.with_name(f"qwen-{source.name}")
    writer = gguf.GGUFWriter(str(path), "qwen2vl")
    head = recipe.width // recipe.heads
    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name == "general.architecture":
            continue
        kind = field.types[0]
        sub = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(name.replace("llama.", "qwen2vl."), field.contents(), kind, sub)
    writer.add_array("qwen2vl.rope.dimension_sections", [head // 4, head // 8, head // 8, 0])
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, np.array(tensor.data))
    for layer in range(recipe.layers):
        for part in ("attn_q", "attn_k", "attn_v"):
            writer.add_tensor(f"blk.{layer}.{part}.bias", np.zeros(recipe.width, np.float32))
    _finish(writer)
    return path


def _finish(writer: gguf.GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()

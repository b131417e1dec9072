"""Makes tiny Llama models as GGUF files, in well under a second each.

Two kinds: `Recipe()` has random weights and babbles; `Recipe(says=words("..."))` has weights that
say exactly this text after any prompt, so that a real engine can be tested word for word. How: all
blocks add nothing, so what follows depends on the last token alone; every token of the text has an
axis of its own, and the output row of its successor lies on that axis.
"""

import os
import re
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import gguf
import numpy as np

CONTROL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "</s>", "[INST]", "<|reserved|>")
END = b"<|im_end|>"
MALICIOUS = (
    "{% for m in messages %}<|im_start|>{{ m.content }}{% endfor %}"
    "{{ ''.__class__.__mro__[1].__subclasses__() }}{{ 1/0 }}{% raise %}"
)
_MERGES = ("t h", "th e", "i n", "e r", "a n", "an d", "Ġ th", "Ġth e", "Ġ a", "o n", "g i", "v e")
_TYPE_NORMAL, _TYPE_UNKNOWN, _TYPE_CONTROL, _TYPE_USER, _TYPE_BYTE = 1, 2, 3, 4, 6


@dataclass(frozen=True)
class Recipe:
    """What to make."""

    says: tuple[bytes, ...] = ()
    """Tokens to say, all different; a control token's name stands for that token."""
    repeats: bool = False
    """Say it again and again instead of ending."""
    control: tuple[str, ...] = CONTROL
    user_defined: tuple[str, ...] = ()
    spaced: bool = False
    """A vocabulary of the SentencePiece kind, which puts a space before a text."""
    template: str = ""
    """Chat template of the file, a program that must never run."""
    context_length: int = 1024
    layers: int = 2
    width: int = 64
    heads: int = 4
    seed: int = 1


def words(text: str) -> tuple[bytes, ...]:
    """A text word by word, some joined so that all differ."""
    return _distinct([word.encode() for word in re.findall(r"\s*\S+|\s+$", text)])


def byte_pieces(text: str, size: int) -> tuple[bytes, ...]:
    """A text in runs of bytes, which cut characters in half."""
    data = text.encode()
    return _distinct([data[at : at + size] for at in range(0, len(data), size)])


@cache
def model_file(recipe: Recipe = Recipe()) -> Path:
    """The file of a recipe, made once per run of the tests."""
    return make(_folder() / f"tiny-{len(list(_folder().iterdir()))}.gguf", recipe)


def make(path: Path, recipe: Recipe) -> Path:
    """Write the model file of a recipe."""
    tokens, types = _vocabulary(recipe)
    width = max(recipe.width, -(-(len(recipe.says) + 1) // 64) * 64)
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_name("tiny")
    writer.add_context_length(recipe.context_length)
    writer.add_embedding_length(width)
    writer.add_block_count(recipe.layers)
    writer.add_feed_forward_length(width)
    writer.add_head_count(recipe.heads)
    writer.add_head_count_kv(recipe.heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // recipe.heads)
    _write_vocabulary(writer, recipe, tokens, types)
    if recipe.template:
        writer.add_chat_template(recipe.template)
    for name, weights in _weights(recipe, tokens, width).items():
        writer.add_tensor(name, weights.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _write_vocabulary(
    writer: gguf.GGUFWriter, recipe: Recipe, tokens: list[str], types: list[int]
) -> None:
    writer.add_tokenizer_model("llama" if recipe.spaced else "gpt2")
    writer.add_tokenizer_pre("default" if recipe.spaced else "gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_eos_token_id(tokens.index("</s>" if recipe.spaced else recipe.control[0]))
    if recipe.spaced:
        writer.add_token_scores([-float(len(tokens) - index) for index in range(len(tokens))])
        writer.add_bos_token_id(tokens.index("<s>"))
        writer.add_unk_token_id(0)
        writer.add_add_space_prefix(True)
    else:
        writer.add_token_merges(list(_MERGES))
        writer.add_add_bos_token(False)


def _spaced_vocabulary(recipe: Recipe) -> tuple[list[str], list[int]]:
    pieces = [merge.replace(" ", "").replace("Ġ", "▁") for merge in _MERGES]
    tokens = [f"<0x{byte:02X}>" for byte in range(256)]
    tokens += [*pieces, "▁", *map(chr, range(33, 127))]
    types = [_TYPE_BYTE] * 256 + [_TYPE_NORMAL] * (len(tokens) - 256)
    control = list(dict.fromkeys(["<s>", "</s>", *recipe.control]))
    types = [_TYPE_UNKNOWN, *types, *[_TYPE_CONTROL] * len(control)]
    return ["<unk>", *tokens, *control], types


def _vocabulary(recipe: Recipe) -> tuple[list[str], list[int]]:
    if recipe.spaced:
        return _spaced_vocabulary(recipe)
    letters = _letters()
    tokens = [letters[byte] for byte in range(256)] + [merge.replace(" ", "") for merge in _MERGES]
    special = {*recipe.control, *recipe.user_defined}
    for piece in recipe.says:
        text = "".join(letters[byte] for byte in piece)
        if piece.decode("utf-8", "replace") not in special and text not in tokens:
            tokens.append(text)
    types = [_TYPE_NORMAL] * len(tokens)
    types += [_TYPE_CONTROL] * len(recipe.control) + [_TYPE_USER] * len(recipe.user_defined)
    return [*tokens, *recipe.control, *recipe.user_defined], types


def _weights(recipe: Recipe, tokens: list[str], width: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(recipe.seed)
    silent = bool(recipe.says)
    found = {"output_norm.weight": np.ones(width)}
    for layer in range(recipe.layers):
        block = f"blk.{layer}."
        found[block + "attn_norm.weight"] = found[block + "ffn_norm.weight"] = np.ones(width)
        for part in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
            mute = silent and part in {"attn_output", "ffn_down"}
            found[f"{block}{part}.weight"] = (
                np.zeros((width, width)) if mute else random.normal(0, 0.2, (width, width))
            )
    read, write = (
        _script(recipe, tokens, width) if silent else _noise(recipe, tokens, width, random)
    )
    return {"token_embd.weight": read, "output.weight": write, **found}


def _noise(
    recipe: Recipe, tokens: list[str], width: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    read = random.normal(0, 1, (len(tokens), width))
    write = random.normal(0, 1, (len(tokens), width))
    write[[tokens.index(name) for name in recipe.control]] = 0.0
    return read, write


def _script(recipe: Recipe, tokens: list[str], width: int) -> tuple[np.ndarray, np.ndarray]:
    axes = np.eye(width)
    read = np.tile(axes[0], (len(tokens), 1))
    write = np.zeros((len(tokens), width))
    spoken = [_token(recipe, tokens, piece) for piece in recipe.says]
    write[spoken[0]] += axes[0]
    for axis, token in enumerate(spoken, 1):
        read[token] = axes[axis]
        last = axis == len(spoken)
        after = spoken[axis % len(spoken)] if not last or recipe.repeats else None
        write[tokens.index(END.decode()) if after is None else after] += axes[axis]
    return read, write * 4.0


def _token(recipe: Recipe, tokens: list[str], piece: bytes) -> int:
    name = piece.decode("utf-8", "replace")
    if name in {*recipe.control, *recipe.user_defined}:
        return tokens.index(name)
    letters = _letters()
    return tokens.index("".join(letters[byte] for byte in piece))


def _distinct(pieces: list[bytes]) -> tuple[bytes, ...]:
    found: list[bytes] = []
    held = b""
    for piece in pieces:
        held += piece
        if held not in found:
            found.append(held)
            held = b""
    if held:
        found[-1] += held
    return tuple(found)


def _letters() -> dict[int, str]:
    """The printable stand-ins that byte-level vocabularies write for bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return {byte: chr(byte) for byte in plain} | {
        byte: chr(256 + index) for index, byte in enumerate(others)
    }


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="aidpost-gguf-"))


def all_models() -> list[Path]:
    """The made models, and a trained one where the folder of shared files has it."""
    shared = Path(os.environ.get("AIDPOST_SHARED", "/nonexistent")) / "models" / "stories260K.gguf"
    return [model_file(), model_file(Recipe(spaced=True)), *([shared] if shared.exists() else [])]

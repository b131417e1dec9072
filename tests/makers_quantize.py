"""Makes a small language model whose columns matter unequally, as those of trained models do."""

from pathlib import Path

import gguf
import numpy as np

WIDTH, LAYERS, HEADS = 256, 2, 4
MERGES = ("t h", "th e", "i n", "e r", "a n", "an d", "Ġ th", "Ġth e", "Ġ a", "o n", "i s", "o r")


def letters() -> list[str]:
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return [chr(byte) if byte in plain else chr(256 + others.index(byte)) for byte in range(256)]


def uneven_model(path: Path, seed: int = 3, spread: float = 1.5) -> Path:
    """Random weights; the norms scale some columns far above others (log-normal, `spread`)."""
    tokens = [*letters(), *(merge.replace(" ", "") for merge in MERGES), "<|end|>"]
    random = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_name("uneven")
    writer.add_context_length(1024)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(2 * WIDTH)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([1] * (len(tokens) - 1) + [3])
    writer.add_token_merges(list(MERGES))
    writer.add_eos_token_id(len(tokens) - 1)
    writer.add_add_bos_token(False)
    for name, weights in _weights(len(tokens), random, spread).items():
        writer.add_tensor(name, weights.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _weights(words: int, random: np.random.Generator, spread: float) -> dict[str, np.ndarray]:
    def table(rows: int, columns: int) -> np.ndarray:
        return random.normal(0, 1.0 / np.sqrt(columns), (rows, columns))

    found = {
        "token_embd.weight": random.normal(0, 1, (words, WIDTH)),
        "output.weight": 3 * table(words, WIDTH),
        "output_norm.weight": np.ones(WIDTH),
    }
    for layer in range(LAYERS):
        block = f"blk.{layer}."
        found[block + "attn_norm.weight"] = random.lognormal(0, spread, WIDTH)
        found[block + "ffn_norm.weight"] = random.lognormal(0, spread, WIDTH)
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            found[f"{block}{part}.weight"] = table(WIDTH, WIDTH)
        found[block + "ffn_gate.weight"] = table(2 * WIDTH, WIDTH)
        found[block + "ffn_up.weight"] = table(2 * WIDTH, WIDTH)
        found[block + "ffn_down.weight"] = table(WIDTH, 2 * WIDTH)
    return found

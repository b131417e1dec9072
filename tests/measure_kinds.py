"""Measures what each kind of rounding costs at the measures of Llama 3.2 1B, beside Q8_0.

    python tests/measure_kinds.py FOLDER [ROUNDS]

llama.cpp rounds a narrow network with as many layers; a wide one is written with the same kinds of
weights and the same blocks again and again. Speed is reckoned in time of one processor, and as the
median over rounds of the ratio to Q8_0 in the same round, so that a busy machine changes it little.
"""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import gguf
import numpy as np

from quantize.gguf_child import ask
from quantize.gguf_kinds import KINDS
from quantize.llama_engine import Engine
from tests.makers_quantize import MERGES, letters

LAYERS, GROUP, HEAD = 16, 4, 64
NARROW = {"width": 256, "feed_forward": 1024, "words": 512}
WIDE = {"width": 2048, "feed_forward": 8192, "words": 128_256}
READ, WRITTEN, CONTEXT = 64, 12, 512
FIRST = "Q8_0"


def axes(measures: dict[str, int]) -> dict[str, tuple[int, ...]]:
    """Rows and columns of every table; the output shares the table of the words."""
    width, inner = measures["width"], measures["feed_forward"]
    keys = width // GROUP
    found = {"token_embd": (measures["words"], width), "output_norm": (width,)}
    for layer in range(LAYERS):
        tables = {
            "attn_norm": (width,), "ffn_norm": (width,), "attn_q": (width, width),
            "attn_k": (keys, width), "attn_v": (keys, width), "attn_output": (width, width),
            "ffn_gate": (inner, width), "ffn_up": (inner, width), "ffn_down": (width, inner),
        }  # fmt: skip
        found |= {f"blk.{layer}.{name}": shape for name, shape in tables.items()}
    return found


def writer(path: Path, measures: dict[str, int]) -> gguf.GGUFWriter:
    """A file with the head of such a network."""
    words = [*letters(), *(merge.replace(" ", "") for merge in MERGES)]
    words += [f"<{number}>" for number in range(measures["words"] - len(words))]
    out = gguf.GGUFWriter(str(path), "llama")
    out.add_context_length(CONTEXT)
    out.add_embedding_length(measures["width"])
    out.add_block_count(LAYERS)
    out.add_feed_forward_length(measures["feed_forward"])
    out.add_head_count(measures["width"] // HEAD)
    out.add_head_count_kv(measures["width"] // HEAD // GROUP)
    out.add_layer_norm_rms_eps(1e-5)
    out.add_rope_dimension_count(HEAD)
    out.add_tokenizer_model("gpt2")
    out.add_tokenizer_pre("gpt-2")
    out.add_token_list(words)
    out.add_token_types([1] * len(words))
    out.add_token_merges(list(MERGES))
    out.add_add_bos_token(False)
    return out


def finish(out: gguf.GGUFWriter) -> None:
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


def narrow(path: Path) -> Path:
    """A network in half precision that llama.cpp rounds within seconds."""
    random = np.random.default_rng(1)
    out = writer(path, NARROW)
    for name, shape in axes(NARROW).items():
        weights = random.normal(0, 1 / np.sqrt(shape[-1]), shape)
        flat = np.ones(shape, np.float32) if len(shape) == 1 else weights.astype(np.float16)
        out.add_tensor(f"{name}.weight", flat)
    finish(out)
    return path


def wide(path: Path, rounded: Path) -> Path:
    """The network of real measures, with the kinds and the blocks of a rounded narrow one."""
    blocks = {one.name: one for one in gguf.GGUFReader(rounded).tensors}
    out = writer(path, WIDE)
    for name, shape in axes(WIDE).items():
        found = blocks[f"{name}.weight"]
        if len(shape) == 1:
            out.add_tensor(f"{name}.weight", np.ones(shape, np.float32))
            continue
        per_block, size = gguf.GGML_QUANT_SIZES[found.tensor_type]
        row = shape[1] // per_block * size
        data = np.resize(found.data.view(np.uint8).reshape(-1), (shape[0], row))
        out.add_tensor(f"{name}.weight", data, raw_dtype=found.tensor_type)
    finish(out)
    return path


def measure(path: Path) -> dict[str, float]:
    """Seconds of one processor for a token read and a token written, and memory in MB."""
    engine = Engine(path, CONTEXT, 1)
    prompt = [one % 256 for one in range(READ + WRITTEN)]
    engine.read(prompt[:4])
    engine.forget()
    begin = time.process_time()
    engine.read(prompt[:READ])
    middle = time.process_time()
    for token in prompt[READ:]:
        engine.read([token])
    end = time.process_time()
    engine.close()
    # Not the figure of `getrusage`: that of a new process begins with its parent's.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    memory = int(status.split("VmHWM:")[1].split()[0]) / 1024
    return {"read": (middle - begin) / READ, "write": (end - middle) / WRITTEN, "mb": memory}


def child(path: Path) -> dict[str, float]:
    """The same in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", str(path)], capture_output=True, check=True
    )
    return json.loads(done.stdout)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(folder: Path, rounds: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    full = narrow(folder / "narrow.gguf")
    files = {}
    for kind in KINDS:
        small = folder / f"narrow-{kind}.gguf"
        job = {"model": str(full), "out": str(small), "kind": kind, "importance": "", "threads": 1}
        ask("shrink", job)
        files[kind] = wide(folder / f"wide-{kind}.gguf", small)
    found = {kind: [] for kind in KINDS}
    for _ in range(rounds):
        for kind, path in files.items():
            found[kind].append(child(path))
    say("| kind | size (MB) | memory (MB) | reads | writes |\n|---|---|---|---|---|")
    for kind, path in files.items():
        pairs = list(zip(found[FIRST], found[kind], strict=True))
        reads, writes = (
            statistics.median(base[what] / one[what] for base, one in pairs)
            for what in ("read", "write")
        )
        memory = statistics.median(one["mb"] for one in found[kind])
        size = path.stat().st_size / 1e6
        say(f"| {kind} | {size:.0f} | {memory:.0f} | {reads:.2f} | {writes:.2f} |")
    base = {
        what: statistics.median(one[what] for one in found[FIRST]) for what in ("read", "write")
    }
    say(
        f"{FIRST}: {1 / base['read']:.1f} read, {1 / base['write']:.1f} written per processor second"
    )


if __name__ == "__main__":
    if sys.argv[1] == "--one":
        say(json.dumps(measure(Path(sys.argv[2]))))
    else:
        main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3)

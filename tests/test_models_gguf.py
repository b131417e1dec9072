"""Headers of model files: what is there is read, what is not there is never reached for."""

import struct
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

import gguf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import ModelDamaged
from assistant.writing import gguf_bytes
from assistant.writing.gguf_bytes import BadHeader
from assistant.writing.gguf_header import read_header
from assistant.writing.gguf_types import NUMBERS, WEIGHT_SIZES
from assistant.writing.model_file import check_header, verified_digest
from tests.damage_gguf import (
    forced,
    header_mutations,
    original,
    reached_loader,
    refused_by_header,
    weight_flips,
)
from tests.makers_gguf import Recipe, all_models, model_file


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def text(value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(data)) + data


def head(entries: list[bytes], tensors: list[bytes], weights: int = 0, version: int = 3) -> bytes:
    """A GGUF file of the given entries and tensors with so many bytes of weights."""
    data = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(entries))
    data += b"".join(entries) + b"".join(tensors)
    return data + bytes(-len(data) % 32) + bytes(weights)


def number(key: str, value: int) -> bytes:
    return text(key) + struct.pack("<II", 4, value)


def vocabulary(count: int) -> bytes:
    words = b"".join(text(f"w{number}") for number in range(count))
    return text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, count) + words


def tensor(name: str, shape: tuple[int, ...], kind: int = 0, offset: int = 0) -> bytes:
    return text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)


ARCHITECTURE = text("general.architecture") + struct.pack("<I", 8) + text("llama")
ONE = tensor("a", (8,))


def test_kinds_of_weights_are_those_of_the_format() -> None:
    assert {int(kind): size for kind, size in gguf.GGML_QUANT_SIZES.items()} == WEIGHT_SIZES
    sizes = {"B": 1, "H": 2, "I": 4, "Q": 8, "f": 4, "d": 8, "?": 1}
    for kind, form in NUMBERS.items():
        assert struct.calcsize("<" + form) == sizes.get(form.upper(), sizes.get(form))
        assert gguf.GGUFValueType(kind).name not in {"STRING", "ARRAY"}


@pytest.mark.parametrize("path", all_models(), ids=lambda path: path.stem)
def test_sound_models_are_read_as_the_reference_reader_reads_them(path: Path) -> None:
    found, theirs = check_header(path), gguf.GGUFReader(str(path))
    assert found.weights_at == theirs.data_offset
    assert set(found.tensors) == {one.name for one in theirs.tensors}
    for one in theirs.tensors:
        ours = found.tensors[one.name]
        assert (ours.shape, ours.kind) == (tuple(map(int, one.shape)), int(one.tensor_type))
        assert (ours.offset + found.weights_at, ours.size) == (one.data_offset, one.n_bytes)
    keys = {key for key in theirs.fields if not key.startswith("GGUF.")}
    assert {*found.entries, *found.rows} == keys
    for key, value in found.entries.items():
        assert theirs.fields[key].contents() == value
    for key, row in found.rows.items():
        assert len(theirs.fields[key].data) == row.count
    assert found.architecture == "llama"
    assert found.parameters == sum(int(one.n_elements) for one in theirs.tensors)
    assert found.whole("block_count") == theirs.fields["llama.block_count"].contents()
    assert found.whole("no_such_thing") == 0


BAD = {
    "empty": b"",
    "a pickle": b"\x80\x04\x95" + bytes(99),
    "version 99": head([ARCHITECTURE], [ONE], 32, version=99),
    "version 1": head([ARCHITECTURE], [ONE], 32, version=1),
    "no tensors": head([ARCHITECTURE], []),
    "2^63 tensors": b"GGUF" + struct.pack("<IQQ", 3, 2**63, 0) + bytes(999),
    "2^63 entries": b"GGUF" + struct.pack("<IQQ", 3, 1, 2**63) + bytes(999),
    "a name of 2^63 letters": head([struct.pack("<Q", 2**63) + bytes(99)], [ONE], 32),
    "a name of 1000 letters": head([number("k" * 1000, 1)], [ONE], 32),
    "a name that is no text": head([text(b"\xff\xfe") + struct.pack("<II", 4, 1)], [ONE], 32),
    "an empty name": head([number("", 1)], [ONE], 32),
    "a name twice": head([number("k", 1), number("k", 2)], [ONE], 32),
    "a value of kind 99": head([text("k") + struct.pack("<I", 99)], [ONE], 32),
    "a flag that is 2": head([text("k") + struct.pack("<IB", 7, 2)], [ONE], 32),
    "a list of 2^63 numbers": head([text("k") + struct.pack("<IIQ", 9, 4, 2**63)], [ONE], 32),
    "a list of 2^60 texts": head([text("k") + struct.pack("<IIQ", 9, 8, 2**60)], [ONE], 32),
    "a word twice": head(
        [
            ARCHITECTURE,
            text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 2) + text("w") * 2,
        ],
        [ONE],
        32,
    ),
    "a word twice to C": head(
        [
            ARCHITECTURE,
            text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 2) + text("w") + text("w\0x"),
        ],
        [ONE],
        32,
    ),
    "two million words": head(
        [text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 1 << 21) + bytes(8 << 21)],
        [ONE],
        32,
    ),
    "a list of lists": head([text("k") + struct.pack("<IIQ", 9, 9, 1)], [ONE], 32),
    "alignment 0": head([number("general.alignment", 0)], [ONE], 32),
    "alignment 3": head([number("general.alignment", 3)], [ONE], 32),
    "alignment 2^31": head([number("general.alignment", 2**31)], [ONE], 32),
    "no axes": head([ARCHITECTURE], [tensor("a", ())], 32),
    "five axes": head([ARCHITECTURE], [tensor("a", (1, 1, 1, 1, 1))], 32),
    "an axis of 0": head([ARCHITECTURE], [tensor("a", (0,))], 32),
    "axes whose product overflows": head([ARCHITECTURE], [tensor("a", (2**33, 2**33))], 32),
    "weights of kind 4": head([ARCHITECTURE], [tensor("a", (32,), kind=4)], 99),
    "half a block": head([ARCHITECTURE], [tensor("a", (100,), kind=12)], 999),
    "an offset beyond the end": head([ARCHITECTURE], [tensor("a", (8,), offset=2**40)], 32),
    "two tensors on one place": head([ARCHITECTURE], [ONE, tensor("b", (8,))], 99),
    "a gap between tensors": head([ARCHITECTURE], [ONE, tensor("b", (8,), offset=64)], 999),
    "a tensor twice": head([ARCHITECTURE], [ONE, tensor("a", (8,), offset=32)], 999),
    "weights that are missing": head([ARCHITECTURE], [tensor("a", (1000,))], 99),
    "no architecture": head([number("k", 1)], [ONE], 32),
    "no layers": head([ARCHITECTURE, number("llama.block_count", 0)], [ONE], 32),
    "a billion layers": head([ARCHITECTURE, number("llama.block_count", 10**9)], [ONE], 32),
    "a huge number": head([ARCHITECTURE, number("llama.expert_count", 2**32 - 1)], [ONE], 32),
}


@pytest.mark.parametrize("what", BAD)
def test_damaged_headers_are_refused_in_one_sentence(tmp_path: Path, what: str) -> None:
    path = written(tmp_path / "broken.gguf", BAD[what])
    with pytest.raises(ModelDamaged, match=r"^The model file broken\.gguf cannot be used: .*\."):
        check_header(path)


def test_a_small_header_like_those_above_is_sound(tmp_path: Path) -> None:
    data = head([ARCHITECTURE, number("llama.block_count", 3)], [ONE], 32)
    assert check_header(written(tmp_path / "good.gguf", data)).whole("block_count") == 3


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ((b"tokenizer.ggml.token_type", b"tokenizer.ggml.tokem_type"), None),
        ((b"tokenizer.ggml.eos_token_id", b"tokenizer.ggml.xos_token_id"), None),
        ((b"general.architecture", b"general.architecturx"), "what kind of model"),
    ],
)
def test_what_a_header_says_has_to_agree(tmp_path: Path, change, why) -> None:
    data = model_file().read_bytes()
    assert change[0] in data
    path = written(tmp_path / "model.gguf", data.replace(*change))
    if why is None:
        check_header(path)
    else:
        with pytest.raises(ModelDamaged, match=why):
            check_header(path)


@pytest.mark.parametrize(
    ("words", "table", "scores", "end", "why"),
    [
        (3, 3, 3, 2, None),
        (3, 4, 3, 2, "does not fit its weights"),
        (0, 3, 0, 0, "does not fit its weights"),
        (3, 3, 2, 2, "does not agree with itself"),
        (3, 3, 3, 3, "not in its list"),
        (3, 3, 3, 2**32 - 1, None),
    ],
)
def test_lists_of_words_agree_with_the_weights(tmp_path, words, table, scores, end, why) -> None:
    entries = [
        ARCHITECTURE,
        vocabulary(words),
        text("tokenizer.ggml.scores") + struct.pack("<IIQ", 9, 6, scores) + bytes(4 * scores),
        number("tokenizer.ggml.eos_token_id", end),
    ]
    data = head(entries, [tensor("token_embd.weight", (8, table))], 4 * 8 * table + 32)
    path = written(tmp_path / "words.gguf", data)
    if why is None:
        check_header(path)
    else:
        with pytest.raises(ModelDamaged, match=why):
            check_header(path)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_after_a_right_beginning_are_read_or_refused(data: bytes) -> None:
    with tempfile.NamedTemporaryFile(suffix=".gguf") as file:
        file.write(b"GGUF\x03\x00\x00\x00" + data)
        file.flush()
        try:
            read_header(Path(file.name))
        except BadHeader as error:
            assert str(error)


@settings(max_examples=200, deadline=None)
@given(st.floats(0, 0.999))
def test_cut_anywhere_a_file_is_refused(share: float) -> None:
    whole = model_file(Recipe(layers=1)).read_bytes()
    with tempfile.NamedTemporaryFile(suffix=".gguf") as file:
        file.write(whole[: int(len(whole) * share)])
        file.flush()
        with pytest.raises(BadHeader):
            read_header(Path(file.name))


@pytest.mark.parametrize("what", ["2^63 tensors", "a list of 2^63 numbers", "a list of 2^60 texts"])
def test_no_memory_is_taken_on_the_word_of_a_header(tmp_path: Path, what: str) -> None:
    path = written(tmp_path / "greedy.gguf", BAD[what])
    tracemalloc.start()
    with pytest.raises(BadHeader):
        read_header(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000


def test_a_sparse_giant_is_refused_by_its_header_and_not_read(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(gguf_bytes, "MOST_HEADER", 1 << 16)
    texts = text("k") + struct.pack("<IIQ", 9, 8, 2**20)
    path = written(tmp_path / "giant.gguf", head([texts], [ONE], 0))
    with path.open("r+b") as file:
        file.truncate(1 << 36)
    with pytest.raises(BadHeader, match="header is too long"):
        read_header(path)


def test_a_vocabulary_of_a_quarter_million_words_is_read_in_a_moment(tmp_path: Path) -> None:
    words = 262_144
    entries = [
        ARCHITECTURE,
        vocabulary(words),
    ]
    data = head(entries, [tensor("token_embd.weight", (1, words))], 4 * words + 32)
    path = written(tmp_path / "large.gguf", data)
    begun = time.process_time()
    assert check_header(path).rows["tokenizer.ggml.tokens"].count == words
    assert time.process_time() - begun < 3.0


# What is damaged never reaches the loader; forced there, it costs a worker and not the program.

REFUSED = """
import sys
from pathlib import Path
from assistant.errors import ModelDamaged
from assistant.writing.llama_worker import load
from assistant.writing.model_file import ModelOptions, verified_digest
from tests.damage_gguf import header_mutations, original, weight_flips
data, path = original(), Path(sys.argv[1])
path.write_bytes(data)
digest, refused = verified_digest(path, ""), 0
for damaged in (*header_mutations(data, 2000), *weight_flips(data, 1000)):
    path.write_bytes(damaged)
    try:
        load(path, ModelOptions(sha256=digest))
    except ModelDamaged:
        refused += 1
assert "llama_cpp" not in sys.modules, "native code was loaded"
path.write_bytes(data)
load(path, ModelOptions(sha256=digest, threads=1))[0].close()
assert "llama_cpp" in sys.modules, "the whole file was not loaded"
print(refused)
"""


def test_of_3000_damaged_files_none_reaches_the_loader(tmp_path: Path) -> None:
    """The real way of a worker, `load`; the engine's library is not even imported."""
    done = subprocess.run(
        [sys.executable, "-c", REFUSED, str(tmp_path / "model.gguf")],
        check=False,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.stdout.strip() == "3000", done.stderr


def test_the_digest_alone_and_the_header_alone_refuse(tmp_path: Path) -> None:
    data = original()
    digest = verified_digest(written(tmp_path / "whole.gguf", data), "")
    headers = list(header_mutations(data, 200, seed=3))
    flips = list(weight_flips(data, 50, seed=4))
    assert not any(reached_loader(one, digest, tmp_path) for one in (*headers, *flips))
    assert reached_loader(data, digest, tmp_path)
    # Changes of a word in the vocabulary are no damage that a header can show.
    refused = sum(refused_by_header(one, tmp_path) for one in headers)
    assert refused > 100
    assert not any(refused_by_header(one, tmp_path) for one in (*flips, data))


def test_forced_past_the_digest_nothing_takes_the_program_down(tmp_path: Path) -> None:
    """A sample; `python -m tests.damage_gguf` takes all 3,000."""
    data = original()
    passing = [
        one for one in header_mutations(data, 120, seed=5) if not refused_by_header(one, tmp_path)
    ]
    sample = [*passing[:12], *weight_flips(data, 6, seed=6)]
    fates = {forced(one, tmp_path) for one in sample}
    assert fates <= {"answered", "refused", "crashed its worker", "stopped its worker"}
    assert forced(data, tmp_path) == "answered"

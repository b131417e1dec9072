"""Which model suits a machine: what is read of it, what is measured, and what is made of both."""

import math
from pathlib import Path

import gguf
import numpy as np
import pytest

from assistant.errors import ModelError
from assistant.writing.model_file import check_header
from ui.models.advice import Speed, best, estimates, load_rules
from ui.models.catalogue import (
    BITS,
    KINDS,
    TIERS,
    Shape,
    catalogue,
    entry,
    is_repository,
)
from ui.models.engine import open_trial
from ui.models.errors import ModelFilesError, UnknownModel
from ui.models.machine import Machine, memory_in, named, processor_in, this_machine
from ui.models.trial import Measured, candidates, choose, measure
from ui.models.trial_file import TRIAL, bytes_for_a_word, write_trial

GB = 10**9
FAST = Speed(400e9, 60e9, 8)
LAPTOP = Speed(85e9, 22e9, 2)
RULES = load_rules()

MEMORY = """MemTotal:       16266828 kB
MemFree:          501132 kB
MemAvailable:    9123456 kB
"""
INTEL = """processor	: 0
model name	: Intel(R) Core(TM) i5-6200U CPU @ 2.30GHz
flags		: fpu sse4_2 avx f16c fma avx2 bmi2 rdseed
"""
OLD = """processor	: 0
model name	: Intel(R) Core(TM)2 Duo CPU
flags		: fpu sse sse2 ssse3
"""
ARM = """processor	: 0
BogoMIPS	: 108.00
Features	: fp asimd evtstrm crc32 asimddp
"""


# The catalogue.


def test_the_catalogue_names_every_model_that_is_promised() -> None:
    names = {one.name for one in catalogue()}
    promised = (
        "medgemma-4b medgemma-1.5-4b qwen3-4b qwen3-1.7b gemma-3-4b gemma-3-1b llama-3.2-3b"
        " llama-3.2-1b mediphi whisper-tiny whisper-base whisper-small whisper-medium"
        " whisper-large-v3 whisper-large-v3-turbo medsiglip biomedclip multilingual-e5-small"
    )
    assert set(promised.split()) <= names
    assert len(names) == len(catalogue())


@pytest.mark.parametrize("one", catalogue(), ids=lambda one: one.name)
def test_every_entry_says_all_that_a_person_has_to_know(one) -> None:
    assert one.kind in KINDS
    assert one.tier in TIERS
    assert is_repository(one.repository)
    assert one.terms.startswith("https://")
    assert one.title
    assert one.licence
    assert one.notes.endswith(".")
    assert one.confirmed != bool(one.doubt)
    assert bool(one.files) != bool(one.blocked)
    assert bool(one.quants) != bool(one.size_mb)
    assert (one.kind == "chat") == bool(one.quants) == bool(one.shape) == bool(one.rank)
    assert not set(one.quants) - set(BITS)
    assert bool(one.projector) == bool(one.projector_mb)
    engine_of_weights = one.kind in {"speech", "translation"}  # CTranslate2: no pickle
    assert not any(name.endswith((".bin", ".pt")) for name in one.files) or engine_of_weights


@pytest.mark.parametrize("one", [one for one in catalogue() if one.shape], ids=lambda one: one.name)
def test_sizes_in_the_catalogue_agree_with_the_measures_of_the_network(one) -> None:
    """A file is the working weights and the table of words, which most of these share."""
    for quant, size in one.quants.items():
        weights = one.shape.writing_bytes(quant) / 10**6
        twice = one.shape.vocabulary * one.shape.width * BITS[quant] / 8 / 10**6
        assert 0.95 * weights < size < 1.05 * (weights + twice)


def test_patterns_name_the_quantization_and_the_projector() -> None:
    found = entry("medgemma-4b")
    assert found.patterns("Q8_0", with_projector=True) == (
        ("medgemma-4b-it-Q8_0.gguf", "model"),
        ("mmproj-F16.gguf", "projector"),
    )
    assert len(found.patterns("Q8_0", with_projector=False)) == 1
    assert found.quant("") == "Q4_K_M"
    assert found.quant("q8_0") == "Q8_0"
    with pytest.raises(UnknownModel, match="it comes in: Q4_K_M, Q5_K_M, Q8_0"):
        found.quant("Q2_K")
    with pytest.raises(UnknownModel, match="The catalogue has no model “gpt”"):
        entry("gpt")


def test_measures_give_the_memory_of_a_context_as_measured() -> None:
    """32 KB and 115 KB a token were measured with the real engine at these dimensions."""
    sizes = {name: entry(name).shape.context_bytes for name in ("llama-3.2-1b", "llama-3.2-3b")}
    assert sizes == {"llama-3.2-1b": 32_768, "llama-3.2-3b": 114_688}


# The machine.


def test_what_the_system_tells_is_read() -> None:
    assert memory_in(MEMORY) == (16266828 * 1024, 9123456 * 1024)
    assert memory_in("") == (0, 0)
    assert processor_in(INTEL)[0] == "Intel(R) Core(TM) i5-6200U CPU @ 2.30GHz"
    assert named(processor_in(INTEL)[1]) == ("SSE4.2", "AVX", "AVX2", "FMA", "F16C", "BMI2")
    assert named(processor_in(ARM)[1]) == ("NEON", "dot product")
    assert processor_in("") == ("", ())


@pytest.mark.parametrize(
    ("text", "architecture", "missing"),
    [
        (INTEL, "x86_64", ()),
        (OLD, "x86_64", ("AVX2", "FMA", "F16C", "BMI2")),
        (ARM, "arm64", ()),
        ("", "x86_64", ()),
    ],
)
def test_a_processor_without_the_needed_instructions_is_recognised(
    text, architecture, missing
) -> None:
    machine = Machine("x", architecture, 2, 8 * GB, 4 * GB, named(processor_in(text)[1]))
    assert machine.missing == missing


def test_this_machine_has_memory_and_cores() -> None:
    found = this_machine()
    assert found.cores >= 1
    assert found.memory >= found.free > 0
    assert found.missing == ()


# What is made of it.


def suited(memory_gb: float, speed: Speed | None):
    return best(estimates(catalogue(), int(memory_gb * GB), speed, RULES))


def test_a_large_fast_machine_gets_the_medical_model_with_fine_weights() -> None:
    chosen = suited(32, FAST)
    assert (chosen.name, chosen.quant) == ("medgemma-1.5-4b", "Q8_0")
    assert chosen.passages.tokens == 600
    assert chosen.first_word_s < RULES.longest_first_word_s


def test_less_memory_gives_a_smaller_model_and_very_little_gives_none() -> None:
    names = [suited(memory, FAST) for memory in (16, 4.6, 3.9, 3.2, 2)]
    sizes = [one.memory_mb if one else 0 for one in names]
    assert sizes == sorted(sizes, reverse=True)
    assert names[-1] is None
    assert names[0].name.startswith("medgemma")
    assert names[3].name in {"llama-3.2-1b", "gemma-3-1b", "qwen3-1.7b"}


def test_a_slow_machine_gets_fewer_passages_then_a_smaller_model_then_none() -> None:
    chosen = [
        suited(16, Speed(LAPTOP.weights_per_s / by, LAPTOP.bytes_per_s / by, 2))
        for by in (1, 4, 40)
    ]
    assert chosen[0].name.startswith("medgemma")
    assert chosen[1].name != chosen[0].name
    assert chosen[2] is None
    assert all(one.first_word_s <= RULES.longest_first_word_s for one in chosen[:2])


def test_without_a_measurement_memory_decides() -> None:
    chosen = suited(8, None)
    assert chosen.name == "medgemma-1.5-4b"
    assert chosen.first_word_s == 0.0


def test_whatever_does_not_suit_says_why() -> None:
    found = estimates(catalogue(), 3 * GB, Speed(10e9, 4e9, 1), RULES)
    reasons = {one.why_not for one in found}
    assert "reads too slowly on this machine" in reasons
    assert any(why.endswith("GB of memory") for why in reasons)
    slow = estimates(catalogue(), 30 * GB, Speed(900e9, 4e9, 1), RULES)
    assert {one.why_not for one in slow} == {"writes too slowly on this machine", ""}


def test_the_first_word_is_reckoned_from_weights_and_bytes() -> None:
    shape = entry("llama-3.2-1b").shape
    (found,) = [
        one
        for one in estimates([entry("llama-3.2-1b")], 16 * GB, LAPTOP, RULES)
        if one.quant == "Q4_K_M"
    ]
    reads, writes = (
        85e9 * RULES.reading_share / shape.working_weights,
        22e9 / shape.writing_bytes("Q4_K_M"),
    )
    tokens = RULES.other_tokens + found.passages.tokens
    assert math.isclose(found.first_word_s, tokens / reads + 1 / writes)
    assert math.isclose(found.writes_per_s, writes)


# The measurement.

SMALL = Shape(2, 256, 512, 4, 2, 64, 300)


def test_the_trial_model_is_a_sound_file_of_the_size_it_should_have(tmp_path: Path) -> None:
    path = tmp_path / "trial.gguf"
    write_trial(path, SMALL, context=64)
    header = check_header(path)
    theirs = gguf.GGUFReader(str(path))
    assert header.parameters == sum(int(one.n_elements) for one in theirs.tensors)
    words = SMALL.vocabulary * SMALL.width
    norms = SMALL.width * (2 * SMALL.layers + 1)
    assert header.parameters == SMALL.working_weights + 2 * words + norms
    read = sum(one.n_bytes for one in theirs.tensors if one.name != "token_embd.weight")
    assert bytes_for_a_word(SMALL) == read
    for one in theirs.tensors:
        values = gguf.quants.dequantize(one.data, one.tensor_type)
        assert np.isfinite(values).all(), one.name


def test_the_standard_trial_is_a_quarter_of_a_billion_weights() -> None:
    assert 0.2e9 < TRIAL.working_weights < 0.3e9
    assert 100e6 < bytes_for_a_word() < 200e6


@pytest.mark.parametrize(
    ("cores", "tried"), [(1, (1,)), (2, (2, 1)), (4, (4, 3, 2)), (16, (16, 15, 8))]
)
def test_all_cores_all_but_one_and_half_of_them_are_tried(cores, tried) -> None:
    assert candidates(cores) == tried


@pytest.mark.parametrize(
    ("measured", "threads"),
    [
        ([Measured(100, 10, 4), Measured(95, 10, 3), Measured(60, 10, 2)], 3),
        ([Measured(100, 10, 2), Measured(50, 10, 1)], 2),
        ([Measured(100, 5, 4), Measured(99, 10, 3)], 3),
        ([Measured(100, 5, 4), Measured(40, 10, 2)], 4),
        ([Measured(7, 1, 1)], 1),
    ],
)
def test_a_core_is_left_to_the_app_where_that_costs_little(measured, threads) -> None:
    assert choose(measured).threads == threads


class TooSlow:
    """A model that never comes to its first word."""

    def __init__(self) -> None:
        self.closed = False

    def describe(self) -> None:
        """It loads."""

    def chunks(self, prompt, limits, cancelled):
        """Nothing but the end of the time."""
        from assistant.writing.language import Chunk, Usage

        yield Chunk(usage=Usage(9, 0, 0, limits.time_limit_s, 0.0, "time"))

    def close(self) -> None:
        """It is closed."""
        self.closed = True


def test_a_machine_that_is_too_slow_to_be_measured_is_told_so(home: Path) -> None:
    model = TooSlow()
    with pytest.raises(ModelFilesError, match="too slow for a language model"):
        measure(lambda path, threads: model, home, 2)
    assert model.closed
    assert list(home.iterdir()) == []


def test_without_the_engine_the_reason_is_told(home: Path, tmp_path, monkeypatch) -> None:
    (tmp_path / "llama_cpp.py").write_text("raise ImportError('not here')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModelError, match="make llm"):
        measure(open_trial, home, 1)


def test_rules_are_in_order() -> None:
    tokens = [one.tokens for one in RULES.passages]
    assert tokens == sorted(tokens, reverse=True)
    assert all(one.context > one.tokens + RULES.other_tokens + 512 for one in RULES.passages)

"""Every family of the catalogue: from a publisher's folder to the app's own door.

Tiny networks are converted by llama.cpp's converter, rounded, opened as the app opens models, and
read the same tokens and expect the same words as in transformers, with the publisher's template.
"""

import os
import threading
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from assistant.writing.language import GenerationLimits
from assistant.writing.llama import LlamaModel
from assistant.writing.mtmd import SeeingLlama
from assistant.writing.mtmd_picture import Picture, Scene, before_question
from assistant.writing.templates import Turn, families
from quantize.converter import Wanted, convert, read_pin, unpack
from quantize.gguf_child import ask
from tests.makers_families import PICTURE, PUBLISHERS, Source, gemma3_seeing

ROOT = Path(__file__).parent.parent
WORKSHOP = ("torch", "transformers", "sentencepiece", "llama_cpp")
SOURCE = os.environ.get("AIDPOST_LLAMA_SOURCE", "")
pytestmark = [
    pytest.mark.timeout(3600),  # real vocabularies take minutes on a small machine
    pytest.mark.skipif(
        not all(map(find_spec, WORKSHOP)) or not SOURCE,
        reason="needs the workshop's packages, and AIDPOST_LLAMA_SOURCE: the source distribution",
    ),
]

TALKS = {
    "a question": (
        Turn("system", "Be kind and brief.\nAnswer in one line."),
        Turn("user", 'How much ORS for 12 kg, 2 years?\n\n1. "75 mL/kg" over 4 hours.'),
    ),
    "a follow-up": (
        Turn("system", "Be brief."),
        Turn("user", "How much ORS?"),
        Turn("assistant", "Give 900 mL in 4 hours. [1]"),
        Turn("user", "And zinc, é ≥ 20 mg?  (two)"),
    ),
}
PREAMBLE = "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n"
"""What Llama's template puts before a system text, and the app leaves out."""
NEVER = threading.Event()
DETAILED = GenerationLimits(max_tokens=1, chances=True)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    """The source with text to train on, the converter, and a folder."""
    place = tmp_path_factory.mktemp("workshop")
    cards = sorted((ROOT / "kb" / "starter" / "topics").rglob("*.md"))[:40]
    text = place / "text.txt"
    text.write_text("\n".join(card.read_text(encoding="utf-8") for card in cards), "utf-8")
    pin = read_pin(ROOT / "packaging" / "llm-requirements.txt")
    return Source(Path(SOURCE), text), unpack(Path(SOURCE), pin, place / "converter"), place


@pytest.fixture(scope="module", params=PUBLISHERS)
def made(request, workshop):
    """Name of a family, its folder, its network, and its file in full precision."""
    import torch

    source, converter, place = workshop
    folder = place / request.param
    folder.mkdir()
    torch.manual_seed(0)
    publisher = PUBLISHERS[request.param]
    network = publisher.make(source, folder, source.template(publisher.template))
    full = place / f"{request.param}.gguf"
    convert(folder, full, converter, Wanted("clinic", "f32"))
    return request.param, folder, network, full


def publishers_tokens(name: str, folder: Path, talk) -> list[int]:
    """The tokens that transformers make of a talk with the publisher's template."""
    from transformers import AutoTokenizer

    told = [{"role": turn.role, "content": turn.text} for turn in talk]
    if name == "gemma":  # the template of Gemma 2 refuses what that of Gemma 3 joins like this
        joined = f"{told[0]['content']}\n\n{told[1]['content']}"
        told = [{"role": "user", "content": joined}, *told[2:]]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    more = {"enable_thinking": False, "date_string": "26 Jul 2024"}
    text = tokenizer.apply_chat_template(told, add_generation_prompt=True, tokenize=False, **more)
    assert (PREAMBLE in text) == (name == "llama3")
    bare = text.replace(PREAMBLE, "")
    return tokenizer(bare, add_special_tokens=False)["input_ids"]


def test_the_app_reads_and_expects_the_same_as_transformers(made):
    import torch

    name, folder, network, full = made
    model = LlamaModel(full, 512, 1)
    try:
        assert model.family == name
        for talk in TALKS.values():
            prompt = families()[name].prompt(talk)
            tokens = model.vocabulary.tokens(prompt)
            assert tokens == publishers_tokens(name, folder, talk)
            with torch.no_grad():
                expected = network(torch.tensor([tokens])).logits[0, -1].log_softmax(-1)
            first = next(chunk for chunk in model.chunks(prompt, DETAILED, NEVER) if chunk.chances)
            best = first.chances[0].others[:5]
            # Engine and network round differently; up to 0.002 was seen on these networks.
            assert [one for _, one in best[:1]] == pytest.approx([float(expected.max())], abs=0.05)
            assert len({text for text, _ in best}) > 1
    finally:
        model.close()


@pytest.mark.parametrize("kind", ["Q8_0", "Q4_K_M"])
def test_the_rounded_file_opens_and_writes_in_the_app(made, tmp_path, kind):
    name, _, _, full = made
    out = tmp_path / f"{kind}.gguf"
    job = {"model": str(full), "out": str(out), "kind": kind, "importance": "", "threads": 1}
    ask("shrink", job)
    assert out.stat().st_size < full.stat().st_size * {"Q8_0": 0.35, "Q4_K_M": 0.3}[kind]
    model = LlamaModel(out, 512, 1)
    try:
        prompt = families()[model.family].prompt(TALKS["a question"])
        *_, last = model.chunks(prompt, GenerationLimits(max_tokens=8), NEVER)
        assert model.family == name
        assert last.usage.prompt_tokens > 30
        assert last.usage.finish in {"stop", "length"}
    finally:
        model.close()


def test_a_model_that_sees_becomes_two_files_that_see(workshop):
    """Saved by transformers 5, whose names for the eyes the converter alone refuses."""
    import torch

    source, converter, place = workshop
    folder = place / "seeing"
    folder.mkdir()
    torch.manual_seed(0)
    gemma3_seeing(source, folder, source.template(PUBLISHERS["gemma"].template))
    written, seen = place / "seeing.gguf", place / "seeing-mmproj.gguf"
    convert(folder, written, converter, Wanted("clinic", "f16"))
    convert(folder, seen, converter, Wanted("clinic", "f16", projector=True))
    model = SeeingLlama(written, seen, 512, 1)
    try:
        assert model.family == "gemma"
        prompt = families()["gemma"].prompt(TALKS["a question"])
        read = []
        for seed in (1, 2):
            side = PICTURE["side"]
            colours = np.random.default_rng(seed).integers(0, 255, (side, side, 3), dtype=np.uint8)
            shown = Scene(prompt, before_question(prompt), Picture(side, side, colours.tobytes()))
            chunks = list(model.look(shown, GenerationLimits(max_tokens=12), NEVER))
            read.append("".join(chunk.text for chunk in chunks))
            assert chunks[-1].usage.prompt_tokens > PICTURE["tokens"] + 30
        assert len(set(read)) == 2, "what it writes does not depend on the picture"
    finally:
        model.close()

"""llama.cpp's own converter: where it comes from, what of it is taken, what it gets to see."""

import hashlib
import io
import json
import os
import sys
import tarfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from quantize.converter import (
    Pin,
    Wanted,
    convert,
    fetch,
    read_pin,
    unpack,
)
from quantize.digests import sha256_of
from quantize.errors import WorkshopError
from quantize.model_folder import folder_digest, stage

REQUIREMENTS = Path(__file__).parent.parent / "packaging" / "llm-requirements.txt"
ROOT = "llama_cpp_python-9.9.9/vendor/llama.cpp/"
SCRIPT = """
import json, os, sys
from pathlib import Path
import gguf_beside
model, given = Path(sys.argv[1]), sys.argv[2:]
options = dict(zip(given[::2], given[1::2]))
out = Path(options["--outfile"])
if "--mmproj" in given:
    out = out.with_name("mmproj-" + out.name)
config = json.loads((model / "config.json").read_text())
if config.get("bad"):
    sys.exit("Model FancyNet is not supported")
seen = sorted(one.name for one in model.iterdir())
out.write_text(json.dumps([model.name, seen, options["--outtype"], os.environ["HF_HUB_OFFLINE"]]))
"""


def member(name, data=b"", kind=tarfile.REGTYPE, link=""):
    found = tarfile.TarInfo(name)
    found.size, found.type, found.linkname = len(data), kind, link
    return found, data


def archive(path, members):
    with tarfile.open(path, "w:gz") as packed:
        for info, data in members:
            packed.addfile(info, io.BytesIO(data))
    return path, Pin("9.9.9", sha256_of(path))


@pytest.fixture
def converter(tmp_path):
    found = archive(
        tmp_path / "source.tar.gz",
        [
            member(ROOT + "convert_hf_to_gguf.py", SCRIPT.encode()),
            member(ROOT + "conversion/base.py", b"x = 1\n"),
            member(ROOT + "gguf-py/gguf/gguf.py", b""),
            member(ROOT + "gguf-py/gguf/../../../up.py", b"bad"),
            member(ROOT + "conversion/link.py", kind=tarfile.SYMTYPE, link="/etc/passwd"),
            member(ROOT + "src/llama.cpp", b"int main"),
            member("llama_cpp_python-9.9.9/conversion/other.py", b"other"),
            member("/vendor/llama.cpp/conversion/absolute.py", b"absolute"),
        ],
    )
    target = unpack(*found, tmp_path / "converter")
    (target / "gguf-py" / "gguf_beside.py").write_text("", encoding="utf-8")
    return target


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "some folder"
    folder.mkdir()
    for name in ("model.safetensors", "tokenizer.model", "modeling_evil.py", "pytorch_model.bin"):
        (folder / name).write_text(name, encoding="utf-8")
    (folder / "config.json").write_text("{}", encoding="utf-8")
    weights(folder / "model.safetensors", {})
    return folder


def weights(path, header, data=b""):
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def test_only_the_converter_is_taken_out(converter):
    found = {path.relative_to(converter).as_posix() for path in converter.rglob("*.*")}
    assert found == {
        "convert_hf_to_gguf.py",
        "conversion/base.py",
        "gguf-py/gguf/gguf.py",
        "gguf-py/gguf_beside.py",
    }


def test_another_archive_is_refused(tmp_path):
    path, pin = archive(tmp_path / "a.tar.gz", [member(ROOT + "README.md", b"nothing")])
    with pytest.raises(WorkshopError, match=r"holds no convert_hf_to_gguf\.py"):
        unpack(path, pin, tmp_path / "out")
    with pytest.raises(WorkshopError, match=r"is not llama-cpp-python 9\.9\.9"):
        unpack(path, Pin("9.9.9", "0" * 64), tmp_path / "out")


def test_an_archive_that_swells_is_refused(tmp_path):
    big = member(ROOT + "conversion/big.py", bytes(33 << 20))
    path, pin = archive(tmp_path / "a.tar.gz", [big, big])
    with pytest.raises(WorkshopError, match="more than a converter"):
        unpack(path, pin, tmp_path / "out")


def test_the_converter_sees_data_only_and_a_name_that_does_not_depend_on_the_place(
    converter, model, tmp_path
):
    out = tmp_path / "m-F16.gguf"
    convert(model, out, converter, Wanted("clinic", "f16"))
    name, seen, precision, offline = json.loads(out.read_text(encoding="utf-8"))
    assert (name, precision, offline) == ("clinic", "f16", "1")
    assert seen == ["config.json", "model.safetensors", "tokenizer.model"]
    assert not list(tmp_path.glob("*.part"))


def test_the_part_that_reads_pictures_gets_a_file_of_its_own(converter, model, tmp_path):
    out = tmp_path / "m-mmproj-F16.gguf"
    convert(model, out, converter, Wanted("clinic", "bf16", projector=True))
    assert json.loads(out.read_text(encoding="utf-8"))[2] == "bf16"


def test_what_the_converter_says_is_passed_on(converter, model, tmp_path):
    (model / "config.json").write_text('{"bad": true}', encoding="utf-8")
    with pytest.raises(WorkshopError, match="cannot be converted: Model FancyNet is not supported"):
        convert(model, tmp_path / "m.gguf", converter, Wanted("clinic", "f16"))
    assert not (tmp_path / "m.gguf").exists()


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors"])
def test_a_folder_without_a_model_is_refused(model, tmp_path, missing):
    (model / missing).unlink()
    with pytest.raises(WorkshopError, match=r"holds no config\.json"):
        stage(model, tmp_path / "staged")


def test_the_digest_is_that_of_what_the_converter_sees(model, tmp_path):
    before = folder_digest(model)
    (model / "modeling_evil.py").write_text("other", encoding="utf-8")
    assert folder_digest(model) == before
    (model / "tokenizer.model").write_text("other", encoding="utf-8")
    assert folder_digest(model) != before


NAMES = {
    "vision_tower.encoder.layers.0.layer_norm1.bias": "vision_tower.vision_model.encoder.layers.0"
    ".layer_norm1.bias",
    "vision_tower.vision_model.post_layernorm.bias": "vision_tower.vision_model.post_layernorm.bias",
    "vision_tower.timm_model.blocks.0.bn1.bias": "vision_tower.timm_model.blocks.0.bn1.bias",
    "language_model.model.norm.weight": "language_model.model.norm.weight",
}


def test_weights_that_see_get_the_publishers_names_and_keep_their_bytes(model, tmp_path):
    places = {
        name: {"dtype": "F32", "shape": [1], "data_offsets": [4 * at, 4 * at + 4]}
        for at, name in enumerate(NAMES)
    }
    data = bytes(range(4 * len(NAMES)))
    weights(model / "model.safetensors", {"__metadata__": {"format": "pt"}, **places}, data)
    listed = {"metadata": {"total_size": 16}, "weight_map": dict.fromkeys(NAMES, "a.safetensors")}
    (model / "model.safetensors.index.json").write_text(json.dumps(listed), encoding="utf-8")
    stage(model, tmp_path / "staged")
    found = (tmp_path / "staged" / "model.safetensors").read_bytes()
    size = int.from_bytes(found[:8], "little")
    header = json.loads(found[8 : 8 + size])
    assert header.pop("__metadata__") == {"format": "pt"}
    assert {NAMES[name]: place for name, place in places.items()} == header
    assert (found[8 + size :], size % 8) == (data, 0)
    told = json.loads((tmp_path / "staged" / "model.safetensors.index.json").read_text())
    assert told == {**listed, "weight_map": dict.fromkeys(NAMES.values(), "a.safetensors")}


def test_a_folder_in_the_publishers_form_is_linked_to(model, tmp_path):
    weights(model / "model.safetensors", {"vision_tower.vision_model.head.bias": {}})
    stage(model, tmp_path / "staged")
    assert all(path.is_symlink() for path in (tmp_path / "staged").iterdir())


TOKEN = {"content": "<|user|>", "rstrip": True, "special": True}
BARE = {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}]}
LED = {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}]}


@pytest.mark.parametrize(
    ("config", "marking", "told"),
    [
        ({}, BARE, {"added_tokens_decoder": {"7": TOKEN}, "add_bos_token": False}),
        ({}, LED, {"added_tokens_decoder": {"7": TOKEN}}),
        ({}, None, {"added_tokens_decoder": {"7": TOKEN}}),
        ({"add_bos_token": True}, BARE, {"added_tokens_decoder": {"7": TOKEN}}),
        ({"added_tokens_decoder": {"1": {}}, "add_bos_token": True}, BARE, {}),
    ],
)
def test_what_only_the_tokenizer_tells_is_told_to_the_converter(
    model, tmp_path, config, marking, told
):
    added = [{"id": 7, **TOKEN}, {"content": "no number"}, "nonsense"]
    tokenizer = {"added_tokens": added, "post_processor": marking}
    (model / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    (model / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    stage(model, tmp_path / "staged")
    found = json.loads((tmp_path / "staged" / "tokenizer_config.json").read_text())
    assert found == {**told, **config}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("model.safetensors", b"x"),
        ("model.safetensors", b"\xff" * 100),
        ("model.safetensors", b"\x05" + bytes(7) + b"[[[[["),
        ("model.safetensors.index.json", b"["),
        ("model.safetensors.index.json", b"[]"),
        ("tokenizer.json", b"\x00"),
    ],
)
def test_damaged_files_are_named(model, tmp_path, name, data):
    (model / "tokenizer_config.json").write_text("{}", encoding="utf-8")
    (model / name).write_bytes(data)
    with pytest.raises(WorkshopError, match=f"{name} is damaged"):
        stage(model, tmp_path / "staged")


def test_the_pin_is_that_of_the_installed_engine(tmp_path):
    pin = read_pin(REQUIREMENTS)
    assert len(pin.sha256) == 64
    assert f"llama-cpp-python=={pin.version}" in REQUIREMENTS.read_text(encoding="utf-8")
    with pytest.raises(WorkshopError, match="cannot be read"):
        read_pin(tmp_path / "none.txt")
    (tmp_path / "other.txt").write_text("numpy==2.4.6\n", encoding="utf-8")
    with pytest.raises(WorkshopError, match="names no llama-cpp-python"):
        read_pin(tmp_path / "other.txt")


def test_pip_is_asked_for_the_pinned_source_and_nothing_else(tmp_path, monkeypatch):
    """A stand-in interpreter writes down how it was called."""
    stand_in = tmp_path / "python"
    stand_in.write_text(
        f"#!{sys.executable}\n"
        "import sys, pathlib\n"
        "a = sys.argv\n"
        "folder = pathlib.Path(a[a.index('-d') + 1])\n"
        "wanted = pathlib.Path(a[a.index('-r') + 1]).read_text()\n"
        "(folder / 'asked.txt').write_text(' '.join(a[1:]) + '|' + wanted)\n"
        "(folder / 'llama_cpp_python-9.9.9.tar.gz').write_text('source')\n",
        encoding="utf-8",
    )
    stand_in.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(stand_in))
    found = fetch(Pin("9.9.9", "ab" * 32), tmp_path / "download")
    assert found.name == "llama_cpp_python-9.9.9.tar.gz"
    asked = (tmp_path / "download" / "asked.txt").read_text(encoding="utf-8")
    for part in ("-m pip download", "--no-deps", "--no-binary llama-cpp-python"):
        assert part in asked
    assert "--require-hashes" in asked
    assert asked.endswith(f"|llama-cpp-python==9.9.9 --hash=sha256:{'ab' * 32}\n")
    with pytest.raises(WorkshopError, match="something else"):
        fetch(Pin("9.9.8", "ab" * 32), tmp_path / "download")


WORKSHOP = ("torch", "transformers", "sentencepiece", "llama_cpp")
SOURCE = os.environ.get("AIDPOST_LLAMA_SOURCE", "")


@pytest.mark.skipif(
    not all(map(find_spec, WORKSHOP)) or not SOURCE,
    reason="needs the workshop's packages, and AIDPOST_LLAMA_SOURCE: the source distribution",
)
def test_a_real_folder_becomes_the_same_file_wherever_it_lies(tmp_path):
    import sentencepiece
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from quantize.gguf_child import ask

    text = tmp_path / "text.txt"
    cards = Path(__file__).parent.parent / "kb" / "starter" / "topics"
    text.write_text(
        "\n".join(path.read_text(encoding="utf-8") for path in sorted(cards.rglob("*.md"))[:40]),
        encoding="utf-8",
    )
    converter = unpack(Path(SOURCE), read_pin(REQUIREMENTS), tmp_path / "converter")
    torch.manual_seed(0)
    network = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=500,
            hidden_size=256,
            intermediate_size=512,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=256,
        )
    )
    digests = []
    for name in ("one", "another place"):
        folder = tmp_path / name
        network.save_pretrained(folder)
        sentencepiece.SentencePieceTrainer.train(
            input=str(text),
            model_prefix=str(folder / "tokenizer"),
            vocab_size=500,
            model_type="bpe",
            byte_fallback=True,
            minloglevel=2,
        )
        (folder / "evil.py").write_text("raise SystemExit('ran')", encoding="utf-8")
        out = tmp_path / f"{name}.gguf"
        convert(folder, out, converter, Wanted("real", "f16"))
        digests.append(hashlib.sha256(out.read_bytes()).hexdigest())
    assert digests[0] == digests[1]
    job = {"model": str(out), "text": str(text), "kept": str(tmp_path / "kept"), "full": True}
    job |= {"context": 64, "chunks": 2, "threads": 1, "task_context": 1}
    found = ask("judge", job | {"choices": "", "calls": "", "grammar": ""})
    assert 300 < found["perplexity"] < 800  # 500 words, untrained

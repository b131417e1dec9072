"""Makes tiny models of the catalogue's families as Hugging Face's transformers write them.

Networks have random weights. Vocabularies of Llama and Qwen are the real ones, rebuilt from the
test files of llama.cpp's source; those of Gemma and Phi are trained here, with the real marks of
turns. Templates are the publishers' own, read out of the same source and never kept.
"""

import json
import struct
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SIZES = {
    "hidden_size": 256,
    "intermediate_size": 512,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "initializer_range": 0.1,
}
LLAMA_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN_WORDS = LLAMA_WORDS.replace("{1,3}", "")
PIECES = 600
PICTURE = {"side": 112, "patch": 14, "tokens": 4}


@dataclass(frozen=True)
class Publisher:
    """Where the parts of a family's folder come from."""

    template: str
    """File of the publisher's chat template below `models/templates`."""
    make: Callable[["Source", Path, str], Any]
    """Writes the folder; gives the network."""


@dataclass(frozen=True)
class Source:
    """The source distribution of llama-cpp-python, and text to train small vocabularies on."""

    archive: Path
    text: Path

    def template(self, name: str) -> str:
        return self._read(f"models/templates/{name}").decode("utf-8")

    def vocabulary(self, name: str) -> dict[str, list[Any]]:
        """Tokens, kinds and merges of one of the source's test files."""
        found = gguf_values(self._read(f"models/ggml-vocab-{name}.gguf"))
        return {key: found[f"tokenizer.ggml.{key}"] for key in ("tokens", "token_type", "merges")}

    def _read(self, name: str) -> bytes:
        with tarfile.open(self.archive, "r:gz") as packed:
            for member in packed:
                if member.name.endswith(f"/vendor/llama.cpp/{name}"):
                    found = packed.extractfile(member)
                    assert found is not None
                    return found.read()
        raise AssertionError(f"the source holds no {name}")


KINDS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
TEXT, LIST = 8, 9


def gguf_values(data: bytes) -> dict[str, Any]:
    """What the header of a sound GGUF file tells; much quicker than `gguf.GGUFReader`."""
    at = 24

    def take(form: str) -> Any:
        nonlocal at
        (value,) = struct.unpack_from(f"<{form}", data, at)
        at += struct.calcsize(f"<{form}")
        return value

    def text() -> str:
        return take(f"{take('Q')}s").decode("utf-8")

    def value(kind: int) -> Any:
        if kind == TEXT:
            return text()
        if kind == LIST:
            inner, count = take("I"), take("Q")
            return [value(inner) for _ in range(count)]
        return take(KINDS[kind])

    (count,) = struct.unpack_from("<Q", data, 16)
    return {text(): value(take("I")) for _ in range(count)}


def byte_tokenizer(
    known: Mapping[str, list[Any]], pattern: str, more: Sequence[str] = (), begin: str = ""
) -> Any:
    """A byte-level tokenizer as publishers ship it, from the lists of a GGUF file."""
    from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers, processors
    from tokenizers.normalizers import NFC

    names, control = known["tokens"], 3
    first = known["token_type"].index(control)
    vocabulary = {name: at for at, name in enumerate(names[:first])}
    merges = [tuple(merge.split(" ")) for merge in known["merges"]]
    found = Tokenizer(models.BPE(vocabulary, merges, ignore_merges=bool(begin)))
    found.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    marks = [n for n, kind in zip(names, known["token_type"], strict=True) if kind == control]
    found.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in marks])
    found.add_tokens([AddedToken(name, special=False, normalized=False) for name in more])
    if begin:
        at = (begin, found.token_to_id(begin))
        found.post_processor = processors.TemplateProcessing(
            f"{begin} $A", f"{begin} $A {begin} $B", [at]
        )
    else:
        found.normalizer = NFC()
    return found


def save_tokenizer(found: Any, folder: Path, template: str, **special: str) -> None:
    """Write a tokenizer as transformers do."""
    from transformers import PreTrainedTokenizerFast

    whole = PreTrainedTokenizerFast(tokenizer_object=found, **special)
    whole.chat_template = template
    whole.save_pretrained(folder)


def train_pieces(source: Source, folder: Path, control: Sequence[str]) -> None:
    """Write a small `tokenizer.model` with marks of turns in it."""
    import sentencepiece

    sentencepiece.SentencePieceTrainer.train(
        input=str(source.text),
        model_prefix=str(folder / "tokenizer"),
        vocab_size=PIECES,
        model_type="bpe",
        byte_fallback=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        add_dummy_prefix=False,
        user_defined_symbols=[*control, "\n", "\n\n"],
        pad_id=0, eos_id=1, bos_id=2, unk_id=3,
        pad_piece="<pad>", eos_piece="<eos>", bos_piece="<bos>", unk_piece="<unk>",
        minloglevel=2,
    )  # fmt: skip


def llama(source: Source, folder: Path, template: str) -> Any:
    """Llama 3.2."""
    from transformers import LlamaConfig, LlamaForCausalLM

    known = source.vocabulary("llama-bpe")
    found = byte_tokenizer(known, LLAMA_WORDS, begin="<|begin_of_text|>")
    save_tokenizer(found, folder, template, bos_token="<|begin_of_text|>", eos_token="<|eot_id|>")
    factors = {"low_freq_factor": 1.0, "high_freq_factor": 4.0, "factor": 32.0}
    scaling = {"rope_type": "llama3", "original_max_position_embeddings": 256, **factors}
    ends = [found.token_to_id(name) for name in ("<|end_of_text|>", "<|eot_id|>")]
    config = LlamaConfig(
        **SIZES, vocab_size=found.get_vocab_size(), head_dim=64, tie_word_embeddings=True,
        rope_parameters={"rope_theta": 500000.0, **scaling},
        bos_token_id=found.token_to_id("<|begin_of_text|>"), eos_token_id=ends,
    )  # fmt: skip
    return saved(LlamaForCausalLM(config), folder)


def qwen3(source: Source, folder: Path, template: str) -> Any:
    """Qwen3, dense."""
    from transformers import Qwen3Config, Qwen3ForCausalLM

    known = source.vocabulary("qwen2")
    last = known["tokens"].index("<|im_end|>") + 1
    known = {**known, **{key: known[key][:last] for key in ("tokens", "token_type")}}
    found = byte_tokenizer(known, QWEN_WORDS, more=("<think>", "</think>"))
    save_tokenizer(found, folder, template, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    config = Qwen3Config(
        **SIZES, vocab_size=found.get_vocab_size(), head_dim=64, tie_word_embeddings=True,
        eos_token_id=found.token_to_id("<|im_end|>"), pad_token_id=None,
    )  # fmt: skip
    return saved(Qwen3ForCausalLM(config), folder)


def gemma3(source: Source, folder: Path, template: str) -> Any:
    """Gemma 3, the kind that only reads text."""
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    _gemma_vocabulary(source, folder, template)
    return saved(Gemma3ForCausalLM(Gemma3TextConfig(**_gemma_sizes())), folder)


def gemma3_seeing(source: Source, folder: Path, template: str) -> Any:
    """Gemma 3 with eyes, as MedGemma is built."""
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration

    _gemma_vocabulary(source, folder, template)
    eyes = {
        "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
        "num_attention_heads": 4, "image_size": PICTURE["side"], "patch_size": PICTURE["patch"],
        "vision_use_head": False,
    }  # fmt: skip
    config = Gemma3Config(
        text_config=_gemma_sizes(), vision_config=eyes, mm_tokens_per_image=PICTURE["tokens"]
    )
    (folder / "preprocessor_config.json").write_text(
        json.dumps(
            {
                "image_processor_type": "Gemma3ImageProcessor",
                "image_seq_length": PICTURE["tokens"],
                "image_mean": [0.5] * 3,
                "image_std": [0.5] * 3,
                "size": {"height": PICTURE["side"], "width": PICTURE["side"]},
            }
        ),
        encoding="utf-8",
    )
    network = Gemma3ForConditionalGeneration(config)
    # Words share their table with the output; large ones would only ever repeat themselves.
    network.get_input_embeddings().weight.data.mul_(0.02)
    # transformers begin with nothing here, so that every picture would look alike.
    network.model.multi_modal_projector.mm_input_projection_weight.data.normal_(0, 0.2)
    return saved(network, folder)


GEMMA_MARKS = ("<start_of_turn>", "<end_of_turn>", "<start_of_image>", "<end_of_image>")


def _gemma_vocabulary(source: Source, folder: Path, template: str) -> None:
    from transformers import GemmaTokenizer

    train_pieces(source, folder, GEMMA_MARKS)
    found = GemmaTokenizer.from_pretrained(folder, add_bos_token=True)
    found.add_special_tokens({"additional_special_tokens": list(GEMMA_MARKS)})
    found.chat_template = template
    found.save_pretrained(folder)


def _gemma_sizes() -> dict[str, Any]:
    return {
        **SIZES, "vocab_size": PIECES, "head_dim": 64, "query_pre_attn_scalar": 64,
        "sliding_window": 64, "bos_token_id": 2, "eos_token_id": 1, "pad_token_id": 0,
        "layer_types": ["sliding_attention", "full_attention"],
    }  # fmt: skip


PHI_MARKS = ("<|endoftext|>", "<|assistant|>", "<|system|>", "<|end|>", "<|user|>")


def phi3(source: Source, folder: Path, template: str) -> Any:
    """Phi-3.5-mini, of which MediPhi is made."""
    from transformers import Phi3Config, Phi3ForCausalLM

    found = phi_tokenizer(source, folder)
    found.chat_template = template
    found.save_pretrained(folder)
    end = found.convert_tokens_to_ids("<|endoftext|>")
    config = Phi3Config(
        **{**SIZES, "num_key_value_heads": 4}, vocab_size=PIECES + len(PHI_MARKS),
        pad_token_id=None, bos_token_id=1, eos_token_id=end,
        tie_word_embeddings=False,
    )  # fmt: skip
    return saved(Phi3ForCausalLM(config), folder)


def phi_tokenizer(source: Source, folder: Path) -> Any:
    """A small vocabulary of the Llama 2 kind with the marks of Phi-3 behind it.

    As in Phi-3, white space after a mark belongs to the mark (`rstrip`), and a space is put before
    every text between marks.
    """
    import sentencepiece
    from tokenizers import AddedToken, normalizers
    from transformers import LlamaTokenizer

    sentencepiece.SentencePieceTrainer.train(
        input=str(source.text), model_prefix=str(folder / "tokenizer"), vocab_size=PIECES,
        model_type="bpe", byte_fallback=True, normalization_rule_name="identity",
        remove_extra_whitespaces=False, minloglevel=2,
    )  # fmt: skip
    found = LlamaTokenizer.from_pretrained(folder, add_bos_token=False, add_eos_token=False)
    inner = found.backend_tokenizer
    inner.pre_tokenizer = None
    inner.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    found.add_tokens(
        [
            AddedToken(name, rstrip=name != "<|endoftext|>", special=True, normalized=False)
            for name in PHI_MARKS
        ],
        special_tokens=True,
    )
    return found


def saved(network: Any, folder: Path) -> Any:
    """The network, written beside its vocabulary."""
    network = network.eval()
    network.save_pretrained(folder)
    return network


PUBLISHERS = {
    "llama3": Publisher("meta-llama-Llama-3.2-3B-Instruct.jinja", llama),
    "qwen3": Publisher("Qwen-Qwen3-0.6B.jinja", qwen3),
    "gemma": Publisher("google-gemma-2-2b-it.jinja", gemma3),
    "phi3": Publisher("microsoft-Phi-3.5-mini-instruct.jinja", phi3),
}

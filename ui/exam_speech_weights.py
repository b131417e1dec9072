"""Whisper models that say one given sentence, for figures of speed and for tests.

No weights are fetched: a model is written in the form of CTranslate2. Every token has a direction
of its own, attention adds nothing to it, and the projection of each direction is the token that
follows. The attention of a word points to a time of its own, so that times of words come out too.
What it hears makes no difference; what it costs to hear does, since zeros cost as much as weights.
"""

import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from speech.errors import NoRecogniser
from speech.hearing.model_folder import EXTRA

LANGUAGES = ("en", "fr", "es", "sw", "hi")
FULL_SIZE = 51_865
"""Tokens of the models that are published."""
SIZES = {"tiny": (4, 6, 384), "base": (6, 8, 512), "small": (12, 12, 768)}
"""Layers, heads and width of the published models."""
WORD_S = 0.3
"""Seconds that each word takes."""
_TIMES = 1501
_LONGEST_S = 28.0
_MANY = ""
"""The empty token: CTranslate2 takes a model that has it for one of many languages."""
Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Speaker:
    """What a model says."""

    sentence: str
    """Words that all differ from each other; at most 50."""
    language: str = "en"
    """What it takes every voice to speak."""
    sure: float = 12.0
    """How far the right token stands above the others; small = low log-probability."""
    no_speech: float = 0.0
    """The same for `<|nospeech|>`."""
    many_languages: bool = False
    """Whether it knows more than English."""
    size: str = ""
    """A published size; empty = as small as can be."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Tokens of a model, by place."""

    tokens: tuple[str, ...]

    def id(self, token: str) -> int:
        """The place of a token."""
        return self.tokens.index(token)


def vocabulary(
    words: tuple[str, ...], size: int = 0, *, many_languages: bool = False
) -> Vocabulary:
    """All bytes, whole words with a blank before them, and the special tokens of Whisper."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    pieces = [*letters, *(f"\u0120{word}" for word in dict.fromkeys(words))]
    pieces += [_MANY] if many_languages else []
    special = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{one}|>" for one in LANGUAGES)]
    special += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>"]
    special += ["<|nospeech|>", "<|notimestamps|>"]
    times = [f"<|{place * 0.02:.2f}|>" for place in range(_TIMES)]
    missing = size - len(pieces) - len(special) - len(times)
    pieces += [f"~{number}" for number in range(max(0, missing))]
    return Vocabulary((*pieces, *special, *times))


def make_speaker(folder: Path, speaker: Speaker) -> Path:
    """Write a model.

    Raises:
        NoRecogniser: CTranslate2 is not installed.
    """
    full = FULL_SIZE if speaker.size else 0
    said = speaker.sentence.split()
    words = vocabulary(tuple(said), full, many_languages=speaker.many_languages)
    begin = "<|transcribe|>" if speaker.many_languages else "<|startoftranscript|>"
    end = f"<|{round(min(_LONGEST_S, WORD_S * (len(said) + 1)) / 0.02) * 0.02:.2f}|>"
    chain = [begin, "<|0.00|>", *(f"\u0120{word}" for word in said), end, "<|endoftext|>"]
    smallest = (1, 1, 8 * (-(-(len(chain) + 4) // 8)))
    layers, heads, width = SIZES.get(speaker.size, smallest)
    spec = _empty_spec(layers, heads, width, words)
    _chain(spec, speaker, words, chain)
    _time_words(spec, width, len(chain))
    _write_model(folder, spec, words)
    return folder


def _chain(spec: Any, speaker: Speaker, words: Vocabulary, chain: list[str]) -> None:  # noqa: ANN401
    """Lets every token of the chain bring the next one."""
    follow, inward = spec.decoder.projection.weight, spec.decoder.embeddings.weight
    for place, (token, following) in enumerate(itertools.pairwise(chain)):
        inward[words.id(token), place] = 1.0
        follow[words.id(following), place] = speaker.sure
    inward[words.id("<|notimestamps|>"), 1] = 1.0
    first = len(chain) if speaker.many_languages else 0
    inward[words.id("<|startoftranscript|>"), first] = 1.0
    follow[words.id("<|nospeech|>"), first] = speaker.no_speech
    if speaker.many_languages:
        follow[words.id(f"<|{speaker.language}|>"), first] = speaker.sure


def _time_words(spec: Any, width: int, places: int) -> None:  # noqa: ANN401
    """Lets the attention of each word point to its time; nothing of it reaches the words."""
    frames = round(WORD_S * 50)
    for frame in range(min(1500, frames * (places - 1))):
        spec.encoder.position_encodings.encodings[frame, frame // frames + 1] = 1.0
    query, keys, _ = spec.decoder.layer[-1].attention.linear
    query.weight[:] = 4 * np.eye(width, dtype=np.float32)
    keys.weight[:width] = np.eye(width, dtype=np.float32)


def _empty_spec(layers: int, heads: int, width: int, words: Vocabulary) -> Any:  # noqa: ANN401
    """A model of given dimensions whose weights are all zero, ready to be filled."""
    try:
        from ctranslate2.specs.whisper_spec import WhisperSpec  # noqa: PLC0415
    except ImportError as error:
        raise NoRecogniser(EXTRA) from error
    spec = WhisperSpec(layers, heads, layers, heads)
    encoder, decoder, many = spec.encoder, spec.decoder, len(words.tokens)
    encoder.conv1.weight, encoder.conv1.bias = _zeros(width, 80, 3), _zeros(width)
    encoder.conv2.weight, encoder.conv2.bias = _zeros(width, width, 3), _zeros(width)
    encoder.position_encodings.encodings = _zeros(1500, width)
    decoder.position_encodings.encodings = _zeros(448, width)
    decoder.embeddings.weight, decoder.projection.weight = _zeros(many, width), _zeros(many, width)
    for norm in (encoder.layer_norm, decoder.layer_norm):
        _norm(norm, width)
    for layer in (*encoder.layer, *decoder.layer):
        _attention(layer.self_attention, width)
        _feed(layer.ffn, width)
    for layer in decoder.layer:
        _attention(layer.attention, width)
    return spec


def _write_model(folder: Path, spec: Any, words: Vocabulary) -> None:  # noqa: ANN401
    """Write a model in int8 with its tokenizer, as faster-whisper reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    spec.register_vocabulary(list(words.tokens))
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], []
    spec.config.lang_ids = [words.id(f"<|{one}|>") for one in LANGUAGES]
    spec.config.alignment_heads = [[len(spec.decoder.layer) - 1, 0]]
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    _write_tokenizer(folder, words)
    features = {"feature_size": 80, "sampling_rate": 16000, "hop_length": 160, "n_fft": 400}
    text = json.dumps({**features, "chunk_length": 30})
    (folder / "preprocessor_config.json").write_text(text, encoding="utf-8")


def _write_tokenizer(folder: Path, words: Vocabulary) -> None:
    end = words.id("<|endoftext|>")
    known = {token: place for place, token in enumerate(words.tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=known, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = [AddedToken(token, special=True) for token in words.tokens[end:]]
    tokenizer.add_special_tokens(special)
    tokenizer.save(str(folder / "tokenizer.json"))


def _zeros(*shape: int) -> Array:
    return np.zeros(shape, dtype=np.float32)


def _norm(norm: Any, width: int) -> None:  # noqa: ANN401
    norm.gamma, norm.beta = np.ones(width, np.float32), _zeros(width)


def _attention(attention: Any, width: int) -> None:  # noqa: ANN401
    _norm(attention.layer_norm, width)
    shapes = (3, 1) if len(attention.linear) == 2 else (1, 2, 1)
    for linear, times in zip(attention.linear, shapes, strict=True):
        linear.weight, linear.bias = _zeros(times * width, width), _zeros(times * width)


def _feed(ffn: Any, width: int) -> None:  # noqa: ANN401
    _norm(ffn.layer_norm, width)
    ffn.linear_0.weight, ffn.linear_0.bias = _zeros(4 * width, width), _zeros(4 * width)
    ffn.linear_1.weight, ffn.linear_1.bias = _zeros(width, 4 * width), _zeros(width)

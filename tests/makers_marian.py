"""Translation models in the form of CTranslate2 that answer everything with one sentence."""

import json
import struct
from itertools import pairwise

import numpy as np
from ctranslate2.specs import TransformerSpec

BLANK = "\u2581"


def _number(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def sentence_pieces(pieces):
    """A file of SentencePiece with these pieces; longer ones are likelier."""
    rows = [("<unk>", 0.0, 2), ("</s>", 0.0, 3), *((one, -10.0 + len(one), 1) for one in pieces)]
    out = b""
    for text, score, kind in rows:
        data = text.encode()
        row = b"\x0a" + _number(len(data)) + data + b"\x15" + struct.pack("<f", score)
        row += b"\x18" + _number(kind)
        out += b"\x0a" + _number(len(row)) + row
    return out


def make_translator(folder, says, heard="give the child water 0 1 2 3 4 5 6 7 8 9 mg"):
    """A model that turns every sentence into the words given; the folder's name tells languages."""
    source = sorted(
        {BLANK + word for word in heard.split()} | set(heard.replace(" ", "")) | {BLANK}
    )
    words = [BLANK + word for word in says.split()]
    target = ["<blank>", "<s>", "</s>", *words]
    width = 8 * (-(-(len(target) + 2) // 8))
    spec = TransformerSpec.from_config((1, 1), 1)
    _fill(spec, width, len(source) + 3, len(target))
    for token, following in pairwise(["<s>", *words, "</s>"]):
        spec.decoder.embeddings.weight[target.index(token), target.index(token)] = 1.0
        spec.decoder.projection.weight[target.index(following), target.index(token)] = 12.0
    spec.register_source_vocabulary(["<blank>", "</s>", "<unk>", *source])
    spec.register_target_vocabulary(target)
    spec.validate()
    spec.optimize(quantization="int8")
    folder.mkdir(parents=True)
    spec.save(str(folder))
    about = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**about, "unk_token": "<unk>"}))
    (folder / "source.spm").write_bytes(sentence_pieces(source))
    (folder / "target.spm").write_bytes(sentence_pieces(words))
    return folder


def _fill(spec, width, source, target):
    encoder, decoder = spec.encoder, spec.decoder
    encoder.embeddings[0].weight = _zeros(source, width)
    decoder.embeddings.weight, decoder.projection.weight = (
        _zeros(target, width),
        _zeros(target, width),
    )
    encoder.position_encodings.encodings = _zeros(512, width)
    decoder.position_encodings.encodings = _zeros(512, width)
    for norm in (encoder.layer_norm, decoder.layer_norm):
        _norm(norm, width)
    for layer in (*encoder.layer, *decoder.layer):
        _attention(layer.self_attention, width)
        _norm(layer.ffn.layer_norm, width)
        layer.ffn.linear_0.weight, layer.ffn.linear_0.bias = (
            _zeros(4 * width, width),
            _zeros(4 * width),
        )
        layer.ffn.linear_1.weight, layer.ffn.linear_1.bias = _zeros(width, 4 * width), _zeros(width)
    for layer in decoder.layer:
        _attention(layer.attention, width)


def _attention(attention, width):
    _norm(attention.layer_norm, width)
    shapes = (3, 1) if len(attention.linear) == 2 else (1, 2, 1)
    for linear, times in zip(attention.linear, shapes, strict=True):
        linear.weight, linear.bias = _zeros(times * width, width), _zeros(times * width)


def _norm(norm, width):
    norm.gamma, norm.beta = np.ones(width, np.float32), _zeros(width)


def _zeros(*shape):
    return np.zeros(shape, np.float32)

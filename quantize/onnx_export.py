"""From trained weights to what is shipped: ONNX, int8, trimmed vocabulary.

Word vectors are kept as int8 with one scale a word, which costs nothing in quality; the matrices
are quantized by ONNX Runtime, one scale a column. Pooling and, for the encoder, scaling to length
one are part of the graph. Needs the extra `workshop`.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

Kind = Literal["encoder", "reranker"]
OPSET = 17
ODDEST = 5
"""Word numbers below this are marks of the model; the example input uses none of them."""


def export(kind: Kind, weights: Path, tokenizer: dict[str, Any], out: Path) -> None:
    """Write model.onnx and tokenizer.json into `out`.

    Args:
        kind: what the weights are.
        weights: folder of the trained model; for a re-ranker with head.pt.
        tokenizer: the trimmed tokenizer, from `quantize.vocabulary.trim`.
        out: folder to write to, made if needed.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415

    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":"))
    (out / "tokenizer.json").write_text(text, encoding="utf-8")
    full = out / "full.onnx"
    _write_full(kind, weights, _old_numbers(weights, tokenizer), full)
    quantize_dynamic(
        full,
        out / "model.onnx",
        per_channel=True,
        reduce_range=True,  # processors without VNNI overflow on eight full bits
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul"],
    )
    full.unlink()


def _old_numbers(weights: Path, tokenizer: dict[str, Any]) -> list[int]:
    old = json.loads((weights / "tokenizer.json").read_text(encoding="utf-8"))
    numbers = old["model"]["vocab"]
    return [int(numbers[piece]) for piece in tokenizer["model"]["vocab"]]


def _write_full(kind: Kind, weights: Path, rows: Sequence[int], path: Path) -> None:
    import torch  # noqa: PLC0415

    network, names = _network(kind, weights, rows)
    words = torch.randint(ODDEST, max(ODDEST + 1, len(rows)), (2, 9))
    seen = torch.ones_like(words)
    seen[1, 5:] = 0
    inputs = (words, seen, torch.zeros_like(words))[: len(names)]
    output = "embedding" if kind == "encoder" else "score"
    axes = {name: {0: "batch", 1: "tokens"} for name in names}
    torch.onnx.export(
        network,
        inputs,
        str(path),
        input_names=names,
        output_names=[output],
        dynamic_axes={**axes, output: {0: "batch"}},
        opset_version=OPSET,
        dynamo=False,
    )


def _network(kind: Kind, weights: Path, rows: Sequence[int]) -> tuple[Any, list[str]]:
    """The network as it is exported, and the names of its inputs."""
    import torch  # noqa: PLC0415
    from transformers import AutoModel  # noqa: PLC0415

    from quantize.networks import Encoder, Reranker, WordTable  # noqa: PLC0415

    model = AutoModel.from_pretrained(
        weights, attn_implementation="eager", add_pooling_layer=False
    ).eval()
    table = model.embeddings.word_embeddings.weight.detach()[list(rows)]
    model.embeddings.word_embeddings = WordTable(table)
    if kind == "encoder":
        return Encoder(model).eval(), ["input_ids", "attention_mask"]
    network = Reranker(model)
    network.head.load_state_dict(torch.load(weights / "head.pt", weights_only=True))
    return network.eval(), ["input_ids", "attention_mask", "token_type_ids"]

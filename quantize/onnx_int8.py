"""The workshop's door to ONNX Runtime's quantizer: full precision in, 8-bit weights out.

Only the large multiplications become 8-bit; everything else, such as normalisation and softmax,
keeps full precision, which costs hardly any time and saves most of the loss. Needs the extra
`workshop` for the package `onnx`.
"""

import tempfile
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from quantize.calibration_images import Floats
from quantize.errors import WorkshopError

KINDS = ("dynamic", "static")
"""Dynamic measures the inputs of each multiplication in use; static knows them from calibration."""
OPERATIONS = ("MatMul", "Gemm", "Conv")
NOT_INSTALLED = 'Not installed: onnx. Add it with: pip install "aidpost[workshop]"'


def quantize(
    source: Path, target: Path, kind: str, pictures: Sequence[Floats], *, reduce_range: bool
) -> None:
    """Write a network again with 8-bit weights, one scale for each output of a multiplication.

    Args:
        source: an ONNX file with full precision.
        target: the file to write.
        kind: one of `KINDS`.
        pictures: inputs to calibrate with; only used by the static kind.
        reduce_range: use seven of the eight bits: processors without VNNI overflow on all eight.

    Raises:
        WorkshopError: a package is missing, or the network cannot be quantized.
    """
    if kind not in KINDS:
        raise WorkshopError(f"The kind {kind} is not known. Known: {', '.join(KINDS)}.")
    if kind == "static" and not pictures:
        raise WorkshopError("The static kind needs pictures to calibrate with.")
    try:
        # It needs the package `onnx` and fails without it.
        from onnxruntime import quantization  # noqa: PLC0415
    except ImportError as error:
        raise WorkshopError(NOT_INSTALLED) from error
    with tempfile.TemporaryDirectory() as place:
        plain = Path(place) / "plain.onnx"
        name = _plain(source, plain)
        common: dict[str, Any] = {
            "per_channel": True,
            "reduce_range": reduce_range,
            "weight_type": quantization.QuantType.QInt8,
        }
        if kind == "dynamic":
            # A dynamic convolution is slower than one in full precision.
            wide = [one for one in OPERATIONS if one != "Conv"]
            quantization.quantize_dynamic(plain, target, op_types_to_quantize=wide, **common)
            return
        quantization.quantize_static(
            plain,
            target,
            _reader(quantization, name, pictures),
            quant_format=quantization.QuantFormat.QDQ,
            activation_type=quantization.QuantType.QUInt8,
            op_types_to_quantize=list(OPERATIONS),
            **common,
        )


def _plain(source: Path, target: Path) -> str:
    """Write the network without noted shapes, which some exports get wrong; its input's name."""
    onnx: Any = import_module("onnx")
    broken: Any = import_module("google.protobuf.message").DecodeError
    try:
        network = onnx.load(str(source))
        onnx.checker.check_model(network)
    except (OSError, broken, onnx.checker.ValidationError) as error:
        raise WorkshopError(f"{source.name} is no sound ONNX file.") from error
    weights = {one.name for one in network.graph.initializer}
    inputs: list[str] = [one.name for one in network.graph.input if one.name not in weights]
    if len(inputs) != 1:
        raise WorkshopError(f"{source.name} has {len(inputs)} inputs; an image encoder has one.")
    del network.graph.value_info[:]
    onnx.save(network, str(target))
    return inputs[0]


def _reader(quantization: Any, name: str, pictures: Sequence[Floats]) -> Any:  # noqa: ANN401
    """The pictures in the form that the quantizer reads them."""

    class Reader(quantization.CalibrationDataReader):  # type: ignore[misc]
        """Gives one picture after the other."""

        def __init__(self) -> None:
            self._left: Iterator[Floats] = iter(pictures)

        def get_next(self) -> dict[str, Floats] | None:
            """The next picture; None after the last."""
            picture = next(self._left, None)
            return None if picture is None else {name: picture}

    return Reader()

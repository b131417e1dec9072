"""Opens an ONNX file to see whether it can be used; runs in a child process only.

The door of this package to ONNX Runtime. A network that keeps weights in other files is not opened.
"""

from collections.abc import Mapping
from pathlib import Path

from kb.errors import UnreadableDocument
from ui.models.onnx_links import NoNetwork, has_links

Json = dict[str, object]


def trial(_data: bytes, arguments: Mapping[str, object]) -> tuple[Json, bytes]:
    """Names of the inputs and outputs of the network in the file `path`.

    Raises:
        UnreadableDocument: it is no network, or one that cannot be run here.
    """
    data = _read(Path(str(arguments["path"])))
    try:
        import onnxruntime  # noqa: PLC0415 - only here
    except ImportError as error:
        raise UnreadableDocument("the part that runs it is not installed") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except MemoryError:
        raise
    except Exception as error:  # the library raises children of Exception itself
        raise UnreadableDocument("it is damaged or of a kind this program cannot run") from error
    inputs = [one.name for one in session.get_inputs()]
    return {"inputs": inputs, "outputs": [one.name for one in session.get_outputs()]}, b""


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        linked = has_links(data)
    except OSError as error:
        raise UnreadableDocument("it cannot be read") from error
    except NoNetwork as error:
        raise UnreadableDocument("it is damaged or of a kind this program cannot run") from error
    if linked:
        raise UnreadableDocument("its weights are in another file, which is not allowed")
    return data

"""Makes pictures, DICOM files and tiny networks for the tests of image analysis."""

import io
import struct
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

EXPLICIT, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"


def png(pixels: np.ndarray) -> bytes:
    """A picture as a PNG file."""
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, "PNG")
    return held.getvalue()


def jpeg(pixels: np.ndarray, quality: int = 90) -> bytes:
    """A picture as a JPEG file."""
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, "JPEG", quality=quality)
    return held.getvalue()


def shape_picture(rng: np.random.Generator, kind: str, side: int = 96) -> np.ndarray:
    """A grey picture with noise: `rings` or `bars` on an uneven ground, in a random place."""
    rows, columns = np.mgrid[:side, :side]
    ground = 90 + 30 * np.sin(rows / rng.uniform(15, 40)) + rng.normal(0, 14, (side, side))
    high, wide = rng.uniform(0.3, 0.7, 2) * side
    away = np.hypot(rows - high, columns - wide)
    turn = rng.uniform(0, np.pi)
    along = np.cos(turn) * (rows - high) + np.sin(turn) * (columns - wide)
    wave = away if kind == "rings" else along
    near = away < side * rng.uniform(0.25, 0.4)
    ground += near * 45 * (np.sin(wave / rng.uniform(1.6, 2.4)) > 0)
    return np.repeat(ground.clip(0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def labelled_folder(folder: Path, each: int, seed: int = 1) -> Path:
    """A folder with one folder a label, `rings` and `bars`, and a list of groups and patients."""
    rng = np.random.default_rng(seed)
    rows = ["file,group,patient"]
    for kind in ("rings", "bars"):
        (folder / kind).mkdir(parents=True)
        for index in range(each):
            name = f"{kind}/{index:03}.png"
            (folder / name).write_bytes(png(shape_picture(rng, kind)))
            rows.append(f"{name},{'left' if index % 2 else 'right'},p{kind}{index // 2}")
    (folder / "groups.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder


# --- DICOM ------------------------------------------------------------------------------------


def element(group: int, number: int, kind: str, value: bytes) -> bytes:
    """An element of an explicit little-endian data set."""
    value += b"" if len(value) % 2 == 0 else (b"\0" if kind in {"OB", "UI"} else b" ")
    head = struct.pack("<HH2s", group, number, kind.encode())
    if kind in {"OB", "OW", "SQ", "UN", "UT"}:
        return head + struct.pack("<HI", 0, len(value)) + value
    return head + struct.pack("<H", len(value)) + value


def head(syntax: str = EXPLICIT, what: str = "1.2.840.10008.5.1.4.1.1.7") -> bytes:
    """The file meta information."""
    rows = element(2, 2, "UI", what.encode()) + element(2, 3, "UI", b"1.2.3.4")
    rows += element(2, 0x10, "UI", syntax.encode())
    return element(2, 0, "UL", struct.pack("<I", len(rows))) + rows


def nested(depth: int) -> bytes:
    """Sequences of undefined length inside each other."""
    begin = struct.pack("<HH2sHI", 0x0040, 0x0275, b"SQ", 0, 0xFFFFFFFF)
    begin += struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    end = struct.pack("<HHI", 0xFFFE, 0xE00D, 0) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return begin * depth + end * depth


def dicom(values: np.ndarray, **more: str | bytes) -> bytes:
    """A DICOM file of grey values, shape (rows, columns) or (frames, rows, columns).

    `more` sets: kind, slope, intercept, centre, width, syntax, preamble, extra, pixels, rows.
    """
    frames = values.shape[0] if values.ndim == 3 else 1
    rows, columns = values.shape[-2:]
    signed = values.dtype == np.int16
    texts = {key: value for key, value in more.items() if isinstance(value, str)}
    body = element(8, 0x60, "CS", texts.get("modality", "CR").encode())
    body += element(8, 0x80, "LO", b"District Hospital")
    body += element(0x10, 0x10, "PN", b"Example^Person")
    body += element(0x10, 0x20, "LO", b"MRN-0042")
    body += element(0x10, 0x30, "DA", b"19800101")
    body += element(0x18, 0x15, "CS", texts.get("part", "CHEST").encode())
    body += _image_head(texts, frames, int(texts.get("rows", rows)), columns, signed)
    for number, key in (
        (0x1050, "centre"),
        (0x1051, "width"),
        (0x1052, "intercept"),
        (0x1053, "slope"),
    ):
        if key in texts:
            body += element(0x28, number, "DS", texts[key].encode())
    extra = more.get("extra", b"")
    body += extra if isinstance(extra, bytes) else extra.encode()
    pixels = more.get("pixels", values.astype("<i2" if signed else "<u2").tobytes())
    body += element(0x7FE0, 0x10, "OW", bytes(pixels) if isinstance(pixels, bytes) else b"")
    before = more.get("preamble", b"")
    start = before.encode() if isinstance(before, str) else before
    return start.ljust(128, b"\0") + b"DICM" + head(texts.get("syntax", EXPLICIT)) + body


def _image_head(texts: dict[str, str], frames: int, rows: int, columns: int, signed: bool) -> bytes:
    body = element(0x28, 2, "US", struct.pack("<H", 1))
    body += element(0x28, 4, "CS", texts.get("kind", "MONOCHROME2").encode())
    body += element(0x28, 8, "IS", str(frames).encode())
    for number, value in ((0x10, rows), (0x11, columns), (0x100, 16), (0x101, 16), (0x102, 15)):
        body += element(0x28, number, "US", struct.pack("<H", value))
    return body + element(0x28, 0x103, "US", struct.pack("<H", int(signed)))


def packed_dicom(syntax: str, stream: bytes) -> bytes:
    """A DICOM file whose pixels are packed."""
    texts = {"kind": "MONOCHROME2"}
    body = element(8, 0x60, "CS", b"CR")
    for part in (_image_head(texts, 1, 16, 16, signed=False),):
        body += part
    body += struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OB", 0, 0xFFFFFFFF)
    body += struct.pack("<HHI", 0xFFFE, 0xE000, 0)
    body += struct.pack("<HHI", 0xFFFE, 0xE000, len(stream)) + stream
    body += struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return b"\0" * 128 + b"DICM" + head(syntax) + body


# --- wounds -----------------------------------------------------------------------------------

PER_MM = 8
"""Pixels of the flat scene for a millimetre."""
SCENE_MM = (180.0, 130.0)
CARD_MM = (85.60, 53.98)


class Scene:
    """A flat scene of known size, photographed from somewhere."""

    def __init__(
        self, rng: np.random.Generator, coin_mm: float | None = None, tilt: float = 10.0,
        apart: float = 75.0,
    ) -> None:  # fmt: skip
        """Draw skin, a wound of known area and a card or a coin, and look at it aslant.

        `apart`: millimetres from the middle of the wound to that of the coin, about.
        """
        self.rng = rng
        self.apart = apart
        wide, high = (int(size * PER_MM) for size in SCENE_MM)
        base = rng.uniform([120, 80, 60], [225, 180, 160])
        flat = np.tile(base, (high, wide, 1))
        grain = cv2.GaussianBlur(rng.normal(0, 60, (high, wide)), (0, 0), rng.uniform(3, 12))
        flat += grain[:, :, None] * rng.uniform(0.4, 1.0)
        self.area_cm2, self.length_mm = self._wound(flat, base)
        if coin_mm is None:
            self._card(flat)
        else:
            self._coin(flat, coin_mm)
        self._photograph(flat, tilt)

    def _wound(self, flat: np.ndarray, base: np.ndarray) -> tuple[float, float]:
        middle = np.array([135.0, 65.0]) + self.rng.uniform(-8, 8, 2)
        turns = np.linspace(0, 2 * np.pi, 400, endpoint=False)
        radius = self.rng.uniform(10, 22) * (
            1
            + sum(
                self.rng.uniform(0, 0.12 / k) * np.cos(k * turns + self.rng.uniform(0, 6))
                for k in (1, 2, 3, 5)
            )
        )
        self.outline_mm = middle + np.stack(
            [radius * np.cos(turns), 1.25 * radius * np.sin(turns)], 1
        )
        mask = np.zeros(flat.shape[:2], np.uint8)
        cv2.fillPoly(
            mask, [np.rint(self.outline_mm * PER_MM * 16).astype(np.int32)], 255, cv2.LINE_AA, 4
        )
        red = base * self.rng.uniform([0.6, 0.25, 0.25], [0.85, 0.5, 0.5])
        texture = cv2.GaussianBlur(self.rng.normal(0, 90, mask.shape), (0, 0), 4)[:, :, None]
        share = mask[:, :, None] / 255.0
        flat[:] = flat * (1 - share) + (red + texture * 0.8) * share
        across, down = self.outline_mm.T
        area = 0.5 * abs(np.dot(across, np.roll(down, 1)) - np.dot(down, np.roll(across, 1)))
        gaps = self.outline_mm[:, None] - self.outline_mm[None]
        return area / 100, float(np.hypot(gaps[..., 0], gaps[..., 1]).max())

    def _card(self, flat: np.ndarray) -> None:
        turn = self.rng.uniform(-0.25, 0.25)
        spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        wide, high = CARD_MM
        radius = 3.18
        arcs = []
        for corner, start in (((wide, high), 0), ((0, high), 1), ((0, 0), 2), ((wide, 0), 3)):
            angle = np.pi / 2 * (start + np.linspace(0, 1, 12))
            inner = np.clip(corner, [radius, radius], [wide - radius, high - radius])
            arcs.append(inner + radius * np.stack([np.cos(angle), np.sin(angle)], 1))
        shape = (np.concatenate(arcs) - [wide / 2, high / 2]) @ spin.T + [55, 65]
        self._paint(flat, shape, self.rng.choice([[245, 245, 240], [40, 60, 130], [30, 110, 70]]))
        stripe = (
            np.array([[5, 8], [80, 8], [80, 18], [5, 18]]) - [wide / 2, high / 2]
        ) @ spin.T + [55, 65]
        self._paint(flat, stripe, [70, 70, 75])

    def _coin(self, flat: np.ndarray, coin_mm: float) -> None:
        turns = np.linspace(0, 2 * np.pi, 200)
        ring = coin_mm / 2 * np.stack([np.cos(turns), np.sin(turns)], 1) + [
            135 - self.apart,
            65,
        ]
        self._paint(flat, ring, self.rng.choice([[250, 245, 215], [60, 62, 66]]))

    def _paint(self, flat: np.ndarray, shape_mm: np.ndarray, colour: list[int]) -> None:
        mask = np.zeros(flat.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.rint(shape_mm * PER_MM * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        share = mask[:, :, None] / 255.0
        flat[:] = flat * (1 - share) + np.array(colour, float) * share

    def _photograph(self, flat: np.ndarray, tilt: float) -> None:
        """Look at the scene with a pinhole camera from 320 to 450 mm, `tilt` degrees from above."""
        size = (int(flat.shape[1] * 0.75), int(flat.shape[0] * 0.75))
        away = self.rng.uniform(320, 450)
        focal = 0.86 * size[0] * away / SCENE_MM[0]
        lean, turn, roll = np.radians(tilt), *self.rng.uniform(-np.pi, np.pi, 2)
        axis = np.array([np.cos(turn), np.sin(turn), 0.0])
        spun = cv2.Rodrigues(lean * axis)[0] @ cv2.Rodrigues(np.array([0, 0, roll * 0.05]))[0]
        camera = np.array([[focal, 0, size[0] / 2], [0, focal, size[1] / 2], [0, 0, 1.0]])
        middle = np.array(SCENE_MM) / 2
        place = np.column_stack([spun[:, :2], spun[:, :2] @ -middle + [0, 0, away]])
        # A pixel of the flat scene has its middle at a half, one of the picture at a whole.
        to_mm = np.array([[1 / PER_MM, 0, 0], [0, 1 / PER_MM, 0], [0, 0, 1.0]])
        self.view = camera @ place @ to_mm
        edge = tuple(float(value) for value in np.median(flat.reshape(-1, 3), axis=0))
        seen = cv2.warpPerspective(
            flat.astype(np.float32), self.view, size, flags=cv2.INTER_AREA, borderValue=edge
        )
        seen = cv2.GaussianBlur(seen, (0, 0), self.rng.uniform(0.6, 1.4))
        light = np.linspace(*self.rng.uniform(0.85, 1.1, 2), size[0])[None, :, None]
        noisy = seen * light + self.rng.normal(0, self.rng.uniform(2, 6), seen.shape)
        self.pixels = noisy.clip(0, 255).astype(np.uint8)

    @property
    def outline(self) -> np.ndarray:
        """The true outline of the wound in the picture, pixels."""
        places = (
            np.hstack([self.outline_mm * PER_MM, np.ones((len(self.outline_mm), 1))]) @ self.view.T
        )
        return places[:, :2] / places[:, 2:]

    def box(self, margin: float = 0.18) -> tuple[int, int, int, int]:
        """A box around the wound, as a person would draw it: left, top, width, height."""
        low, high = self.outline.min(axis=0), self.outline.max(axis=0)
        grow = (high - low) * (margin + self.rng.uniform(-0.05, 0.05, 2))
        return (*(int(v) for v in low - grow), *(int(v) for v in high - low + 2 * grow))


# --- tiny networks, written byte by byte as ONNX (protocol buffers) --------------------------------


def _field(number: int, value: bytes | int) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def _value(name: str, kind: int, shape: list[int | str]) -> bytes:
    dims = b"".join(
        _field(1, _field(1, one) if isinstance(one, int) else _field(2, one.encode()))
        for one in shape
    )
    return _field(1, name.encode()) + _field(2, _field(1, _field(1, kind) + _field(2, dims)))


def _node(kind: str, inputs: list[str], output: str, *attributes: bytes) -> bytes:
    body = b"".join(_field(1, name.encode()) for name in inputs) + _field(2, output.encode())
    return body + _field(4, kind.encode()) + b"".join(_field(5, one) for one in attributes)


def _tensor(name: str, values: np.ndarray) -> bytes:
    dims = b"".join(_field(1, int(size)) for size in values.shape)
    raw = values.astype("<f4").tobytes()
    return dims + _field(2, 1) + _field(8, name.encode()) + _field(9, raw)


def _model(nodes: list[bytes], tensors: list[bytes], taken: bytes, given: bytes) -> bytes:
    graph = b"".join(_field(1, node) for node in nodes) + _field(2, b"tiny")
    graph += b"".join(_field(5, one) for one in tensors) + _field(11, taken) + _field(12, given)
    return _field(1, 8) + _field(8, _field(1, b"") + _field(2, 13)) + _field(7, graph)


def seeing_onnx(weights: np.ndarray) -> bytes:
    """A network that multiplies the mean colour of a picture with `weights`, shape (3, n)."""
    nodes = [
        _node("GlobalAveragePool", ["pixel_values"], "pooled"),
        _node("Flatten", ["pooled"], "flat"),
        _node("MatMul", ["flat", "weights"], "image_embeds"),
    ]
    taken = _value("pixel_values", 1, [1, 3, "high", "wide"])
    return _model(
        nodes,
        [_tensor("weights", weights)],
        taken,
        _value("image_embeds", 1, [1, weights.shape[1]]),
    )


def reading_onnx(table: np.ndarray) -> bytes:
    """A network that gives the mean of the rows of `table` that the token ids name."""
    axes = _field(1, b"axes") + _field(20, 7) + _field(8, 1)
    keep = _field(1, b"keepdims") + _field(20, 2) + _field(3, 0)
    nodes = [
        _node("Gather", ["table", "input_ids"], "rows"),
        _node("ReduceMean", ["rows"], "text_embeds", axes, keep),
    ]
    taken = _value("input_ids", 7, [1, "tokens"])
    return _model(
        nodes, [_tensor("table", table)], taken, _value("text_embeds", 1, [1, table.shape[1]])
    )


def tokenizer_json(words: list[str]) -> bytes:
    """A tokenizer that knows whole words."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    vocabulary = {word: number for number, word in enumerate(["[UNK]", "[PAD]", *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer.to_str().encode()

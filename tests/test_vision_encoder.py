"""Image encoders: preprocessing as data, the ONNX door, zero-shot labels, the built-in measures."""

import json
from dataclasses import replace

import numpy as np
import pytest
from makers_images import reading_onnx, seeing_onnx, shape_picture, tokenizer_json

from assistant.vision.encoder import MeasuringEncoder, OnnxPair
from assistant.vision.encoder_errors import EncoderUnusable, ImageError, ImagesOff
from assistant.vision.encoder_families import families, family_of, told_by, with_logits
from assistant.vision.encoder_features import measures
from assistant.vision.encoder_prepare import checked, fitted, prepared
from assistant.vision.encoder_session import OnnxImage, OnnxText
from assistant.vision.encoder_zero import Finding, Kind, Prompts, ZeroShot, likely, mean_of, prompts

WORDS = ["red", "green", "blue", "no", "not", "a"]
SPACE = np.zeros((len(WORDS) + 2, 8), np.float32)
SPACE[2:5, :3] = np.eye(3)
SPACE[5, 0] = SPACE[6, 0] = -2.0
SPACE[:2, 7] = SPACE[7, 7] = 0.05


def picture(red: int, green: int, blue: int) -> np.ndarray:
    return np.tile(np.array([red, green, blue], np.uint8), (40, 60, 1))


def pair(judge: str = "softmax", bias: float | None = None) -> OnnxPair:
    family = replace(
        families()["mobileclip"], size=32, tokens=6, judge=judge, bias=bias, scale=20.0
    )
    weights = np.zeros((3, 8), np.float32)
    weights[:, :3] = np.eye(3)
    text = OnnxText(reading_onnx(SPACE), tokenizer_json(WORDS), 6, padding=True)
    return OnnxPair("tiny", family, OnnxImage(seeing_onnx(weights), 1), text)


@pytest.mark.parametrize(
    ("name", "key"),
    [("medsiglip", "medsiglip"), ("google/medsiglip-448", "medsiglip"), ("BiomedCLIP_v2", "biomedclip"),
     ("MobileCLIP-S2", "mobileclip"), ("siglip2-base", "siglip"), ("clinic-own", "clip")],
)  # fmt: skip
def test_the_family_shows_in_the_name(name: str, key: str):
    assert family_of(name).key == key


def test_a_preprocessor_file_goes_before_the_family():
    config = {
        "do_center_crop": True, "crop_size": {"height": 200, "width": 200}, "resample": 3,
        "image_mean": [0.1, 0.2, 0.3], "image_std": [1, 1, 1],
    }  # fmt: skip
    found = told_by(families()["medsiglip"], json.dumps(config).encode())
    assert (found.size, found.fit, found.interpolation) == (200, "crop", "bicubic")
    assert found.mean == (0.1, 0.2, 0.3)


@pytest.mark.parametrize(
    "config",
    [b"", b"[]", b"{}", b'{"size": 9000}', b'{"size": "x"}', b'{"size": 224, "image_std": [0, 1, 1]}',
     b'{"size": 224, "image_mean": [1]}'],
)  # fmt: skip
def test_a_damaged_preprocessor_file_is_a_plain_message(config: bytes):
    with pytest.raises(EncoderUnusable, match="preprocessor_config"):
        told_by(families()["clip"], config)


def test_logits_come_from_the_model():
    assert with_logits(families()["siglip"], b'{"scale": 117.3, "bias": -12.9}').bias == -12.9
    with pytest.raises(EncoderUnusable, match="logits"):
        with_logits(families()["siglip"], b'{"scale": -1}')


def test_crop_keeps_the_shape_and_squash_the_whole():
    wide = np.zeros((40, 120, 3), np.uint8)
    wide[:, :40] = 255
    crop = fitted(wide, replace(families()["mobileclip"], size=32))
    squash = fitted(wide, replace(families()["medsiglip"], size=30))
    assert crop.shape == (32, 32, 3)
    assert crop.max() < 128
    assert squash[:, :8].min() > 200


def test_colours_are_brought_to_scale():
    found = prepared(picture(255, 0, 127), replace(families()["medsiglip"], size=32))
    assert found.shape == (1, 3, 32, 32)
    assert found[0, 0].min() == pytest.approx(1.0)
    assert found[0, 1].max() == pytest.approx(-1.0)


@pytest.mark.parametrize("shape", [(40, 40), (40, 40, 4), (3, 60, 3), (10, 900, 3)])
def test_what_is_no_picture_is_refused(shape: tuple[int, ...]):
    with pytest.raises(ImageError):
        checked(np.zeros(shape, np.uint8))


def test_both_halves_meet_in_one_space():
    encoder = pair()
    seen = encoder.see(picture(250, 5, 5))
    assert np.linalg.norm(seen) == pytest.approx(1.0, abs=1e-5)
    assert seen @ encoder.read("red") > seen @ encoder.read("blue") + 0.4


def test_damage_to_a_network_is_a_plain_message_and_the_rest_works():
    whole = seeing_onnx(np.eye(3, 8, dtype=np.float32))
    rng = np.random.default_rng(0)
    for data in (b"", b"not a network", whole[: len(whole) // 2], rng.bytes(400)):
        with pytest.raises(EncoderUnusable, match="everything else works"):
            OnnxImage(data).vector(np.zeros((1, 3, 32, 32), np.float32))


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0])
def test_numbers_that_are_none_switch_the_encoder_off(bad: float):
    network = OnnxImage(seeing_onnx(np.full((3, 8), bad, np.float32)))
    with pytest.raises(EncoderUnusable, match="numbers that are none"):
        network.vector(np.ones((1, 3, 32, 32), np.float32))


def test_a_wrong_shape_switches_the_encoder_off():
    narrow = OnnxImage(seeing_onnx(np.ones((3, 2), np.float32)))
    with pytest.raises(EncoderUnusable, match="1 x 2"):
        narrow.vector(np.ones((1, 3, 32, 32), np.float32))
    with pytest.raises(EncoderUnusable, match="does not take"):
        OnnxImage(seeing_onnx(np.ones((3, 8), np.float32))).vector(
            np.ones((1, 4, 8, 8), np.float32)
        )


def test_a_damaged_tokenizer_is_a_plain_message():
    with pytest.raises(EncoderUnusable, match="tokenizer"):
        OnnxText(reading_onnx(SPACE), b"{}", 6, padding=True).vector("red")


def test_changed_bytes_of_a_network_never_crash():
    whole = seeing_onnx(np.eye(3, 8, dtype=np.float32))
    rng = np.random.default_rng(5)
    refused = 0
    for _ in range(60):
        data = bytearray(whole)
        for place in rng.integers(0, len(data), 3):
            data[place] = rng.integers(0, 256)
        try:
            OnnxImage(bytes(data), 1).vector(np.ones((1, 3, 16, 16), np.float32))
        except EncoderUnusable:
            refused += 1
    assert refused > 10


ASKED = Finding(
    "red", "redness", "red query", ("red", "a red"), ("no red", "not red"), ("red",), ("no red",)
)
TWISTED = replace(ASKED, id="twisted", probe_present=("no red",), probe_absent=("red",))
SMALL = Prompts(
    ("{}",),
    (Kind("r", "red", ("red", "a red")), Kind("b", "blue", ("blue",))),
    {"r": (ASKED, TWISTED), "b": ()},
)


def test_labels_come_from_averaged_prompts():
    encoder = pair()
    zero = ZeroShot(encoder, encoder.family, SMALL)
    red, blue = (
        zero.kinds(encoder.see(picture(250, 9, 9))),
        zero.kinds(encoder.see(picture(9, 9, 250))),
    )
    assert red["r"] > 0.9
    assert red["b"] < 0.5
    assert blue["b"] > blue["r"]
    assert sum(red.values()) == pytest.approx(1.0, abs=1e-5)


def test_a_finding_is_set_against_its_negation_and_its_probe():
    encoder = pair()
    plain, twisted = ZeroShot(encoder, encoder.family, SMALL).findings(
        encoder.see(picture(250, 9, 9)), "r"
    )
    assert plain.probability > 0.9
    assert plain.agrees
    assert twisted.finding.id == "twisted"
    assert not twisted.agrees


def test_sigmoid_families_judge_each_label_alone():
    sharp = replace(pair("sigmoid").family, bias=-10.0)
    chances = likely(np.array([0.9, 0.8, 0.1]), sharp)
    assert chances[0] > 0.9
    assert chances[1] > 0.9
    assert chances[2] < 0.1


def test_the_mean_of_prompts_has_length_one():
    assert np.linalg.norm(mean_of([np.array([1.0, 0.0]), np.array([0.0, 1.0])])) == pytest.approx(
        1.0
    )


def test_the_prompts_of_the_package_are_whole():
    words = prompts()
    for kind, findings in words.findings.items():
        assert kind in {one.id for one in words.kinds}
        for finding in findings:
            sides = (finding.present, finding.absent, finding.probe_present, finding.probe_absent)
            assert all(sides)
            assert not {*finding.present, *finding.absent} & {
                *finding.probe_present,
                *finding.probe_absent,
            }


def test_measures_are_the_same_every_time_and_of_length_one():
    shown = shape_picture(np.random.default_rng(1), "rings")
    first = measures(shown)
    assert np.array_equal(first, measures(shown.copy()))
    assert np.linalg.norm(first) == pytest.approx(1.0, abs=1e-5)


def test_measures_see_what_is_alike():
    rng = np.random.default_rng(2)
    rings = [measures(shape_picture(rng, "rings")) for _ in range(2)]
    base = shape_picture(rng, "bars")
    lighter = (base * 0.9).astype(np.uint8)
    assert measures(base) @ measures(lighter) > 0.98 > rings[0] @ measures(base)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_even_picture_has_measures_without_nan(level: int):
    assert np.isfinite(measures(picture(level, level, level))).all()


def test_the_built_in_encoder_says_that_it_reads_no_words():
    with pytest.raises(ImagesOff, match="aidpost models"):
        MeasuringEncoder().read("pneumonia")

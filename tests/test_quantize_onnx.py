"""Smaller image encoders: pictures, 8-bit files, bounds, recipes that repeat."""

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from quantize.calibration_images import Preparation, prepare, read_pictures
from quantize.digests import sha256_of
from quantize.errors import WorkshopError
from quantize.onnx_encoder import Encoder, OnnxCard, make
from quantize.onnx_int8 import quantize
from quantize.onnx_measure import Network, cosine
from quantize.onnx_recipe import make_recipe, read_recipe, record, toml
from ui.cli.main import cli

SHIPPED = Path(str(files("quantize").joinpath("recipes/onnx.toml")))
SIDE = 32
PLAIN = Preparation(SIDE, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    random = np.random.default_rng(2)
    for number in range(24):
        patch = random.integers(0, 255, (5, 7, 3), dtype=np.uint8)
        picture = Image.fromarray(patch).resize((60, 40), Image.Resampling.BICUBIC)
        picture.save(folder / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    """Patches, two layers, a vector: the operations of an image encoder in small."""
    onnx = pytest.importorskip("onnx", reason="the extra `workshop` is not installed")
    helper, random = onnx.helper, np.random.default_rng(4)
    sizes = {"patch": (64, 3, 8, 8), "one": (64, 256), "two": (256, 64), "head": (64, 32)}
    weights = [
        onnx.numpy_helper.from_array(
            (random.normal(0, 1, size) / np.sqrt(np.prod(size[1:]) or 1)).astype(np.float32), name
        )
        for name, size in sizes.items()
    ]
    steps = [
        helper.make_node("Conv", ["pixels", "patch"], ["a"], strides=[8, 8]),
        helper.make_node("GlobalAveragePool", ["a"], ["b"]),
        helper.make_node("Flatten", ["b"], ["c"], axis=1),
        helper.make_node("MatMul", ["c", "one"], ["d"]),
        helper.make_node("Tanh", ["d"], ["e"]),
        helper.make_node("MatMul", ["e", "two"], ["f"]),
        helper.make_node("Gemm", ["f", "head"], ["vector"]),
    ]
    graph = helper.make_graph(
        steps,
        "small",
        [helper.make_tensor_value_info("pixels", 1, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("vector", 1, [1, 32])],
        weights,
    )
    # A noted shape that is wrong, as some exports have them.
    graph.value_info.append(helper.make_tensor_value_info("d", 1, [1, 7]))
    network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path = tmp_path_factory.mktemp("encoder") / "full.onnx"
    onnx.save(network, str(path))
    return path


RECIPE = {
    "name": "small",
    "kinds": ["dynamic", "static"],
    "size": SIDE,
    "mean": [0.5, 0.5, 0.5],
    "deviation": [0.5, 0.5, 0.5],
    "one_in": 4,
    "most": 20,
    "least_cosine": 0.99,
    "time_ratio": 1000.0,
}


def test_a_picture_becomes_numbers_as_the_preparation_says(tmp_path):
    path = tmp_path / "red.png"
    Image.new("RGB", (10, 20), (255, 0, 51)).save(path)
    found = prepare(path, Preparation(4, (0.5, 0.0, 0.2), (0.5, 1.0, 2.0)))
    assert found.shape == (1, 3, 4, 4)
    assert found.dtype == np.float32
    assert found[0, :, 1, 2].tolist() == pytest.approx([1.0, 0.0, 0.0], abs=1e-6)


def test_no_picture_is_calibrated_and_measured_with(pictures):
    found = read_pictures(pictures, PLAIN, 4, 20)
    assert len(found.calibration) + len(found.held_back) == 20
    shown = {one.tobytes() for one in found.calibration}
    assert found.held_back
    assert not shown.intersection(one.tobytes() for one in found.held_back)
    assert read_pictures(pictures, PLAIN, 4, 20).sha256 == found.sha256
    assert read_pictures(pictures, PLAIN, 4, 19).sha256 != found.sha256


def test_pictures_that_cannot_be_used_are_named(tmp_path, pictures):
    with pytest.raises(WorkshopError, match="0 different pictures"):
        read_pictures(tmp_path, PLAIN, 4, 20)
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    with pytest.raises(WorkshopError, match=r"broken\.png cannot be read"):
        prepare(tmp_path / "broken.png", PLAIN)
    Image.new("1", (8000, 6000)).save(tmp_path / "huge.png")
    with pytest.raises(WorkshopError, match=r"huge\.png is too large"):
        prepare(tmp_path / "huge.png", PLAIN)


def test_both_kinds_are_small_near_and_the_same_again(encoder, pictures, tmp_path):
    card = make(make_recipe(RECIPE), encoder, pictures, tmp_path / "a", lambda _: None)
    assert [one.name for one in card.smaller] == ["small-int8-dynamic", "small-int8-static"]
    for one in card.smaller:
        assert one.size < 0.75 * card.full.size
        assert 0.99 < one.least_cosine <= one.mean_cosine < 1
    assert card.picked.name == "small-int8-static"  # the dynamic one leaves the first layer whole
    made = read_recipe(tmp_path / "a" / "made.toml")
    assert made.input_sha256 == sha256_of(encoder)
    again = make(made, encoder, pictures, tmp_path / "b", lambda _: None)
    assert [one.sha256 for one in again.smaller] == [one.sha256 for one in card.smaller]
    assert list(made.outputs.values()) == [one.sha256 for one in card.smaller]


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ({"input_sha256": "0" * 64}, "encoder is not what"),
        ({"pictures_sha256": "0" * 64}, "set of pictures is not"),
        ({"outputs": {"dynamic": "0" * 64}}, "dynamic file is not"),
    ],
)
def test_what_differs_from_the_recipe_is_named(encoder, pictures, tmp_path, what, message):
    recipe = make_recipe({**RECIPE, "kinds": ["dynamic"], **what})
    with pytest.raises(WorkshopError, match=message):
        make(recipe, encoder, pictures, tmp_path, lambda _: None)


def test_files_that_are_no_image_encoder_are_refused(encoder, tmp_path):
    onnx = pytest.importorskip("onnx")
    bad = tmp_path / "bad.onnx"
    for data in (b"", b"nothing", encoder.read_bytes()[:3000]):
        bad.write_bytes(data)
        with pytest.raises(WorkshopError, match=r"bad\.onnx is no sound ONNX file"):
            quantize(bad, tmp_path / "out.onnx", "dynamic", [], reduce_range=True)
    network = onnx.load(str(encoder))
    network.graph.input.append(onnx.helper.make_tensor_value_info("more", 1, [1]))
    onnx.save(network, str(bad))
    with pytest.raises(WorkshopError, match="has 2 inputs"):
        quantize(bad, tmp_path / "out.onnx", "dynamic", [], reduce_range=True)


def test_a_network_that_cannot_be_run_is_refused(tmp_path):
    bad = tmp_path / "bad.onnx"
    for data in (b"", b"nothing"):
        bad.write_bytes(data)
        with pytest.raises(WorkshopError, match="cannot be loaded"):
            Network(bad, 1)


def test_a_picture_of_another_size_is_refused(encoder):
    with pytest.raises(WorkshopError, match="pictures of this size"):
        Network(encoder, 1).vector(np.zeros((1, 3, 5, 5), np.float32))
    with pytest.raises(WorkshopError, match="no number"):
        Network(encoder, 1).vector(np.full((1, 3, SIDE, SIDE), np.nan, np.float32))


def test_a_kind_needs_to_be_known_and_static_needs_pictures(tmp_path):
    with pytest.raises(WorkshopError, match="int4 is not known"):
        quantize(tmp_path / "a", tmp_path / "b", "int4", [], reduce_range=True)
    with pytest.raises(WorkshopError, match="needs pictures"):
        quantize(tmp_path / "a", tmp_path / "b", "static", [], reduce_range=True)


def test_of_files_alike_in_size_the_faster_one_is_picked():
    full = Encoder("full", "0", 1000, 50.0)
    quick = Encoder("quick", "0", 251, 20.0, 0.4, 0.995, 0.999)
    slow = replace(quick, name="slow", size=250, milliseconds=22.0, time_ratio=0.44)
    turned = replace(quick, name="turned", size=100, least_cosine=0.98)
    late = replace(quick, name="late", size=100, time_ratio=0.46)
    recipe = make_recipe({**RECIPE, "time_ratio": 0.45})
    card = OnnxCard(full, (quick, slow, turned, late), recipe, 5)
    assert card.picked.name == "quick"
    assert [card.broken(one) for one in (turned, late)] == [("cosine",), ("time",)]
    assert OnnxCard(full, (turned, late), recipe, 5).picked is None


def test_cosine_of_nothing_is_nothing():
    assert cosine(np.zeros(3, np.float32), np.ones(3, np.float32)) == 0
    assert cosine(np.ones(3, np.float32), -np.ones(3, np.float32)) == pytest.approx(-1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kinds": ["int4"]}, "of: dynamic, static"),
        ({"kinds": []}, "of: dynamic, static"),
        ({"mean": [1, 2]}, "three colours"),
        ({"deviation": [0.1, 0, 0.1]}, "three colours"),
        ({"one_in": 0}, "from 1"),
        ({"size": "large"}, "from 1"),
        ({"wide": 3}, "unknown value 'wide'"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_refused(change, message):
    with pytest.raises(WorkshopError, match=message):
        make_recipe({**RECIPE, **change})


def test_the_shipped_recipe_and_a_record_read_back_as_written(tmp_path):
    made = record(read_recipe(SHIPPED), "a" * 64, "b" * 64, {"static": "c" * 64})
    path = tmp_path / "made.toml"
    path.write_text(toml(made), encoding="utf-8")
    assert read_recipe(path) == made


def test_the_command_makes_measures_and_picks(encoder, pictures, tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(toml(make_recipe(RECIPE)), encoding="utf-8")
    arguments = ["quantize", "onnx", "--model", str(encoder), "--images", str(pictures)]
    run = CliRunner().invoke(
        cli, [*arguments, "--recipe", str(recipe), "--out", str(tmp_path / "out")]
    )
    assert run.exit_code == 0, run.output
    assert "Picked: **small-int8-static**" in run.stdout

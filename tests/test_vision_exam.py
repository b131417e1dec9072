"""The commands of image analysis from end to end, on folders of made pictures."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from makers_images import Scene, dicom, labelled_folder, png, shape_picture

from assistant.vision.encoder import MeasuringEncoder
from assistant.vision.encoder_errors import ConsentMissing, ImageError, ImagesOff, TooFewPictures
from kb.errors import UnreadableDocument
from ui.cli.exam_vision import exam_vision
from ui.cli.image import image
from ui.exam_vision_spoil import spoilings
from ui.settings import load_settings
from ui.vision_images import image_evidence, images_on
from ui.vision_images_files import PictureFiles
from ui.vision_images_train import samples_of, see_folder


def run(*arguments: object) -> dict[str, object]:
    """What a command prints as JSON; its errors are raised."""
    result = CliRunner().invoke(image, [*map(str, arguments), "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return labelled_folder(tmp_path_factory.mktemp("pictures") / "set", 40)


@pytest.fixture
def switched_on() -> None:
    assert CliRunner().invoke(image, ["on"]).exit_code == 0


def test_it_is_off_until_a_person_switches_it_on(tmp_path):
    file = tmp_path / "a.png"
    file.write_bytes(png(np.full((64, 64, 3), 90, np.uint8)))
    for arguments in ([file], ["atlas", "list"], ["atlas", "search", file]):
        with pytest.raises(ImagesOff, match="aidpost image on"):
            run(*arguments)
    settings = load_settings()[0]
    (settings.home).mkdir(parents=True, exist_ok=True)
    (settings.home / "aidpost.toml").write_text("port = 7900\nimages = 1\n", encoding="utf-8")
    assert not images_on(settings)
    CliRunner().invoke(image, ["on"], catch_exceptions=False)
    assert images_on(settings)
    assert "port = 7900" in (settings.home / "aidpost.toml").read_text(encoding="utf-8")
    CliRunner().invoke(image, ["off"], catch_exceptions=False)
    assert not images_on(settings)


def test_without_a_head_nothing_is_said_and_the_way_is_shown(tmp_path, switched_on):
    file = tmp_path / "a.png"
    file.write_bytes(png(shape_picture(np.random.default_rng(0), "rings")))
    told = run(file)
    assert told["abstained"]
    assert "aidpost image train" in str(told["reason"])
    assert "aidpost models" in str(told["warnings"])
    assert "not a diagnosis" in str(told["status"])


def test_a_folder_becomes_a_head_that_finds_and_refuses(folder: Path, tmp_path, switched_on):
    told = run("train", folder, "--find", "rings", "--source", "made")
    (report,) = told["heads"]
    assert report["auc"] > 0.9
    assert set(report["groups"]) == {"left", "right"}
    rng = np.random.default_rng(77)
    called = []
    for number, kind in enumerate(["rings"] * 8 + ["bars"] * 8):
        file = tmp_path / f"{number}.png"
        file.write_bytes(png(shape_picture(rng, kind)))
        found = run(file)
        called.append("rings" in str(found["query"]))
    assert sum(called[:8]) >= 5
    assert sum(called[8:]) <= 3
    strange = tmp_path / "strange.png"
    strange.write_bytes(png(rng.integers(0, 255, (96, 96, 3), dtype=np.uint8)))
    refused = run(strange)
    assert refused["abstained"]
    assert refused["findings"] == {"rings": "unlike the training pictures"}
    evidence, _, eyes = image_evidence(load_settings()[0], strange)
    assert evidence.abstained
    assert eyes.encoder.name == MeasuringEncoder.name


def test_the_atlas_from_end_to_end(folder: Path, switched_on):
    first, *others = sorted((folder / "rings").iterdir())[:6]
    more = ("--source", "clinic", "--consent", "paper 12", "--label", "rings")
    assert len(run("atlas", "add", *others, *more)["added"]) == 5
    near = run("atlas", "search", others[2], "-k", 2)["near"]
    assert near[0]["likeness"] == pytest.approx(1.0, abs=0.01)
    assert len(run("atlas", "list")["pictures"]) == 5
    run("atlas", "remove", near[0]["id"][:12])
    assert len(run("atlas", "list")["pictures"]) == 4
    with pytest.raises(ConsentMissing):
        run("atlas", "add", first, "--source", "clinic", "--consent", " ", "--label", "rings")


def test_a_dicom_file_and_a_folder_of_them(tmp_path, switched_on):
    ramp = np.tile(np.arange(64, dtype=np.uint16) * 16, (64, 1))
    for name in ("b.dcm", "a.dcm"):
        (tmp_path / name).write_bytes(dicom(ramp))
    (tmp_path / "DICOMDIR").write_bytes(b"\0" * 200)
    one = run(tmp_path / "a.dcm", "--window", 512, 256)
    assert one["tags"]["Modality"] == "CR"
    assert one["hidden_tags"] >= 4
    assert "Example" not in json.dumps(one)
    many = run(tmp_path)
    assert [row["file"] for row in many["files"]] == ["a.dcm", "b.dcm"]


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a" + b"\0" * 50, b"\x89PNG\r\n\x1a\n" + b"\0" * 30, b"<svg/>"]
)
def test_files_that_are_no_pictures_are_a_plain_message(tmp_path, switched_on, data: bytes):
    file = tmp_path / "x.png"
    file.write_bytes(data)
    with pytest.raises(UnreadableDocument, match=r"x\.png"):
        run(file)


def test_a_wound_is_measured_from_the_command_line(tmp_path, switched_on):
    scene = Scene(np.random.default_rng(5), tilt=5.0)
    file = tmp_path / "w.png"
    file.write_bytes(png(scene.pixels))
    told = run("wound", file, "--box", ",".join(map(str, scene.box())))
    assert told["area_cm2"] == pytest.approx(scene.area_cm2, rel=0.05)
    assert CliRunner().invoke(image, ["wound", str(file)]).exit_code == 2
    assert CliRunner().invoke(image, ["wound", str(file), "--box", "1,2"]).exit_code == 2


def test_a_folder_without_two_labels_is_a_plain_message(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "a.png").write_bytes(png(np.full((40, 40, 3), 9, np.uint8)))
    with pytest.raises(TooFewPictures, match="two or more"):
        samples_of(tmp_path)


def test_broken_and_double_pictures_are_left_out_and_told(tmp_path):
    folder = labelled_folder(tmp_path / "set", 3)
    (folder / "rings" / "broken.png").write_bytes(b"no picture")
    (folder / "rings" / "again.png").write_bytes((folder / "rings" / "000.png").read_bytes())
    found = see_folder(folder, MeasuringEncoder(), lambda done, whole: None)
    assert len(found.labels) == 6
    assert len(found.skipped) == 2


def test_two_labels_need_a_word_on_which_to_find(folder: Path, switched_on):
    with pytest.raises(ImageError, match="--find"):
        run("train", folder, "--source", "made")
    with pytest.raises(ImageError, match="bars, rings"):
        run("train", folder, "--find", "dots", "--source", "made")


def test_the_exam_tells_figures_clean_and_spoilt(folder: Path):
    result = CliRunner().invoke(
        exam_vision, [str(folder), "--find", "rings"], catch_exceptions=False
    )
    report = json.loads(result.stdout)
    assert report["pictures"] == 80
    (finding,) = report["findings"]
    assert finding["low"] <= finding["auc"] <= finding["high"]
    spoilt = report["robustness"]
    assert set(spoilt) == {"finding", "clean", *spoilings()}
    assert 0.0 <= spoilt["noise"]["answered"] <= 1.0
    assert spoilt["clean"]["answered"] > 0.8


def test_spoiling_does_what_it_says():
    shown = shape_picture(np.random.default_rng(1), "bars")
    ways = {name: change(shown) for name, change in spoilings().items()}
    assert all(one.shape == shown.shape and one.dtype == np.uint8 for one in ways.values())
    assert ways["darker"].mean() < 0.7 * shown.mean()
    assert ways["brighter"].mean() > shown.mean()
    assert (
        np.abs(np.diff(ways["blur"].astype(int), axis=1)).mean()
        < np.abs(np.diff(shown.astype(int), axis=1)).mean()
    )
    assert np.array_equal(ways["noise"], spoilings()["noise"](shown))


def test_one_child_serves_many_files(tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(png(np.full((40, 40, 3), number * 40, np.uint8)))
    with PictureFiles() as files:
        levels = [
            int(files.open(tmp_path / f"{number}.png").pixels[0, 0, 0]) for number in range(3)
        ]
    assert levels == [0, 40, 80]

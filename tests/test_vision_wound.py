"""Wounds: sizes against made pictures of known size, and against geometry worked by hand."""

from datetime import date

import numpy as np
import pytest
from makers_images import Scene

from assistant.vision.encoder_errors import NotMeasurable
from assistant.vision.wound import Dated, Marked, Reference, Size, change, course, measure
from assistant.vision.wound_error import two_ways
from assistant.vision.wound_pixels import Box
from assistant.vision.wound_plane import (
    Ellipse,
    area_each,
    moved,
    plane_of_card,
    plane_of_coin,
    projection,
    span,
)


def test_a_projection_brings_places_to_their_targets():
    rng = np.random.default_rng(0)
    true = np.array([[1.1, 0.2, 5.0], [-0.1, 0.9, 3.0], [1e-4, -2e-4, 1.0]])
    places = rng.uniform(0, 800, (4, 2))
    found = projection(places, moved(true, places))
    fresh = rng.uniform(0, 800, (20, 2))
    assert np.allclose(moved(found, fresh), moved(true, fresh), atol=1e-6)


def test_the_area_of_pixels_adds_up_to_the_area_of_the_card():
    corners = np.array([[100, 120], [700, 160], [680, 540], [80, 470]], float)
    plane = plane_of_card(corners)
    rows, columns = np.mgrid[100:560, 60:720]
    places = np.stack([columns.ravel(), rows.ravel()], 1).astype(float)
    at = moved(plane, places)
    inside = (at > 0).all(1) & (at[:, 0] < 85.60) & (at[:, 1] < 53.98)
    assert area_each(plane, places[inside]).sum() == pytest.approx(85.60 * 53.98, rel=0.005)


@pytest.mark.parametrize("start", range(4))
def test_it_does_not_matter_which_corner_of_the_card_comes_first(start: int):
    corners = np.roll(np.array([[0, 0], [856, 0], [856, 539.8], [0, 539.8]]), start, axis=0)
    size = span(moved(plane_of_card(corners), np.array([[0.0, 0.0], [100.0, 0.0]])))
    assert size[0] == pytest.approx(10.0, rel=1e-6)


def test_a_coin_seen_aslant_gives_scale_in_both_directions():
    coin = Ellipse(300.0, 200.0, 100.0, 80.0, 0.5)
    plane = plane_of_coin(coin, 25.0)
    along = np.array([np.cos(0.5), np.sin(0.5)])
    beside = np.array([-np.sin(0.5), np.cos(0.5)])
    ends = moved(plane, np.array([[300, 200] + 100 * along, [300, 200] + 80 * beside]))
    assert np.linalg.norm(ends, axis=1) == pytest.approx([12.5, 12.5])


def test_length_and_width_of_a_rectangle():
    corners = np.array([[0, 0], [30, 0], [30, 40], [0, 40]], float)
    length, width = span(corners)
    assert length == pytest.approx(50.0)
    assert width == pytest.approx(48.0)


@pytest.mark.parametrize("tilt", [0.0, 10.0, 20.0])
@pytest.mark.parametrize("seed", [101, 102])
def test_beside_a_card_the_area_is_right_to_five_percent(seed: int, tilt: float):
    scene = Scene(np.random.default_rng(seed), tilt=tilt)
    size, mask = measure(scene.pixels, Reference(), Marked(Box(*scene.box())))
    assert size.area_cm2 == pytest.approx(scene.area_cm2, rel=0.05)
    assert size.length_mm == pytest.approx(scene.length_mm, rel=0.05)
    assert abs(size.area_cm2 - scene.area_cm2) <= size.area_error
    assert mask.any()


@pytest.mark.parametrize("seed", [201, 202])
def test_beside_a_coin_from_above_the_area_is_right_to_five_percent(seed: int):
    scene = Scene(np.random.default_rng(seed), coin_mm=23.25, tilt=0.0, apart=48.0)
    size, _ = measure(scene.pixels, Reference(coin_mm=23.25), Marked(Box(*scene.box())))
    assert size.area_cm2 == pytest.approx(scene.area_cm2, rel=0.05)


def test_beside_a_coin_the_error_that_is_told_holds_the_slight_tilt_that_is_not_seen():
    scene = Scene(np.random.default_rng(203), coin_mm=23.25, tilt=3.0, apart=48.0)
    size, _ = measure(scene.pixels, Reference(coin_mm=23.25), Marked(Box(*scene.box())))
    assert abs(size.area_cm2 - scene.area_cm2) <= size.area_error
    assert any("30 cm" in note for note in size.notes)


@pytest.mark.parametrize(("tilt", "apart"), [(20.0, 48.0), (0.0, 90.0)])
def test_beside_a_coin_aslant_or_far_from_the_wound_another_picture_is_asked_for(tilt, apart):
    scene = Scene(np.random.default_rng(204), coin_mm=23.25, tilt=tilt, apart=apart)
    with pytest.raises(NotMeasurable, match="right beside the wound"):
        measure(scene.pixels, Reference(coin_mm=23.25), Marked(Box(*scene.box())))


def coin_at(degrees, turn=0.0):
    """A coin of 25 mm at ten points for a millimetre, seen under a tilt."""
    return Ellipse(500.0, 400.0, 125.0, 125.0 * np.cos(np.radians(degrees)), turn)


def test_how_far_the_two_planes_of_one_ellipse_lie_apart():
    along = np.array([[500.0, 400.0 + 300.0 * np.cos(np.radians(10.0))]])
    # 30 mm along the tilt at 10 degrees, and 4 hidden ones: 30 sin(10.77) / 300.
    assert two_ways(coin_at(10.0), 25.0, along) == pytest.approx(0.01869, rel=0.01)
    beside = np.array([[800.0, 400.0]])
    assert two_ways(coin_at(10.0), 25.0, beside) < 0.5 * two_ways(coin_at(10.0), 25.0, along)
    # A coin that looks round may be tilted any way: no direction is better than another.
    assert two_ways(coin_at(0.0), 25.0, beside) == pytest.approx(
        two_ways(coin_at(0.0), 25.0, np.array([[500.0, 700.0]]))
    )


def test_an_outline_drawn_by_hand_is_moved_to_the_wound():
    scene = Scene(np.random.default_rng(301), tilt=8.0)
    middle = scene.outline.mean(axis=0)
    rough = tuple(map(tuple, (middle + (scene.outline - middle) * 1.07)[::20]))
    kept, _ = measure(scene.pixels, Reference(), Marked(drawn=rough, refined=False))
    moved_to, _ = measure(scene.pixels, Reference(), Marked(drawn=rough))
    assert kept.area_cm2 > 1.08 * scene.area_cm2
    assert moved_to.area_cm2 == pytest.approx(scene.area_cm2, rel=0.05)


def test_what_cannot_be_measured_is_said():
    skin = np.full((400, 500, 3), (190, 140, 120), np.uint8)
    with pytest.raises(NotMeasurable, match="No card"):
        measure(skin, Reference(), Marked(Box(200, 150, 80, 80)))
    with pytest.raises(NotMeasurable, match="No coin"):
        measure(skin, Reference(coin_mm=23.25), Marked(Box(200, 150, 80, 80)))
    with pytest.raises(NotMeasurable, match="diameter"):
        measure(skin, Reference(coin_mm=500.0), Marked(Box(200, 150, 80, 80)))
    corners = ((10.0, 10.0), (180.0, 10.0), (180.0, 118.0), (10.0, 118.0))
    with pytest.raises(NotMeasurable, match="stand out"):
        measure(skin, Reference(corners=corners), Marked(Box(250, 150, 120, 120)))
    with pytest.raises(NotMeasurable, match="Mark the wound"):
        measure(skin, Reference(corners=corners), Marked())
    with pytest.raises(NotMeasurable):
        measure(skin, Reference(corners=corners), Marked(Box(900, 900, 20, 20)))


def sized(area: float, error: float = 0.2) -> Size:
    return Size(area, error, 10.0, 1.0, 8.0, 0.0)


def test_change_over_time_is_told_with_its_error():
    found = change(Dated(date(2026, 1, 1), sized(10.0)), Dated(date(2026, 1, 15), sized(5.0)))
    assert found.percent == pytest.approx(-50.0)
    assert found.percent_each_week == pytest.approx(-25.0)
    # Relative errors 2 % and 4 % of a ratio of one half.
    assert found.percent_error == pytest.approx(50 * np.hypot(0.02, 0.04))
    assert found.sure


def test_a_change_within_its_error_is_not_sure():
    found = change(
        Dated(date(2026, 1, 1), sized(10.0, 1.0)), Dated(date(2026, 1, 8), sized(9.5, 1.0))
    )
    assert not found.sure


def test_a_course_is_told_from_the_first_day_on():
    days = [
        Dated(date(2026, 1, day), sized(area)) for day, area in ((20, 4.0), (1, 8.0), (10, 6.0))
    ]
    assert [one.percent for one in course(days)] == pytest.approx([-25.0, -50.0])
    with pytest.raises(NotMeasurable, match="later day"):
        change(days[0], days[0])

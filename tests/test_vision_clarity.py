"""Pictures that were spoilt after a head learnt from clear ones: it gives no answer."""

import json

import numpy as np
import pytest
from makers_images import shape_picture

from assistant.vision.heads import Judged
from assistant.vision.heads_clarity import KEY, clarity_of, refused, spans_of, unlike
from ui.exam_vision_spoil import blurred, lit, noisy


@pytest.fixture(scope="module")
def figures():
    rng = np.random.default_rng(5)
    clear = [clarity_of(shape_picture(rng, kind)) for kind in ("rings", "bars") * 30]
    return json.loads(json.dumps({KEY: spans_of(clear)}))


def picture(seed=77):
    return shape_picture(np.random.default_rng(seed), "rings")


def test_a_picture_like_those_that_were_learnt_from_is_answered(figures):
    assert not any(unlike(figures, clarity_of(picture(seed))) for seed in range(80, 100))


@pytest.mark.parametrize(
    "spoil",
    [lambda p: blurred(p, 0.06), lambda p: noisy(p, 90.0), lambda p: lit(p, 2.5)],
    ids=["blur", "noise", "light"],
)
def test_a_spoilt_picture_is_refused(figures, spoil):
    assert all(unlike(figures, clarity_of(spoil(picture(seed)))) for seed in range(80, 90))


def test_each_measure_tells_its_own_harm():
    grain, detail, burnt = clarity_of(picture())
    assert clarity_of(noisy(picture(), 60.0))[0] > grain
    assert clarity_of(blurred(picture(), 0.06))[1] < detail
    assert clarity_of(lit(picture(), 2.5))[2] > burnt + 0.1


@pytest.mark.parametrize("told", [{}, {KEY: 3}, {KEY: {"grain": "much"}}, {KEY: {"grain": [1.0]}}])
def test_a_head_that_was_not_told_refuses_nothing_here(told):
    assert not unlike(told, (0.0, 0.0, 0.0))


def test_a_refused_answer_has_no_probability():
    given = refused(
        Judged("pneumonia", 0.97, called=True, threshold=0.5, distance=1.0, farthest=2.0)
    )
    assert (given.known, given.called, given.distance) == (False, False, 1.0)


def test_one_colour_and_one_point_have_measures():
    for shape in ((40, 40, 3), (1, 1, 3)):
        assert np.isfinite(clarity_of(np.full(shape, 255, np.uint8))).all()

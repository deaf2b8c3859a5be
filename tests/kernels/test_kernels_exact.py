"""On which side of an edge? The exact answer, whatever the coordinates."""

import math
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

coordinates = st.floats(-1000, 1000, allow_nan=False)


def truth(ax, ay, bx, by, px, py):
    ax, ay, bx, by, px, py = map(Fraction, (ax, ay, bx, by, px, py))
    cross = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
    return (cross > 0) - (cross < 0)


@settings(max_examples=60)
@given(points=st.tuples(*[coordinates] * 6))
@example(points=(0.0, 0.0, 1.0, 1.0, 5e-324, 0.0))
@example(points=(5e-324, 0.0, 0.0, 5e-324, 5e-324, 5e-324))
@example(points=(-1e6, -1e6, 1e6, 1e6, 0.1, 0.1))
@example(points=(0.0, 0.0, 0.1, 0.3, 0.2, 0.6))
def test_the_sign_is_that_of_exact_fractions(points, compiled):
    assert compiled.orient(*points) == truth(*points)


@pytest.mark.parametrize("step", [0, 1, 2, 3])
def test_neighbours_of_a_line_are_told_apart(step, compiled):
    ax, ay, bx, by = 22.1, 40.7, 41.9, 52.3
    px = 30.3
    py = ay + (px - ax) * (by - ay) / (bx - ax)
    for _ in range(step):
        py = math.nextafter(py, 100)
    assert compiled.orient(ax, ay, bx, by, px, py) == truth(ax, ay, bx, by, px, py)


@settings(max_examples=60)
@given(a=st.tuples(coordinates, coordinates), b=st.tuples(coordinates, coordinates), share=st.fractions(0, 1))
def test_points_near_the_middle_of_an_edge(a, b, share, compiled):
    px, py = (float(Fraction(one) + share * (Fraction(other) - Fraction(one))) for one, other in zip(a, b, strict=True))
    assert compiled.orient(*a, *b, px, py) == truth(*a, *b, px, py)


@pytest.mark.parametrize("wild", [math.nan, math.inf, -math.inf, 2e6])
def test_what_is_no_coordinate_is_refused(wild, compiled):
    with pytest.raises(ValueError, match="too large"):
        compiled.orient(0.0, 0.0, 1.0, wild, 0.5, 0.5)

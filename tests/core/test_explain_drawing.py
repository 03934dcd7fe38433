"""What heat maps and the map of judged faces look like."""

from __future__ import annotations

import numpy as np

from core.drawing import HEAT_COLOURS, draw_heat
from core.figures.explain import MapPoints, judged_map


def test_cold_parts_stay_gray_and_warm_ones_take_the_colour() -> None:
    face = np.full((4, 4, 3), (200, 100, 50), np.uint8)
    heat = np.zeros((4, 4), np.float32)
    heat[0, 0] = 1
    drawn = draw_heat(face, heat)
    gray = int(0.2989 * 200 + 0.5870 * 100 + 0.1140 * 50)
    assert drawn[3, 3].tolist() == [gray] * 3
    assert np.abs(drawn[0, 0] - (0.25 * gray + 0.75 * np.array(HEAT_COLOURS[-1]))).max() <= 1


def test_the_map_has_a_look_for_each_person_and_a_ring_around_each_mistake() -> None:
    places = np.array([[0, 0], [0.5, 0.5], [-1, 1]], np.float32)
    wrong = np.array([False, True, False])
    points = MapPoints(places, np.array([0, 0, 2]), wrong, ["a", "b", "<b>"], [7, 8, 9])
    figure = judged_map(points, ("Ann", "Bo", "Cid <i>"))
    assert [trace.name for trace in figure.data] == ["Ann", "Cid &lt;i&gt;", "Named wrong"]
    assert [list(trace.customdata) for trace in figure.data] == [[7, 8], [9], [8]]
    assert figure.data[1].text[0] == "&lt;b&gt;"
    assert figure.data[0].marker.color != figure.data[1].marker.color
    assert len(judged_map(MapPoints(places, np.array([0, 0, 2]), ~wrong & False, "abc", [7, 8, 9]), ("A", "B", "C")).data) == 2

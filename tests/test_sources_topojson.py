"""TopoJSON: decoding, simplification that keeps borders common, islands, neighbours."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sevenpercent.data import tables
from sevenpercent.data.readers import topojson
from sevenpercent.data.recipe import RawFiles, Source
from sevenpercent.errors import InputError

# Two squares side by side with a kink in their border, a hole with a city in it, an island.
ARCS = [
    [[10, 0], [0, 5], [1, 0], [-1, 1], [0, 4]],
    [[10, 10], [-10, 0], [0, -10], [10, 0]],
    [[10, 0], [10, 0], [0, 10], [-10, 0]],
    [[2, 2], [2, 0], [0, 2], [-2, 0], [0, -2]],
    [[30, 0], [1, 0], [0, 1], [-1, -1]],
]
GEOMETRIES: list[dict[str, Any]] = [
    {"type": "Polygon", "id": "west", "arcs": [[0, 1], [~3]]},
    {"type": "MultiPolygon", "id": "east", "arcs": [[[2, ~0]], [[4]]]},
    {"type": "Polygon", "id": "city", "arcs": [[3]]},
    {"type": None, "id": "dot"},
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    content = {
        "type": "Topology",
        "transform": {"scale": [2, 2], "translate": [100, 0]},
        "arcs": ARCS,
        "objects": {"place": {"type": "GeometryCollection", "geometries": GEOMETRIES}},
    }
    (tmp_path / "map.json").write_text(json.dumps(content))
    return tmp_path / "map.json"


def test_decoding(path: Path) -> None:
    topology = topojson.read(path, "place", unit=2)
    assert set(topology.shapes) == {"west", "east", "city"}
    west = topojson.ring(topology, topology.shapes["west"][0])
    assert west[0].tolist() == west[-1].tolist() == [60, 0]
    assert topojson.area(west) == 100.5
    assert [topojson.area(topojson.ring(topology, r)) for r in topology.shapes["east"]] == [
        99.5,
        0.5,
    ]


def test_neighbours_share_a_border(path: Path) -> None:
    assert topojson.neighbours(topojson.read(path, "place")) == {
        ("west", "east"),
        ("east", "west"),
        ("west", "city"),
        ("city", "west"),
    }


def test_simplified_neighbours_keep_one_border(path: Path) -> None:
    simple = topojson.simplify(topojson.read(path, "place", unit=2), 2)
    west, east = (topojson.ring(simple, simple.shapes[n][0]) for n in ("west", "east"))
    assert topojson.area(west) == 100
    assert topojson.area(east) == 100
    assert {tuple(p) for p in west} & {tuple(p) for p in east} == {(60, 0), (60, 10)}


def test_small_islands_go_but_no_place_vanishes(path: Path) -> None:
    whole = topojson.read(path, "place", unit=2)
    assert len(topojson.prune(whole, 1).shapes["east"]) == 1
    assert {n: len(r) for n, r in topojson.prune(whole, 1e6).shapes.items()} == {
        "west": 1,
        "east": 1,
        "city": 1,
    }


def test_a_ring_that_would_collapse_keeps_its_points(path: Path) -> None:
    simple = topojson.simplify(topojson.read(path, "place", unit=2), 1e6)
    for rings in simple.shapes.values():
        for members in rings:
            assert len(topojson.ring(simple, members)) >= 4


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=2, max_size=30),
    st.floats(0, 500),
)
def test_thinning_keeps_ends_and_order(points: list[tuple[int, int]], smallest: float) -> None:
    arc = np.array(points, dtype=float)
    kept = topojson.thin(arc, smallest)
    assert kept[0].tolist() == arc[0].tolist()
    assert kept[-1].tolist() == arc[-1].tolist()
    remaining = iter(map(tuple, arc))
    assert all(tuple(p) in remaining for p in kept)
    assert len(topojson.thin(arc, 0)) == len(arc)


def test_builders(path: Path) -> None:
    named = {"title": "", "agency": "", "licence": ""}
    raw = RawFiles([Source(id="map", file="map.json", **named)], path.parent)
    level = {"file": "map", "object": "place"}
    frame = topojson.outlines(
        raw,
        {},
        {
            "unit": 2,
            "decimals": 1,
            "smallest_triangle": 2,
            "smallest_part": 1,
            "levels": {"state": level, "county": level},
            "counties_from_states": {"east": "extra"},
        },
    )
    assert frame.groupby("level").size().to_dict() == {"county": 4, "state": 3}
    assert (frame.x.map(len) == frame.y.map(len)).all()
    extra = {"dot": ["west"]}
    pairs = topojson.county_neighbours(raw, {}, {"file": "map", "object": "place", "extra": extra})
    assert len(pairs) == 6
    assert pairs.fips.tolist() == sorted(pairs.fips)


@pytest.mark.parametrize("text", ["{", "[]", '{"objects": {}}'])
def test_not_topojson(tmp_path: Path, text: str) -> None:
    (tmp_path / "map.json").write_text(text)
    with pytest.raises(InputError, match="Not a TopoJSON file"):
        topojson.read(tmp_path / "map.json", "place")


def test_committed_outlines() -> None:
    frame = tables.load("outlines")
    states, counties = (frame[frame.level == level] for level in ("state", "county"))
    assert set(states.id) == set(tables.load("states").fips)
    drawn, known = set(counties.id), set(tables.load("county_demographics").fips)
    assert drawn <= set(tables.load("county_points").fips)
    assert len(known - drawn) <= 5
    closed = [x[0] == x[-1] and y[0] == y[-1] for x, y in zip(frame.x, frame.y, strict=True)]
    assert all(closed)
    assert frame.x.map(len).min() >= 4


def test_committed_neighbours_are_mutual() -> None:
    pairs = tables.load("county_neighbours")
    both = set(zip(pairs.fips, pairs.neighbour, strict=True))
    assert both == {(b, a) for a, b in both}
    assert not any(a == b for a, b in both)

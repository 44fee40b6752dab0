"""Read TopoJSON, simplify its arcs so that neighbours stay joined, and find who borders whom."""

from __future__ import annotations

import heapq
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.data.recipe import Made, Options, RawFiles
from sevenpercent.errors import InputError

Points = NDArray[np.float64]
"""Shape (n, 2): x and y."""


@dataclass(frozen=True)
class Topology:
    """Shapes as lists of rings, each ring a list of arcs; ~i is arc i walked backwards."""

    arcs: list[Points]
    shapes: dict[str, list[list[int]]]
    """Outer rings of each shape."""
    holes: dict[str, list[list[int]]]
    """Rings of what lies inside a shape without belonging to it."""


def read(path: Path, name: str, unit: float = 1.0) -> Topology:
    """Read object `name` of a TopoJSON file, coordinates divided by `unit`.

    A shape without geometry (one too small for the file's scale) is left out.

    Raises InputError when the file is not TopoJSON or has no such object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        geometries = content["objects"][name]["geometries"]
        arcs = [_decode(arc, content.get("transform")) / unit for arc in content["arcs"]]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"Not a TopoJSON file with the object {name!r}", file=path, value=str(error)
        ) from error
    shapes, holes = {}, {}
    for geometry in geometries:
        kind = geometry.get("type")
        if kind in ("Polygon", "MultiPolygon"):
            polygons = [geometry["arcs"]] if kind == "Polygon" else geometry["arcs"]
            shapes[str(geometry["id"])] = [polygon[0] for polygon in polygons]
            holes[str(geometry["id"])] = [hole for polygon in polygons for hole in polygon[1:]]
    return Topology(arcs, shapes, holes)


def _decode(arc: Sequence[Sequence[float]], transform: Mapping[str, Any] | None) -> Points:
    points = np.asarray(arc, dtype=np.float64)
    if transform is None:
        return points
    scale, origin = np.asarray(transform["scale"]), np.asarray(transform["translate"])
    decoded: Points = np.cumsum(points, axis=0) * scale + origin
    return decoded


def ring(topology: Topology, arcs: Sequence[int]) -> Points:
    """Join arcs into one closed ring, first point repeated at the end."""
    parts = [topology.arcs[i] if i >= 0 else topology.arcs[~i][::-1] for i in arcs]
    return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])


def area(points: Points) -> float:
    """Area inside a closed ring, in squared units of its coordinates."""
    x, y = points[:, 0], points[:, 1]
    return float(abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2)


def thin(points: Points, smallest: float) -> Points:
    """Drop the points of an arc whose triangle with their neighbours is smaller than `smallest`.

    Points go in the order of their triangles' area (Visvalingam and Whyatt 1993), the ends stay,
    and a closed arc keeps at least a triangle.
    """
    n = len(points)
    closed = bool(np.array_equal(points[0], points[-1]))
    before, after = list(range(-1, n - 1)), list(range(1, n + 1))
    alive = [True] * n
    left = n

    def triangle(i: int) -> float:
        (ax, ay), (bx, by), (cx, cy) = points[before[i]], points[i], points[after[i]]
        return float(abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2)

    current = [0.0] * n
    heap = []
    for i in range(1, n - 1):
        current[i] = triangle(i)
        heap.append((current[i], i))
    heapq.heapify(heap)
    while heap:
        size, i = heapq.heappop(heap)
        if size >= smallest or (closed and left <= 4):
            break
        if not alive[i] or size != current[i]:
            continue
        alive[i] = False
        left -= 1
        after[before[i]], before[after[i]] = after[i], before[i]
        for j in (before[i], after[i]):
            if 0 < j < n - 1:
                # Never smaller than what was just dropped, so that the order is one of scale.
                current[j] = max(triangle(j), size)
                heapq.heappush(heap, (current[j], j))
    kept: Points = points[np.array(alive)]
    return kept


def simplify(topology: Topology, smallest: float) -> Topology:
    """Thin every arc once, so that two shapes keep the same border.

    Arcs of a ring that would collapse (fewer than three corners) keep all their points.
    """
    arcs = [thin(arc, smallest) for arc in topology.arcs]
    simple = replace(topology, arcs=arcs)
    for members in (members for rings in topology.shapes.values() for members in rings):
        if len(ring(simple, members)) < 4:
            for i in members:
                arcs[max(i, ~i)] = topology.arcs[max(i, ~i)]
    return simple


def prune(topology: Topology, smallest: float) -> Topology:
    """Drop rings with an area below `smallest`, but never the largest of a shape."""
    shapes = {}
    for name, rings in topology.shapes.items():
        areas = [area(ring(topology, members)) for members in rings]
        least = min(smallest, max(areas, default=0.0))
        shapes[name] = [m for m, size in zip(rings, areas, strict=True) if size >= least]
    return replace(topology, shapes=shapes)


def neighbours(topology: Topology) -> set[tuple[str, str]]:
    """Pairs of shapes that share an arc, both ways round."""
    owners: dict[int, set[str]] = {}
    for name, rings in topology.shapes.items():
        for members in [*rings, *topology.holes[name]]:
            for i in members:
                owners.setdefault(max(i, ~i), set()).add(name)
    return {pair for names in owners.values() for pair in permutations(sorted(names), 2)}


def outlines(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Build the simplified outlines of states and counties in one plane."""
    shapes: dict[tuple[str, str], list[Points]] = {}
    for level, entry in options["levels"].items():
        whole = read(raw.by_id(entry["file"]), entry["object"], options["unit"])
        small = simplify(prune(whole, options["smallest_part"]), options["smallest_triangle"])
        for name, rings in small.shapes.items():
            closed = [ring(small, members) for members in rings]
            shapes[level, name] = sorted(closed, key=area, reverse=True)
    for state, county in options["counties_from_states"].items():
        shapes["county", county] = shapes["state", state]
    rows = []
    for (level, name), closed in shapes.items():
        # Two corners and back enclose nothing: a shape too small for the file's scale.
        for part, points in enumerate(points for points in closed if len(points) > 3):
            x, y = points.round(options["decimals"]).astype(np.float32).T
            rows.append({"level": level, "id": name, "part": part, "x": x, "y": y})
    return pd.DataFrame(rows)


def county_neighbours(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Build the pairs of counties that share a border, both ways round.

    ``extra`` adds the neighbours of places that the file draws no outline of.
    """
    pairs = neighbours(read(raw.by_id(options["file"]), options["object"]))
    for place, others in options["extra"].items():
        pairs |= {(place, other) for other in others} | {(other, place) for other in others}
    return pd.DataFrame(sorted(pairs), columns=["fips", "neighbour"])

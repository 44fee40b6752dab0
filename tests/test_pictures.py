"""The figures of the committed notebooks are those that the chapters draw now."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sevenpercent import paths
from sevenpercent.model import scenario
from sevenpercent.run import notebooks

SIDE = 96
"""Pictures are compared at this many pixels a side, where hinting of fonts no longer shows."""

TOLERANCE = 6.0
"""Largest mean difference in any twelfth of a picture, of 255 levels of grey."""


def difference(one: bytes, other: bytes) -> float:
    """Largest mean grey difference over a grid of blocks; 255 when the shapes differ."""
    pictures = [Image.open(io.BytesIO(raw)).convert("L") for raw in (one, other)]
    (w1, h1), (w2, h2) = (p.size for p in pictures)
    if abs(w1 - w2) > 0.02 * w1 or abs(h1 - h2) > 0.02 * h1:
        return 255.0
    a, b = (np.asarray(p.resize((SIDE, SIDE), Image.Resampling.BOX), dtype=float) for p in pictures)
    block = SIDE // 12
    gaps = np.abs(a - b).reshape(12, block, 12, block).mean(axis=(1, 3))
    return float(gaps.max())


def png(value: float, *, size: tuple[int, int] = (600, 400)) -> bytes:
    picture = np.full((size[1], size[0]), 255, dtype=np.uint8)
    height = int(value * size[1])
    picture[size[1] - height :, 250:350] = 40
    raw = io.BytesIO()
    Image.fromarray(picture).save(raw, format="png")
    return raw.getvalue()


@pytest.mark.parametrize("name", scenario.load().chapters)
def test_figures_match_their_baseline(name: str, book: Path) -> None:
    """Baseline: the pictures stored in the committed twin. Fresh: those of the book's own run."""
    fresh_path = book.parent / "src" / "chapters" / f"{name}.ipynb"
    fresh = [p for _, p in notebooks.pictures(notebooks.read(fresh_path))]
    kept = [p for _, p in notebooks.pictures(notebooks.read(paths.CHAPTERS / f"{name}.ipynb"))]
    assert len(fresh) == len(kept), "run `make refresh`"
    for number, (one, other) in enumerate(zip(kept, fresh, strict=True), start=1):
        gap = difference(base64.b64decode(one), base64.b64decode(other))
        assert gap < TOLERANCE, f"figure {number} of {name} differs by {gap:.1f} levels"


def test_the_same_picture_differs_by_nothing() -> None:
    assert difference(png(0.5), png(0.5)) == 0


def test_a_bar_that_is_a_tenth_higher_is_seen() -> None:
    assert difference(png(0.50), png(0.55)) > TOLERANCE


def test_another_shape_is_seen() -> None:
    assert difference(png(0.5), png(0.5, size=(600, 450))) == 255


def test_faint_noise_is_not_seen() -> None:
    raw = np.asarray(Image.open(io.BytesIO(png(0.5)))).astype(int)
    noise = np.random.default_rng(0).integers(-8, 9, raw.shape)
    out = io.BytesIO()
    Image.fromarray(np.clip(raw + noise, 0, 255).astype(np.uint8)).save(out, format="png")
    assert difference(png(0.5), out.getvalue()) < TOLERANCE

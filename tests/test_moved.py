"""The page of what moved says which number, by how much, where from and since when."""

from __future__ import annotations

import base64
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import moved
import pytest
from test_pictures import png


def test_a_number_that_moved_stands_with_its_words_and_difference() -> None:
    before = "Wisconsin, adjusted: **−3.3 points**, 1,204 places. All else stays."
    after = before.replace("3.3", "3.1").replace("1,204", "1,205")
    found = list(moved.moves(before, after))
    assert [(old, new, by) for _, old, new, by in found] == [
        ("−3.3", "−3.1", "+0.2"), ("1,204", "1,205", "+1"),
    ]  # fmt: skip
    assert found[0][0].startswith("Wisconsin , adjusted")
    assert list(moved.moves("It is so", "It is not so")) == [("It is", "", "not", "")]
    assert list(moved.moves(before, before)) == []


def picture(value: float, **size: Any) -> str:
    return base64.b64encode(png(value, **size)).decode()


def test_pictures_are_set_side_by_side() -> None:
    assert "0.00% of points" in moved.difference(picture(0.5), picture(0.5))
    assert "by 215 of 255" in moved.difference(picture(0.5), picture(0.6))
    assert "(600, 400) and (500, 400)" in moved.difference(
        picture(0.5), picture(0.5, size=(500, 400))
    )


def test_the_page_names_chapter_table_and_commit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def outputs(votes: int) -> list[dict[str, Any]]:
        said = {"text/markdown": f"Number of <votes>: {votes}.", "image/png": picture(votes / 10)}
        return [{"output_type": "display_data", "data": {**said, "text/plain": "votes"}}]

    given: dict[str, list[str]] = {"status": [" M chapters/gap.md"], "log": ["a1b2c3 words"]}
    monkeypatch.setattr(moved, "git", lambda *asked: given.get(asked[0], ["data/states.parquet"]))
    monkeypatch.setattr(moved, "_compare", lambda cell, test, ref, skip: test == ref)
    cell = SimpleNamespace(
        cell=SimpleNamespace(source="%%say answer\nThere"),
        parent=SimpleNamespace(path=tmp_path / "gap.ipynb"),
        cell_num=7,
        user_properties=[],
    )
    assert moved.compare(cell, outputs(7), outputs(7))
    assert cell.user_properties == []
    assert not moved.compare(cell, outputs(8), outputs(7))
    [(_, told)] = cell.user_properties
    page = moved.page([told])
    for part in (
        "<h2>gap</h2>", "Cell 7: <code>%%say answer</code>", "county_votes", "+1<", "&lt;",
        "not committed:  M chapters/gap.md", "a1b2c3 words (data/states.parquet)",
        'alt="before"', "of points differ",
    ):  # fmt: skip
        assert part in page, part
    assert "<votes>" not in page

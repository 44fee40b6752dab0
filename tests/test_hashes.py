"""Hashes follow names and contents, and nothing else."""

from __future__ import annotations

from pathlib import Path

from sevenpercent import hashes


def test_the_hash_of_a_tree_follows_names_and_contents_not_order(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    files = [tmp_path / "a", tmp_path / "b"]
    first = hashes.tree_hash(tmp_path, files)
    assert hashes.tree_hash(tmp_path, files[::-1]) == first
    (tmp_path / "b").write_text("c")
    assert hashes.tree_hash(tmp_path, files) != first
    (tmp_path / "b").write_text("b")
    (tmp_path / "b").rename(tmp_path / "c")
    assert hashes.tree_hash(tmp_path, [tmp_path / "a", tmp_path / "c"]) != first


def test_a_key_follows_every_input_not_their_order() -> None:
    assert hashes.key_of({"a": 1, "b": 2}) == hashes.key_of({"b": 2, "a": 1})
    assert hashes.key_of({"a": 1, "b": 2}) != hashes.key_of({"a": 1, "b": 3})

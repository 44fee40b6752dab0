"""The results file: rounding, uniqueness, round trip."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sevenpercent.errors import InputError
from sevenpercent.model.results import Results, rounded


def test_twelve_significant_digits_and_plain_types() -> None:
    assert rounded(np.float64(1 / 3)) == 0.333333333333
    assert rounded(np.int64(7)) == 7
    assert rounded(float("nan")) is None
    assert rounded(pd.NA) is None
    assert str(rounded(-0.0)) == "0.0"
    assert rounded(np.bool_(True)) is True


def test_round_trip_and_order(tmp_path: Path) -> None:
    results = Results()
    results.add("b.x", -9.57, se=1.5, lo=-12, hi=-7, n=72, unit="points", tables=["county_votes"])
    results.add("a.y", "holds")
    path = tmp_path / "results.json"
    path.write_text(results.to_json("test"), encoding="utf-8")
    body = json.loads(path.read_text(encoding="utf-8"))
    assert list(body["values"]) == ["a.y", "b.x"]
    assert body["schema"] == 1
    assert dict(Results.from_json(path)) == dict(results)


def test_a_key_is_set_once() -> None:
    results = Results()
    results.add("a", 1)
    with pytest.raises(InputError, match="twice"):
        results.add("a", 1)


def test_unknown_key_offers_the_nearest() -> None:
    results = Results()
    results.add("gap.wi.any_dre", 1)
    with pytest.raises(InputError, match=r"gap\.wi\.any_dre"):
        results["gap.wi.any_dr"]


def test_merging_refuses_two_truths() -> None:
    a, b = Results(), Results()
    a.add("k", 1)
    b.add("k", 2)
    with pytest.raises(InputError, match="different values"):
        a.merged(b)
    assert dict(a.merged(a)) == dict(a)


@pytest.mark.parametrize("text", ["", "[]", '{"schema": 9}', '{"schema": 1, "values": {"a": 3}}'])
def test_a_broken_file_is_one_message(tmp_path: Path, text: str) -> None:
    path = tmp_path / "results.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"results\.json"):
        Results.from_json(path)

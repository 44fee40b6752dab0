"""Tables load with the types that the description promises, and say what is wrong when they don't."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sevenpercent import paths
from sevenpercent.data import tables
from sevenpercent.errors import InputError

FIELDS = {"fips": "string", "votes": "integer", "share": "number", "best": "boolean", "x": "array"}


def columns() -> dict[str, Any]:
    return {
        "fips": pa.array(["01001", "55025"]),
        "votes": pa.array([7, None], pa.int64()),
        "share": pa.array([0.5, None], pa.float64()),
        "best": pa.array([True, None]),
        "x": pa.array([[1.0, 2.0], [3.5]], pa.list_(pa.float32())),
    }


def write(folder: Path, stored: dict[str, Any], fields: dict[str, str] = FIELDS) -> Path:
    pq.write_table(pa.table(stored), folder / "places.parquet")
    schema = {"fields": [{"name": n, "type": t, "description": ""} for n, t in fields.items()]}
    package = {"resources": [{"name": "places", "schema": schema}]}
    (folder / "datapackage.json").write_text(json.dumps(package))
    return folder


def test_types(tmp_path: Path) -> None:
    frame = tables.load("places", write(tmp_path, columns()))
    assert list(frame.columns) == list(FIELDS)
    assert [str(t) for t in frame.dtypes] == ["str", "Int64", "float64", "boolean", "object"]
    assert frame.fips.tolist() == ["01001", "55025"]
    assert frame.votes.isna().tolist() == [False, True]
    assert np.allclose(frame.x[0], [1, 2])


def test_columns_come_in_the_described_order(tmp_path: Path) -> None:
    stored = dict(reversed(list(columns().items())))
    assert list(tables.load("places", write(tmp_path, stored)).columns) == list(FIELDS)


def test_a_copy_each_time(tmp_path: Path) -> None:
    write(tmp_path, columns())
    first = tables.load("places", tmp_path)
    first.loc[0, "votes"] = 0
    assert tables.load("places", tmp_path).loc[0, "votes"] == 7


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    write(tmp_path, columns())
    tables.load("places", tmp_path)
    write(tmp_path, {**columns(), "votes": pa.array([70000, 8], pa.int64())})
    assert tables.load("places", tmp_path).votes.tolist() == [70000, 8]


def test_an_all_null_column_fits_any_type(tmp_path: Path) -> None:
    write(tmp_path, {**columns(), "share": pa.nulls(2)})
    assert str(tables.load("places", tmp_path).share.dtype) == "float64"


@pytest.mark.parametrize(
    ("change", "column"),
    [
        (lambda c: c.pop("share"), "share"),
        (lambda c: c.update(extra=pa.array([1, 2])), "extra"),
        (lambda c: c.update(votes=pa.array([1.5, 2.0])), "votes"),
        (lambda c: c.update(fips=pa.array([1001, 55025])), "fips"),
        (lambda c: c.update(best=pa.array([0, 1])), "best"),
        (lambda c: c.update(x=pa.array([1.0, 2.0])), "x"),
    ],
    ids=["missing", "extra", "float", "code as number", "flag as number", "no list"],
)
def test_wrong_columns_are_named(tmp_path: Path, change: Any, column: str) -> None:
    stored = columns()
    change(stored)
    write(tmp_path, stored)
    with pytest.raises(InputError) as raised:
        tables.load("places", tmp_path)
    assert raised.value.column == column
    assert raised.value.file == tmp_path / "places.parquet"


def test_missing_and_unreadable(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="description of the tables is missing"):
        tables.load("places", tmp_path)
    write(tmp_path, columns())
    with pytest.raises(InputError, match="Did you mean 'places'"):
        tables.load("place", tmp_path)
    (tmp_path / "places.parquet").write_bytes(b"no parquet")
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        tables.load("places", tmp_path)
    (tmp_path / "places.parquet").unlink()
    with pytest.raises(InputError, match="file is missing"):
        tables.load("places", tmp_path)
    (tmp_path / "datapackage.json").write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        tables.load("places", tmp_path)


@pytest.mark.parametrize("name", sorted(tables.describe()))
def test_every_committed_table(name: str) -> None:
    frame = tables.load(name)
    described = tables.describe()[name]
    key = described["schema"]["primaryKey"]
    assert len(frame) == described["rows"]
    assert not frame.duplicated(key).any()
    assert not frame[key].isna().any(axis=None)
    ordered = frame.sort_values(key, kind="stable").index
    assert ordered.equals(pd.RangeIndex(len(frame)))
    assert all(field["description"] for field in described["schema"]["fields"])


def test_the_tables_are_small() -> None:
    assert sum(f.stat().st_size for f in paths.DATA.glob("*.parquet")) < 8e6

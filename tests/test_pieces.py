"""A text read in pieces by Arrow is the same text read by DuckDB, or is left to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sevenpercent.data.inputs import Input
from sevenpercent.data.readers import lines, pieces, votes
from sevenpercent.errors import InputError

HEAD = "county_fips,state_po,county_name,precinct,office,district,candidate,party_simplified,mode,votes,year"
WHERE = "regexp_matches(coalesce(trim(b), ''), 'P') AND NOT regexp_matches(coalesce(c, ''), 'x')"
CELLS = st.one_of(
    st.sampled_from(["P", "P x", "", '""', '"P"', '"a,b"', '"a""b"', '"P\nP"', " P ", "\u00a0P", "é"]),
    st.sampled_from(['a"P', '"P"b', '"P', 'P"', '""P', '"a" ', ' "P"', '"P,"', '"P""', 'a""P', '","']),
    st.text('P"x, ;\n\r\x00\x1fä', max_size=5),
)  # fmt: skip
ROWS = st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=12)


def both(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What becomes of a file of votes, by Arrow and by DuckDB: rows and findings, or the message."""
    out: list[object] = []
    told = Input(file=str(path), holds="votes", format="medsl_precinct")
    for way in ("arrow", "duckdb"):
        with monkeypatch.context() as patch:
            if way == "duckdb":
                patch.setattr(pieces, "chosen", _refuse)
            try:
                read = votes.read(path, told, "file", {})
                out.append((read.rows.to_csv(), [str(f) for f in read.findings]))
            except InputError as error:
                out.append(str(error))
    return out


def _refuse(*_: object) -> None:
    raise duckdb.InvalidInputException("not by Arrow")


@pytest.mark.slow
@pytest.mark.parametrize("many", [60, pytest.param(300, marks=pytest.mark.slow)])
def test_the_same_cells_under_the_same_numbers(tmp_path: Path, many: int) -> None:
    ragged = st.sampled_from(["", "\n", "P,P", ",,,,"])
    found = given(st.just(tmp_path / "a.csv"), ROWS, ragged, st.booleans())
    settings(max_examples=many, deadline=None)(found(same_cells))()


def same_cells(path: Path, rows: list[list[str]], ragged: str, end: bool) -> None:
    told = [",".join(r) for r in rows] + [ragged] * bool(ragged)
    text = "\n".join(["a,b,c", *told]) + "\n" * end
    path.write_text(text, encoding="utf-8", newline="")
    try:
        with lines.opened(path, ["a", "b", "c"]) as file:
            assert file.plain
            query = f"SELECT row, c, a FROM lines WHERE {WHERE} ORDER BY row"
            if file.columns != ("a", "b", "c"):
                return
            dialect = file.delimiter, file.columns, file.quotes
            for size in (pieces.PIECE, 24):
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(pieces, "PIECE", size)
                    given_ = file.plain, file.head, dialect, ["c", "a"], WHERE, ["b", "c"]
                    try:
                        fast = pieces.chosen(*given_).read_all()
                    except ValueError:  # of Arrow: left to DuckDB
                        continue
                assert [tuple(r.values()) for r in fast.to_pylist()] == file.con.execute(
                    query
                ).fetchall()
    except InputError:
        return


VOTES = st.sampled_from(["12", "", "7.0", "1,234", "-3", "*", "x", "12345", '"1,200"', "٣", " 5 "])
PLACES = st.sampled_from(["A", "B ", "TOTAL", "Appling", '"P, 1"', '"say ""P"""', "Ä"])
OFFICES = st.sampled_from(["US PRESIDENT", " president ", "US SENATE", "PRESIDENT PRIMARY", ""])
NAMES = st.sampled_from(["JOE BIDEN", "DONALD TRUMP", "UNDER VOTES", "", '"TRUMP, DONALD"'])
PARTIES = st.sampled_from(["DEMOCRAT", "REPUBLICAN", "", "OTHER"])
MODES = st.sampled_from(["TOTAL", "ABSENTEE", "ELECTION DAY", ""])
LINES = st.lists(st.tuples(PLACES, OFFICES, NAMES, PARTIES, MODES, VOTES), max_size=25)


ENDS = st.sampled_from(["", "\n", "\r\n", "\n\n", "\nshort,line\n", '\n"open\n', "\n\0\n"])
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"])


@pytest.mark.slow
@pytest.mark.parametrize("many", [20, pytest.param(100, marks=pytest.mark.slow)])
def test_the_same_table_or_message(tmp_path: Path, many: int) -> None:
    found = given(st.just(tmp_path / "2020-ga.csv"), LINES, st.booleans(), ENDS, ENCODINGS)
    settings(max_examples=many, deadline=None)(found(same_table))()


def same_table(
    path: Path, rows: list[tuple[str, ...]], plain: bool, end: str, encoding: str
) -> None:
    told = [("A", "US PRESIDENT", "JOE BIDEN", p, "TOTAL", "9") for p in ("DEMOCRAT", "REPUBLICAN")]
    body = [
        ",".join(["13001", "GA", "Appling", at, office, "", name, party, mode,
                  "4" if plain else count, "2020"])
        for at, office, name, party, mode, count in [*told, *rows]
    ]  # fmt: skip
    newline = "\r\n" if end == "\r\n" else "\n"
    text = newline.join([HEAD, *body]) + end
    path.write_bytes(text.encode(encoding, errors="replace"))
    with pytest.MonkeyPatch.context() as patch:
        fast, careful = both(path, patch)
    assert fast == careful


def test_many_pieces_are_one_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        f"{13001 + 2 * (n % 50)},GA,C{n % 50},P{n},{office},,{name},{party},TOTAL,{n % 97},2020"
        for n in range(3_000)
        for office in ("US PRESIDENT", "US SENATE")
        for name, party in (("A", "DEMOCRAT"), ("B", "REPUBLICAN"))
    ]
    path = tmp_path / "2020-ga.csv"
    path.write_text("\n".join([HEAD, *rows]), encoding="utf-8")
    monkeypatch.setattr(pieces, "PIECE", 10_000)
    read: list[pd.DataFrame] = []
    chosen = pieces.chosen

    def seen(*told: Any) -> Any:
        read.append(chosen(*told).read_all().to_pandas())
        return chosen(*told)

    monkeypatch.setattr(pieces, "chosen", seen)
    fast, careful = both(path, monkeypatch)
    assert fast == careful
    assert read[0]["row"].tolist() == [n for n in range(2, 12_002) if n % 4 in (2, 3)]

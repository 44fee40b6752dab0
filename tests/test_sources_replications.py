from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sevenpercent import paths
from sevenpercent.data import recipe, tables
from sevenpercent.data.readers import replications
from sevenpercent.data.recipe import RawFiles, Source
from sevenpercent.errors import InputError

TABLES = [
    f"replications_{name}" for name in ("us_counties", "wi_counties", "wi_machines", "wi_towns")
]


def raw(folder: Path, **contents: str) -> RawFiles:
    for name, text in contents.items():
        (folder / f"{name}.csv").write_bytes(text.encode("latin-1"))
    return RawFiles(
        [
            Source(id=name, file=f"{name}.csv", title=name, agency="", url="", licence="")
            for name in contents
        ],
        folder,
        folder,
    )


def test_columns_are_renamed_and_nothing_else_is_changed(tmp_path: Path) -> None:
    files = raw(
        tmp_path, a='"",place,share,n\n"1",ADAMS___TOWN OF ADAMS,Inf,"1,200"\n"2",B___C,NA,7\n'
    )
    options = {
        "source": "a",
        "columns": {
            "row": {"from": "", "kind": "integer"},
            "county": {"from": "place", "kind": "string", "before": "___"},
            "share": {"from": "share", "kind": "number"},
            "n": {"from": "n", "kind": "integer"},
        },
    }
    out = replications.columns(files, {}, options)
    assert out["row"].tolist() == [1, 2]
    assert out["county"].tolist() == ["ADAMS", "B"]
    assert out["share"].isna().all()
    assert out["n"].tolist() == [1200, 7]


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({"n": {"from": "shar", "kind": "number"}}, "share"),
        ({"n": {"from": "place", "kind": "number"}}, "ADAMS"),
        ({"n": {"from": "share", "kind": "nummer"}}, "number"),
    ],
)
def test_a_wrong_recipe_or_cell_is_named(
    tmp_path: Path, columns: dict[str, Any], named: str
) -> None:
    files = raw(tmp_path, a="place,share\nADAMS,1\n")
    with pytest.raises(InputError, match=named):
        replications.columns(files, {}, {"source": "a", "columns": columns})


@pytest.mark.parametrize(
    ("code", "lost"),
    [
        (2451000000, True),  # 2.451e+09 has fewer characters
        (5151000000, True),
        (5500100000, False),  # 5.5001e+09 has as many
        (100100000, False),
        (100000000, True),
        (5500100300, False),
    ],
)
def test_which_codes_print_shorter_in_scientific_notation(code: int, lost: bool) -> None:
    # An independent statement of the rule: %g with enough digits is the scientific print.
    digits = len(str(code).rstrip("0")) - 1
    scientific = f"{code:.{digits}e}"
    assert (len(scientific) < len(str(code))) == lost
    assert replications.printed_short(code) == lost


def test_machines_are_joined_by_code_and_covariates_by_code_or_name(tmp_path: Path) -> None:
    files = raw(
        tmp_path,
        base="st,name,fips,votes\nMD,Baltimore City,24510,9\nAL,Autauga County,1001,8\n",
        people="FIPS,people\n01001,5\n24510,6\n24510,7\n",
        race="where,white\nMD Baltimore City,0.3\n",
        machines="code,kind\n2451000000,DRE-Dial\n100100000,DRE-Touchscreen\n100300000,Scan\n",
    )
    out = replications.counties_with_machines(
        files,
        {},
        {
            "base": {
                "source": "base",
                "code": "fips",
                "columns": {
                    "state": {"from": "st", "kind": "string"},
                    "county": {"from": "name", "kind": "string"},
                },
            },
            "joins": [
                {
                    "source": "people",
                    "code": "FIPS",
                    "columns": {"people": {"from": "people", "kind": "number"}},
                },
                {
                    "source": "race",
                    "name": "where",
                    "columns": {"white": {"from": "white", "kind": "number"}},
                },
            ],
            "machines": {"source": "machines", "code": "code", "type": "kind", "contains": "DRE"},
        },
    ).set_index("fips")
    assert out["people"].to_dict() == {"24510": 6, "01001": 5}
    assert out.loc["24510", "white"] == 0.3
    assert out["white"].isna().to_dict() == {"24510": False, "01001": True}
    assert out["electronic"].all()
    assert out["electronic_short"].to_dict() == {"24510": False, "01001": True}


def test_a_code_that_is_none_is_named(tmp_path: Path) -> None:
    files = raw(tmp_path, base="fips\n24510\nabc\n")
    with pytest.raises(InputError, match="row 3"):
        replications.counties_with_machines(
            files,
            {},
            {
                "base": {"source": "base", "code": "fips", "columns": {}},
                "joins": [],
                "machines": {},
            },
        )


@pytest.mark.skipif(not paths.RAW.is_dir(), reason="published files are not here")
def test_the_recipes_reproduce_the_committed_tables(tmp_path: Path) -> None:
    recipe.run(TABLES, out=tmp_path)
    for table in TABLES:
        name = f"{table}.parquet"
        assert (tmp_path / name).read_bytes() == (paths.DATA / name).read_bytes()


def test_the_released_tables_have_the_rows_their_authors_report() -> None:
    assert len(tables.load("replications_wi_counties")) == 72
    national = tables.load("replications_us_counties")
    lost = national[national["electronic"] & ~national["electronic_short"]]
    assert lost["fips"].str.endswith("0").all()
    assert not (national["electronic_short"] & ~national["electronic"]).any()

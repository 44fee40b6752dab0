"""Dispositions and ``check data``: exit codes, the lines a reader sees, and what stays open."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from conftest import report_on_data
from rules_world import at, votes, world

from sevenpercent import paths
from sevenpercent.data.rules import registry
from sevenpercent.data.rules import report as rules
from sevenpercent.errors import InputError

TYPES = {"O": "string", "U": "string", "i": "integer", "f": "number", "b": "boolean"}


def folder(path: Path, tables: dict[str, pd.DataFrame], entries: str = "") -> Path:
    """A folder of tables with its description, as ``make data`` leaves it."""
    path.mkdir(exist_ok=True)
    resources = []
    for name, frame in tables.items():
        frame.to_parquet(path / f"{name}.parquet", index=False)
        kinds = {
            c: "string" if isinstance(t, pd.StringDtype) else TYPES[t.kind]
            for c, t in frame.dtypes.items()
        }
        fields = [{"name": str(c), "type": kind} for c, kind in kinds.items()]
        key = ["source", "row", "year"] if name == "county_votes_printed" else []
        resources.append({"name": name, "schema": {"fields": fields, "primaryKey": key}})
    (path / "datapackage.json").write_text(json.dumps({"resources": resources}))
    (path / "dispositions.yml").write_text(entries)
    return path


def slipped() -> pd.DataFrame:
    printed = votes()
    row = printed.index == at(printed, "70011", 2008)
    printed.loc[row, ["rep", "total"]] += 3000
    return printed


ENTRY = """
- rule: sources_disagree
  table: county_votes_printed
  keys: [70011 2008]
  action: corrected
  why: A digit is misprinted, the canvass has the right one.
  cites: the canvass
- rule: sources_disagree
  table: county_votes_printed
  source: second
  keys: ["*"]
  most: 5
  action: kept
  why: The second source stands beside the faulty first one.
  cites: the canvass
"""


def test_a_clean_folder_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rules.check_data(folder(tmp_path / "data", world())) == 0
    assert "Every finding is explained" in capsys.readouterr().out


def test_an_open_finding_fails_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = slipped()
    assert rules.check_data(folder(tmp_path / "data", world(printed))) == 1
    line = next(s for s in capsys.readouterr().out.splitlines() if s.startswith("error"))
    row = printed.loc[printed.index == at(printed, "70011", 2008)].iloc[0]
    for part in (
        "data/county_votes_printed.parquet",
        f"row {row['row']}",
        "70011 2008",
        "column rep",
        f"{row['rep']:,.0f}",
        f"expected {row['rep'] - 3000:,.0f}",
        "sources_disagree",
    ):
        assert part in line


def test_an_entry_explains_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rules.check_data(folder(tmp_path / "data", world(slipped()), ENTRY)) == 0
    report = rules.examine(tmp_path / "data")
    row = report.summary.set_index("rule").loc["sources_disagree"]
    assert row["found"] == len(report.found)
    assert row["corrected"] >= 1
    assert row["open"] == 0
    assert report.found["why"].str.len().gt(0).all()


def test_one_finding_more_than_an_entry_allows_opens_them_all(tmp_path: Path) -> None:
    found = pd.DataFrame(
        {
            "rule": "sources_disagree",
            "table": "county_votes",
            "source": "",
            "key": ["70001 2008", "70003 2008"],
            "column": "dem",
        }
    )
    entry = rules.Disposition(
        rule="sources_disagree",
        table="county_votes",
        keys=["*"],
        most=2,
        action="kept",
        why="Both were looked at.",
        cites="the canvass",
    )
    assert rules.explain(found, [entry])["action"].tolist() == ["kept", "kept"]
    narrow = entry.model_copy(update={"most": 1})
    assert rules.explain(found, [narrow])["action"].tolist() == ["open", "open"]


def test_an_entry_that_explains_nothing_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rules.check_data(folder(tmp_path / "data", world(), ENTRY)) == 0
    assert "Explains nothing any more: sources_disagree" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (ENTRY.replace("rule: sources_disagree", "rule: sources_disagre"), "'sources_disagree'"),
        (ENTRY.replace("  most: 5\n", ""), "at most"),
        (ENTRY.replace("action: kept", "action: ignored"), "action"),
        (ENTRY.replace("  why:", "  because:"), "why"),
        ("rule: [", "YAML"),
        ("rule: x", "list"),
    ],
)
def test_a_wrong_entry_is_an_input_error(tmp_path: Path, entries: str, message: str) -> None:
    path = folder(tmp_path / "data", world(), entries)
    with pytest.raises(InputError, match=r"dispositions\.yml") as error:
        rules.examine(path)
    assert message in str(error.value)
    assert rules.check_data(path) == 2


def test_an_unreadable_table_is_an_input_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder(tmp_path / "data", world())
    (path / "states.parquet").write_bytes(b"no table")
    assert rules.check_data(path) == 2
    assert "states.parquet" in capsys.readouterr().err


def test_json_holds_every_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder(tmp_path / "data", world(slipped()))
    assert rules.check_data(path, json=True) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["exit_code"] == 1
    assert document["open"] == len(document["findings"])
    assert {r["rule"] for r in document["rules"]} == {rule.id for rule in registry.RULES}
    assert document["findings"][0]["key"] == "70011 2008"


@pytest.mark.skipif(
    not (paths.DATA / "county_votes.parquet").is_file(), reason="no committed tables"
)
def test_every_finding_in_the_committed_tables_is_explained() -> None:
    report = report_on_data()
    assert report.open.empty, report.open[["rule", "table", "source", "key", "value"]].to_string()
    assert not report.stale
    assert report.exit_code == 0

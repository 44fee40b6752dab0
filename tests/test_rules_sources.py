"""Who said it first: the rule about sources of facts, and the recipe that names them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from rules_world import findings

from sevenpercent.data import recipe, tables
from sevenpercent.data.rules import text
from sevenpercent.errors import InputError

FACTS = pd.DataFrame(
    {
        "fact": ["a", "b", "c", "d", "e"],
        "source": [
            "Elections office, canvass",
            "https://en.wikipedia.org/wiki/X",
            "Somebody else's summary",
            "https://example.org/report",
            None,
        ],
        "source_kind": ["official", "press", "secondary", "gossip", "press"],
    }
)


def found(frame: pd.DataFrame, name: str = "fact_x") -> pd.DataFrame:
    return findings({name: frame}, {name: ["fact"]}, only=["first_publisher"])


def test_copies_unknown_kinds_and_missing_sources_are_errors_and_secondary_ones_are_listed() -> (
    None
):
    hits = found(FACTS).set_index("key")
    assert hits["severity"].to_dict() == {
        "b": "error",
        "c": "warning",
        "d": "error",
        "e": "error",
    }
    assert "no first publisher" in str(hits.loc["b", "message"])
    assert hits.loc["d", "column"] == "source_kind"
    assert found(FACTS.iloc[:1]).empty


def test_a_copy_that_says_so_is_no_error() -> None:
    told = FACTS.iloc[[1]].assign(source_kind="secondary")
    assert found(told)["severity"].tolist() == ["warning"]
    beside = FACTS.iloc[[0]].assign(url="https://forum.freerepublic.com/1")
    assert found(beside)["severity"].tolist() == ["error"]


def test_a_table_of_facts_must_say_what_kind_its_sources_are() -> None:
    bare = FACTS.drop(columns="source_kind")
    assert found(bare)["severity"].tolist() == ["error"]
    assert found(bare, "votes").empty


def test_many_secondary_facts_are_one_line() -> None:
    many = pd.concat([FACTS.iloc[[2]]] * 30).assign(fact=[f"f{i}" for i in range(30)])
    assert found(many)["key"].tolist() == ["fact_x without first publisher: 30"]


def test_no_committed_fact_stands_on_a_copy() -> None:
    for name in tables.describe():
        table = tables.load(name)
        if "source_kind" in table:
            assert set(table["source_kind"]) <= {*text.FIRST_HAND, text.SECONDARY}
            linked = table["url"] if "url" in table else table["source"]
            assert not linked.dropna().str.contains("|".join(text.COPIES)).any(), name
        else:
            assert not name.startswith("fact_")


def test_a_recipe_must_name_the_first_publisher_of_every_fact(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("id,source\na,https://copy.example\nb,https://copy.example\n")
    content = {
        "table": "fact_x",
        "title": "T",
        "description": "D",
        "key": ["id"],
        "build": "sevenpercent.data.readers.facts:table",
        "options": {"file": "f", "columns": {"id": "id", "source": "source"}},
        "fields": [],
        "sources": [{"id": "f", "file": "f.csv", "title": "F", "agency": "A", "licence": "L"}],
    }
    made = recipe.Recipe.model_validate(content)
    files = recipe.RawFiles(made.sources, tmp_path, tmp_path)
    build = recipe._builder(made)
    known = [
        {"printed": "https://copy.example", "row": "b", "source": "The court", "kind": "official"}
    ]
    with pytest.raises(InputError, match="who first published"):
        build(files, {}, {**made.options, "first": known})
    known.append({"printed": "https://copy.example", "kind": "secondary"})
    table = build(files, {}, {**made.options, "first": known})
    assert table["source"].tolist() == ["https://copy.example", "The court"]
    assert table["source_kind"].tolist() == ["secondary", "official"]

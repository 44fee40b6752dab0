"""Recipes become tables: same bytes every time, nothing undescribed, nothing undeclared."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from sevenpercent import paths
from sevenpercent.data import recipe, tables
from sevenpercent.errors import InputError

CSV = "code,name,votes\n2,b,7\n1,a,\n"
BASE: dict[str, Any] = {
    "table": "towns",
    "title": "Towns",
    "description": "Two towns.",
    "key": ["code"],
    "build": f"{__name__}:towns",
    "sources": [
        {
            "id": "towns",
            "file": "towns/towns.csv",
            "title": "Towns",
            "agency": "Town office",
            "url": "https://example.org/towns.csv",
            "licence": "CC0",
        }
    ],
    "fields": [
        {"name": "code", "type": "string", "description": "Code."},
        {"name": "votes", "type": "integer", "unit": "votes", "description": "Votes."},
    ],
}


def towns(
    raw: recipe.RawFiles, made: Mapping[str, pd.DataFrame], options: Mapping[str, Any]
) -> pd.DataFrame:
    return pd.read_csv(raw.path("towns/towns.csv"), dtype={"code": str})[["code", "votes"]]


def doubled(
    raw: recipe.RawFiles, made: Mapping[str, pd.DataFrame], options: Mapping[str, Any]
) -> pd.DataFrame:
    return made["towns"].assign(votes=lambda t: t.votes * options["times"])


def hidden(
    raw: recipe.RawFiles, made: Mapping[str, pd.DataFrame], options: Mapping[str, Any]
) -> pd.DataFrame:
    return pd.read_csv(raw.path("towns/other.csv"))


class Project:
    def __init__(self, folder: Path) -> None:
        self.recipes, self.raw, self.out = (folder / n for n in ("recipe", "raw", "out"))
        self.recipes.mkdir()
        (self.raw / "towns").mkdir(parents=True)
        (self.raw / "towns" / "towns.csv").write_text(CSV)

    def add(self, **changes: Any) -> None:
        content = {**BASE, **changes}
        (self.recipes / f"{content['table']}.yml").write_text(yaml.safe_dump(content))

    def run(self, *only: str) -> list[str]:
        return recipe.run(only, self.out, self.recipes, self.raw, self.raw / "facts")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_table_and_its_description(project: Project) -> None:
    project.add()
    assert project.run() == ["towns"]
    frame = tables.load("towns", project.out)
    assert frame.code.tolist() == ["1", "2"]
    assert frame.votes.tolist() == [pd.NA, 7]
    described = tables.describe(project.out)["towns"]
    assert described["schema"]["primaryKey"] == ["code"]
    assert described["schema"]["fields"][1]["unit"] == "votes"
    assert described["sources"][0]["sha256"] == hashlib.sha256(CSV.encode()).hexdigest()
    assert described["sources"][0]["licence"] == "CC0"
    stored = (project.out / "towns.parquet").read_bytes()
    assert described["hash"] == f"sha256:{hashlib.sha256(stored).hexdigest()}"


def test_the_same_bytes_twice(project: Project) -> None:
    project.add()
    project.run()
    first = {f.name: f.read_bytes() for f in project.out.iterdir()}
    project.run()
    assert {f.name: f.read_bytes() for f in project.out.iterdir()} == first


def test_needs_come_first_and_from_disk(project: Project) -> None:
    project.add()
    more = {"table": "again", "needs": ["towns"], "build": f"{__name__}:doubled", "sources": []}
    project.add(**more, options={"times": 3})
    assert project.run() == ["towns", "again"]
    assert tables.load("again", project.out).votes.tolist() == [pd.NA, 21]
    project.add(**more, options={"times": 5})
    assert project.run("again") == ["again"]
    assert tables.load("again", project.out).votes.tolist() == [pd.NA, 35]
    assert sorted(tables.describe(project.out)) == ["again", "towns"]


def test_all_tables_are_written_or_none(project: Project) -> None:
    project.add()
    project.run()
    first = {f.name: f.read_bytes() for f in project.out.iterdir()}
    (project.raw / "towns" / "towns.csv").write_text(CSV.replace("7", "8"))
    project.add(table="villages", build=f"{__name__}:absent")
    with pytest.raises(InputError, match="builder cannot be loaded"):
        project.run()
    assert {f.name: f.read_bytes() for f in project.out.iterdir()} == first


def test_a_changed_published_file_is_refused(project: Project) -> None:
    pinned = {**BASE["sources"][0], "sha256": hashlib.sha256(CSV.encode()).hexdigest()}
    project.add(sources=[pinned])
    project.run()
    (project.raw / "towns" / "towns.csv").write_text(CSV.replace("7", "8"))
    with pytest.raises(InputError, match="not the one the recipe was written for"):
        project.run()


def test_shared_sources(project: Project) -> None:
    (project.recipes / recipe.SHARED_SOURCES).write_text(yaml.safe_dump(BASE["sources"]))
    project.add(sources=["towns"])
    assert project.run() == ["towns"]
    project.add(sources=["town"])
    with pytest.raises(InputError, match="Did you mean 'towns'"):
        project.run()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fields": BASE["fields"][:1]}, "does not describe this column"),
        (
            {"fields": [*BASE["fields"], {"name": "area", "type": "number", "description": "?"}]},
            "gave no such column",
        ),
        ({"key": ["votes"]}, "A key is empty"),
        (
            {"fields": [BASE["fields"][0], {**BASE["fields"][1], "type": "boolean"}]},
            "not of type boolean",
        ),
        ({"build": f"{__name__}:hidden"}, "does not declare this file"),
        ({"build": f"{__name__}:absent"}, "builder cannot be loaded"),
        ({"needs": ["cities"]}, "needs an unknown table"),
        ({"needs": ["towns"]}, "in a circle"),
        ({"colour": "red"}, "unknown recipe key"),
        ({"key": "code"}, "valid list"),
    ],
)
def test_bad_recipes_say_what_is_wrong(
    project: Project, changes: dict[str, Any], message: str
) -> None:
    project.add(**changes)
    with pytest.raises(InputError, match=message):
        project.run()


def test_a_key_that_stands_twice(project: Project) -> None:
    (project.raw / "towns" / "towns.csv").write_text("code,votes\n1,7\n1,8\n")
    project.add()
    with pytest.raises(InputError, match="stands twice"):
        project.run()


def test_a_missing_file_and_table(project: Project) -> None:
    project.add()
    with pytest.raises(InputError, match="Did you mean 'towns'"):
        project.run("town")
    (project.raw / "towns" / "towns.csv").unlink()
    with pytest.raises(InputError, match="published file is missing"):
        project.run()


def test_file_name_and_table_agree(project: Project) -> None:
    project.add()
    (project.recipes / "towns.yml").rename(project.recipes / "cities.yml")
    with pytest.raises(InputError, match="file name differ"):
        project.run()


def test_an_unknown_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such table"):
        recipe.run(["no_such_table"], tmp_path)


def test_the_description_is_committed_for_every_recipe() -> None:
    known = recipe.read_recipes()
    described = tables.describe()
    assert set(described) == set(known)
    for name, entry in known.items():
        fields = described[name]["schema"]["fields"]
        assert [f["name"] for f in fields] == [f.name for f in entry.fields]
        for f, column in zip(fields, entry.fields, strict=True):
            assert {"unit": "", "rule": "", **f} == column.model_dump(), (name, column.name)
        stored = (paths.DATA / described[name]["path"]).read_bytes()
        assert described[name]["hash"] == f"sha256:{hashlib.sha256(stored).hexdigest()}", name


@pytest.mark.slow
@pytest.mark.skipif(not paths.RAW.is_dir(), reason="the published files are not on this machine")
def test_the_published_files_give_the_committed_tables(tmp_path: Path) -> None:
    recipe.run(out=tmp_path)
    made = {f.name: f.read_bytes() for f in tmp_path.iterdir()}
    committed = {f.name: f.read_bytes() for f in paths.DATA.iterdir() if f.is_file()}
    assert set(made) == {n for n in committed if not n.endswith(".yml")}
    differing = [name for name, content in made.items() if committed[name] != content]
    assert json.dumps(differing) == "[]"

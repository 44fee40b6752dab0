"""Files made to harm, format by format: one message or a right answer, in bounds, nothing outside.

Each command runs in a fork of this process, whose memory and time are measured when it ends.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import resource
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_hostile import COMMAND, PYTHON
from test_yours import good, machines

from sevenpercent import paths
from sevenpercent.cli.main import main

MEMORY, SECONDS = 1_000_000, 60
"""Kilobytes and seconds of a processor that one file may cost."""


@dataclass(frozen=True)
class Left:
    """What a command left: its status, its words, what it cost, and files that are new."""

    status: int
    words: str
    kilobytes: int
    seconds: float
    files: frozenset[str]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty project in a folder of its own, beside the real tables."""
    root = tmp_path / "project"
    (root / "scenarios").mkdir(parents=True)
    monkeypatch.setattr(paths, "ROOT", root)
    monkeypatch.setattr(paths, "SCENARIOS", root / "scenarios")
    monkeypatch.chdir(root)
    yield root
    assert [p.name for p in tmp_path.iterdir() if p != root] == []


def command(home: Path, *arguments: str) -> Left:
    """Run a command in a fork and measure it."""
    before = {p.relative_to(home).as_posix() for p in home.rglob("*")}
    said = home / "said.txt"
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        status = 99
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (2 * SECONDS, 2 * SECONDS))
            out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            sys.stdout = sys.stderr = open(out, "w")  # noqa: PTH123, SIM115
            sys.argv = ["sevenpercent", *arguments]
            try:
                main()
            except SystemExit as left:
                status = int(left.code or 0)
            sys.stdout.flush()
        finally:
            os._exit(status)
    _, status, used = os.wait4(child, 0)
    words = said.read_text(errors="replace")
    said.unlink()
    after = {p.relative_to(home).as_posix() for p in home.rglob("*")}
    spent = used.ru_utime + used.ru_stime
    return Left(
        os.waitstatus_to_exitcode(status), words, used.ru_maxrss, spent, frozenset(after - before)
    )


def bounded(left: Left) -> None:
    assert left.kilobytes < MEMORY, left
    assert left.seconds < SECONDS, left
    assert left.status in (0, 2), left
    assert not PYTHON.search(left.words), left.words
    assert not re.search(r"[\x00-\x08\x0e-\x1f]", left.words), left.words


def refused(left: Left, *parts: str) -> None:
    """One message with these words, and nothing written."""
    bounded(left)
    assert left.status == 2, left.words
    assert len(left.words.strip().splitlines()) == 1, left.words
    assert not left.files
    for part in parts:
        assert part in left.words, left.words


def told(home: Path, votes: str, equipment: str = "machines.csv") -> Left:
    """What ``new`` makes of a file of votes."""
    if not (home / "machines.csv").exists():
        machines().to_csv(home / "machines.csv", index=False)
    given = [c.replace("machines.csv:", f"{Path(equipment).name}:") for c in COMMAND]
    return command(home, *given, "--force", "--votes", votes, "--equipment", equipment)


def zipped(path: Path, name: str, content: bytes, **how: int) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content, **how)


def bomb(path: Path, name: str, megabytes: int) -> None:
    """A zip of a table of one line that is repeated."""
    block = b"13001,GA,Appling,2020,1779,6526,36,8341\n" * 25_000
    archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
    with archive, archive.open(name, "w", force_zip64=True) as out:
        out.write(b"fips,state,county,year,dem,rep,other,total\n")
        for _ in range(megabytes):
            out.write(block)


# --- text -------------------------------------------------------------------------------------


def table() -> bytes:
    return good().to_csv(index=False).encode()


TEXTS: dict[str, Callable[[], bytes]] = {
    "cut in the middle of a line": lambda: table()[:-3000],
    "cut in the middle of a letter": lambda: "fips,state,county,dem,rep\n13001,GA,Ä".encode()[:-1],
    "utf-16 without its mark": lambda: table().decode().encode("utf-16-le"),
    "utf-16 of an odd length": lambda: table().decode().encode("utf-16")[:-1],
    "utf-7": lambda: b"+AGY-ips,state+AAA-\n",
    "lines of many lengths": lambda: b"\n".join(
        line + b",9" * (n % 7) for n, line in enumerate(table().splitlines())
    ),
    "a field of 20 million letters": lambda: table() + b"13001,GA," + b"x" * 20_000_000,
    "a quoted field of 20 million letters": lambda: table() + b'13001,GA,"' + b"x\n" * 10_000_000,
    "a header of 100,000 columns": lambda: b",".join(b"c%d" % n for n in range(100_000)) + b"\n1\n",
    "a million commas": lambda: table() + b"," * 1_000_000,
    "only quotation marks": lambda: b'"' * 1_000_001,
    "a spreadsheet's formulas": lambda: table().replace(b"Appling", b'=HYPERLINK("http://x")'),
    "counts beyond 64 bits": lambda: table().replace(b",8341", b"," + b"9" * 30),
    "counts of 400 digits": lambda: table().replace(b",8341", b"," + b"9" * 400),
    "a file of another kind": lambda: gzip.compress(table()),
    "a program": lambda: b"\x7fELF\x02\x01\x01" + bytes(5000),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", TEXTS)
def test_text(home: Path, what: str) -> None:
    (home / "votes.csv").write_bytes(TEXTS[what]())
    left = told(home, "votes.csv")
    bounded(left)
    if left.status:
        assert "votes.csv" in left.words
        assert len(left.words) < 3000


# --- packed -----------------------------------------------------------------------------------


def packed(path: Path, what: str) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("votes.csv", table())
    raw = bytearray(whole.getvalue())
    if what == "cut":
        raw = raw[: len(raw) // 2]
    elif what == "spoilt":
        raw[200:260] = bytes(60)
    elif what == "encrypted":
        at = raw.index(b"PK\x01\x02")
        raw[6] |= 1
        raw[at + 8] |= 1
    elif what == "unknown method":
        at = raw.index(b"PK\x01\x02")
        raw[8], raw[at + 10] = 77, 77
    path.write_bytes(raw)


@pytest.mark.parametrize("what", ["cut", "spoilt", "encrypted", "unknown method"])
def test_a_zip_that_is_not_whole(home: Path, what: str) -> None:
    packed(home / "votes.zip", what)
    refused(told(home, "votes.zip"), "votes.zip", "zip")


def test_a_zip_bomb(home: Path) -> None:
    bomb(home / "votes.zip", "votes.csv", 300)
    refused(told(home, "votes.zip"), "votes.zip", "unpacks to more", "300 MB")


@pytest.mark.slow
def test_a_zip_in_a_zip_and_a_name_that_climbs(home: Path) -> None:
    zipped(home / "inner.zip", "votes.csv", table())
    zipped(home / "votes.zip", "inner.zip", (home / "inner.zip").read_bytes())
    refused(told(home, "votes.zip"), "one table of text")
    zipped(home / "climbs.zip", "../../climbed.csv", table())
    bounded(told(home, "climbs.zip"))


@pytest.mark.slow
def test_a_packed_text_of_no_known_kind(home: Path) -> None:
    with gzip.open(home / "votes.csv.gz", "wb") as out:
        for _ in range(300):
            out.write(bytes(1_000_000))
    refused(told(home, "votes.csv.gz"), "votes.csv.gz", "cannot be read", ".zip")


# --- workbooks --------------------------------------------------------------------------------


def workbook(path: Path) -> None:
    good().to_excel(path, index=False)


def parts_of(path: Path, change: Callable[[str, bytes], bytes]) -> None:
    """Write a workbook anew with its parts changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {n: archive.read(n) for n in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, change(name, content))


@pytest.mark.slow
def test_a_workbook_that_is_a_bomb(home: Path) -> None:
    workbook(home / "votes.xlsx")
    pad = b"<row/>" + b" " * 1_000_000
    parts_of(
        home / "votes.xlsx",
        lambda n, c: (
            c.replace(b"<sheetData>", b"<sheetData>" + pad * 400) if n.endswith("sheet1.xml") else c
        ),
    )
    refused(told(home, "votes.xlsx"), "votes.xlsx", "unpacks to more")


ENTITIES = b"".join(
    b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"lol" * 10) for n in range(10)
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("doctype", "entity"),
    [(b"<!DOCTYPE x [%s]>" % ENTITIES, b"&l9;"),
     (b'<!DOCTYPE x [<!ENTITY l SYSTEM "file:///etc/passwd">]>', b"&l;")],
    ids=["laughs", "reads a file"],
)  # fmt: skip
@pytest.mark.parametrize("part", ["sheet1.xml", "workbook.xml", "sharedStrings.xml"])
def test_a_workbook_with_entities(home: Path, part: str, doctype: bytes, entity: bytes) -> None:
    workbook(home / "votes.xlsx")

    def change(name: str, content: bytes) -> bytes:
        if not name.endswith(part):
            return content
        head, _, rest = (
            content.partition(b"?>") if content.startswith(b"<?") else (b"", b"", content)
        )
        rest = rest.replace(b"Appling", entity)
        return (head + b"?>" if head else b"") + doctype + rest

    parts_of(home / "votes.xlsx", change)
    left = told(home, "votes.xlsx")
    bounded(left)
    assert "root:" not in left.words
    assert not any("root:" in p.read_text("latin-1") for p in home.rglob("*.json"))


@pytest.mark.slow
def test_a_cell_far_away(home: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for n, row in enumerate([good().columns.tolist(), *good().to_numpy().tolist()], start=1):
        for m, value in enumerate(row, start=1):
            book.active.cell(n, m, value)
    book.active.cell(1_048_576, 16_384, "x")
    book.save(home / "votes.xlsx")
    refused(told(home, "votes.xlsx"), "votes.xlsx", "row 1048576", "far away")


@pytest.mark.slow
def test_a_workbook_with_links_outside(home: Path) -> None:
    """Formulas and links to other files are neither followed nor computed: the kept values count."""
    frame = good()
    workbook(home / "votes.xlsx")
    link = b"<f>'file:///etc/[passwd]x'!A1+WEBSERVICE(\"http://127.0.0.1:1/\")</f>"
    parts_of(
        home / "votes.xlsx",
        lambda n, c: (
            re.sub(rb'(<c r="E\d+"[^>]*>)', lambda m: m[1] + link, c)
            if n.endswith("sheet1.xml")
            else c
        ),
    )
    left = told(home, "votes.xlsx")
    bounded(left)
    assert len(frame)


@pytest.mark.parametrize("what", ["cut", "text", "empty", "a sheet is missing", "no xml"])
def test_a_workbook_that_is_none(home: Path, what: str) -> None:
    path = home / "votes.xlsx"
    workbook(path)
    if what == "cut":
        path.write_bytes(path.read_bytes()[:3000])
    elif what in ("text", "empty"):
        path.write_text("fips,dem\n" if what == "text" else "")
    else:
        with zipfile.ZipFile(path) as archive:
            parts = {n: archive.read(n) for n in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in parts.items():
                if name.endswith("sheet1.xml"):
                    if what == "no xml":
                        archive.writestr(name, b"\0\1<")
                    continue
                archive.writestr(name, content)
    refused(told(home, "votes.xlsx"), "votes.xlsx")


# --- Parquet ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_parquet_file_with_a_forged_schema(home: Path) -> None:
    path = home / "votes.parquet"
    good().to_parquet(path)
    raw = path.read_bytes()
    for old, new in ((b"county", b"count\0"), (b"fips", b"\xff\xfe\xfd\xfc"), (b"dem", b"rep")):
        path.write_bytes(raw.replace(old, new))
        bounded(told(home, "votes.parquet"))
    for cut in (4, 12, 1000, len(raw) - 9):
        path.write_bytes(raw[:cut])
        refused(told(home, "votes.parquet"), "votes.parquet")
    spoilt = bytearray(raw)
    spoilt[-8:-4] = (2**31 - 1).to_bytes(4, "little")
    path.write_bytes(spoilt)
    refused(told(home, "votes.parquet"), "votes.parquet")


@pytest.mark.slow
def test_a_parquet_file_of_other_types(home: Path) -> None:
    frame = pa.table(
        {
            "fips": pa.array(good()["fips"].astype(int) + 2**62),
            "state": pa.array([{"a": 1}] * len(good())),
            "county": pa.array([b"\xff\x00"] * len(good())),
            "dem": pa.array([[1, 2]] * len(good())),
            "rep": pa.array(pd.to_datetime(["2020-01-01"] * len(good()))),
        }
    )
    pq.write_table(frame, home / "votes.parquet")
    bounded(told(home, "votes.parquet"))


# --- files that are none ------------------------------------------------------------------------


@pytest.mark.slow
def test_files_that_are_none(home: Path) -> None:
    os.mkfifo(home / "pipe.csv")
    (home / "zero.csv").symlink_to("/dev/zero")
    (home / "loop.csv").symlink_to("loop.csv")
    (home / "folder.csv").mkdir()
    names = ("pipe.csv", "zero.csv", "loop.csv", "folder.csv", "/dev/stdin", "x" * 300 + ".csv")
    for name in names:
        left = told(home, name)
        bounded(Left(2 if left.status == 1 else left.status, *list(vars(left).values())[1:]))
        assert left.status in (1, 2)
        assert name in left.words
        assert len(left.words.strip().splitlines()) == 1
        assert not left.files
    (home / "votes.csv").write_bytes(table())
    for name in names[:4]:
        refused(told(home, "votes.csv", name), name)


@pytest.mark.slow
def test_a_link_to_a_table_is_a_table(home: Path) -> None:
    (home / "kept").mkdir()
    good().to_csv(home / "kept" / "votes.csv", index=False)
    (home / "votes.csv").symlink_to("kept/votes.csv")
    left = told(home, "votes.csv")
    bounded(left)
    assert left.status == 0, left.words


# --- scenarios and grids ------------------------------------------------------------------------

YAMLS = {
    "laughs": "a0: &a0 [x, x]\n" + "".join(
        f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)),
    "laughs in keys": "a: &a {x: 1}\n? *a\n: 1\n",
    "holds itself": "a: &a [*a]\n",
    "merged": "a: &a {<<: *a}\n",
    "python": "a: !!python/object/apply:os.system ['touch executed']\n",
    "python name": "a: !!python/name:os.system\n",
    "a tag of its own": "a: !evil 1\n",
    "deep": "a: " + "[" * 20_000 + "]" * 20_000 + "\n",
    "deep mapping": "{a: " * 20_000 + "}" * 20_000 + "\n",
    "deeper": "a: " + "[" * 400_000 + "]" * 400_000 + "\n",
    "a number of 10,000 digits": "year: " + "9" * 10_000 + "\n",
    "no such day": "a: 2020-99-99\n",
    "binary": "a: !!binary '!!!'\n",
    "two documents": "a: 1\n---\nb: 2\n",
    "control letters": "a: \x07\n",
    "NUL": "a: \0\n",
    "mis-encoded": "ä: 1\n",
    "large": "a: " + "x" * 2_000_000 + "\n",
    "a list": "- 1\n",
    "nothing": "",
    "not a number": "year: .nan\n",
    "a list as key": "? [a, b]\n: 1\n",
}  # fmt: skip


@pytest.mark.parametrize("what", YAMLS)
def test_a_scenario_made_to_harm(home: Path, what: str) -> None:
    encoding = "latin-1" if what == "mis-encoded" else "utf-8"
    (home / "evil.yml").write_bytes(YAMLS[what].encode(encoding))
    for arguments in (("build", "evil.yml"), ("sweep", "evil.yml")):
        left = command(home, *arguments)
        refused(left, "evil.yml")
        assert len(left.words) < 1500
    assert not (home / "executed").exists()


CLIMBS = "../../climbed"
TRAVERSALS: list[tuple[str, ...]] = [
    ("build", CLIMBS),
    ("build", "midwest-2016", "--set", f"id={CLIMBS}"),
    ("build", "midwest-2016", "--set", f"tables.folder={CLIMBS}"),
    ("build", "midwest-2016", "--set", "tables.folder=/etc"),
    ("build", "midwest-2016", "--set", f"tables.votes={CLIMBS}"),
    ("build", "midwest-2016", "--set", f"claims={CLIMBS}"),
    ("build", "midwest-2016", "--set", "claims=/etc/passwd"),
    ("build", "midwest-2016", "--set", f"chapters=[{CLIMBS}]"),
    ("build", "midwest-2016", "--set", "id=!!python/object/apply:os.system [x]"),
    ("build", "midwest-2016", "--set", f"year={'9' * 10_000}"),
    ("build", "midwest-2016", "--set", f"{CLIMBS}=1"),
    ("run", CLIMBS),
    ("run", "gap", CLIMBS),
    ("check", CLIMBS),
    ("verify", CLIMBS),
    ("compare", CLIMBS, CLIMBS),
    ("sweep", CLIMBS),
    ("new", CLIMBS),
    ("new", "/etc/passwd"),
    ("new", ".."),
    ("new", "mine", "--year", "2020", "--focus", CLIMBS, "--dem", "a", "--rep", "b",
     "--claimed", "1"),
    ("new", "mine", "--year", "2020", "--focus", "GA", "--dem", "a", "--rep", "b", "--claimed", "1",
     "--votes", f"{CLIMBS}.csv"),
]  # fmt: skip


@pytest.mark.parametrize("arguments", TRAVERSALS, ids=lambda a: " ".join(a)[:60])
def test_no_option_leads_out_of_the_project(home: Path, arguments: tuple[str, ...]) -> None:
    for path in Path(__file__).parents[1].joinpath("scenarios").glob("midwest-2016*"):
        (home / "scenarios" / path.name).symlink_to(path)
    refused(command(home, *arguments))


@pytest.mark.parametrize("out", [".", "..", "scenarios", "_build"])
def test_a_book_is_not_written_over_other_files(home: Path, out: str) -> None:
    for path in Path(__file__).parents[1].joinpath("scenarios").glob("midwest-2016*"):
        (home / "scenarios" / path.name).symlink_to(path)
    for name in ("src", "_build"):
        (home / name).mkdir()
        (home / name / "kept").touch()
    refused(command(home, "build", "--out", out), "other files")


# --- large --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_ten_million_lines(home: Path) -> None:
    """Lines of candidates in precincts: the sum of each county is right."""
    counties = good()["fips"].tolist()
    begun = time.monotonic()
    with (home / "votes.csv").open("w") as out:
        out.write("fips,state,year,precinct,party,votes\n")
        for precinct in range(10_000_000 // (2 * len(counties))):
            out.writelines(
                f"{c},GA,2020,{precinct},DEM,1\n{c},GA,2020,{precinct},REP,2\n" for c in counties
            )
    assert time.monotonic() - begun < 600
    columns = "votes.csv:fips=fips,state=state,year=year,precinct=precinct,party=party,votes=votes"
    machines().to_csv(home / "machines.csv", index=False)
    left = command(home, *COMMAND, "--columns", columns, "--votes", "votes.csv",
                   "--equipment", "machines.csv")  # fmt: skip
    bounded(left)
    assert left.status == 0, left.words
    votes = pd.read_parquet(home / "data" / "mine" / "county_votes.parquet")
    own = votes[(votes["state"] == "GA") & (votes["year"] == 2020)]
    assert set(own["dem"]) == {10_000_000 // (2 * len(counties))}
    assert set(own["rep"]) == {2 * (10_000_000 // (2 * len(counties)))}

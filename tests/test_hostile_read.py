"""Files that were read as another, in part, or as what they are not."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pandas as pd
import pytest
from conftest import Done
from test_hostile import COMMAND, PYTHON
from test_yours import STATE, YEAR, good, machines, told

from sevenpercent.data import tables
from sevenpercent.data.readers import lines
from sevenpercent.errors import InputError
from sevenpercent.folders import held
from sevenpercent.own import new

pytestmark = pytest.mark.slow

ASKED = Callable[..., tuple[int, str]]


@pytest.fixture
def asked(home: Path, typed: Callable[..., Done]) -> ASKED:
    """Status and words of ``new`` for a file of votes, then of ``check``."""

    def call(votes: str, *more: str) -> tuple[int, str]:
        machines().to_csv(home / "machines.csv", index=False)
        done = typed(*COMMAND, "--votes", votes, "--equipment", "machines.csv", *more)
        if done.returncode == 0:
            done = typed("check", "mine")
        words = done.stdout + done.stderr
        assert not PYTHON.search(words), words
        return done.returncode, words

    return call


def counted(home: Path) -> pd.Series[int]:
    votes = pd.read_parquet(home / "data" / "mine" / "county_votes.parquet")
    own = votes[(votes["state"] == STATE) & (votes["year"] == YEAR)]
    return own.set_index("fips")["dem"].astype(int).sort_index()


def right(home: Path, frame: pd.DataFrame) -> bool:
    return counted(home).equals(frame.set_index("fips")["dem"].astype(int).sort_index())


def changed() -> pd.DataFrame:
    """Votes that are not those of data/."""
    frame = good()
    return frame.assign(dem=[str(int(v) - 1) for v in frame["dem"]])


@pytest.mark.parametrize(
    "name", ["v[1].csv", "v*.csv", "~.csv", "dem=5/v.csv", "dem=5/v.parquet", "v[1].parquet"]
)
def test_a_name_is_no_pattern(home: Path, asked: ASKED, name: str) -> None:
    frame, path = changed(), home / name
    path.parent.mkdir(exist_ok=True)
    for at, one in ((path, frame), (home / f"v1{path.suffix}", frame.assign(dem="1"))):
        if at.suffix == ".csv":
            one.to_csv(at, index=False)
        else:
            one.to_parquet(at)
    asked(name)
    assert right(home, frame)


def test_a_name_that_is_no_text_is_refused(home: Path, asked: ASKED) -> None:
    (home / "v\udcff.csv").write_text(good().to_csv(index=False))
    code, words = asked("v\udcff.csv")
    assert code == 2
    assert "not UTF-8" in words


def test_a_message_about_a_file_sends_a_terminal_no_control_characters(asked: ASKED) -> None:
    code, words = asked("a\x1b[2J\u202e\nb.csv")
    assert code == 2
    assert words == "sevenpercent: a[2J b.csv: no such file. Check the path.\n"


def test_cells_over_several_lines_and_blank_lines_keep_their_rows(home: Path, asked: ASKED) -> None:
    frame = good()
    frame.loc[3, "county"] = "Ba\nker"
    frame.loc[90, "dem"] = "12x"
    text = frame.to_csv(index=False).replace("county,year", '"county",year', 1).splitlines()
    text.insert(20, "")
    (home / "votes.csv").write_text("\n".join(text))
    row = 1 + next(n for n, line in enumerate(text) if "12x" in line)
    code, words = asked("votes.csv")
    assert code == 2
    assert f"row {row}, column dem: '12x'" in words
    assert (counted(home).drop(frame["fips"][90]) > 0).all()


def test_a_total_at_the_end_has_no_year(home: Path, asked: ASKED) -> None:
    frame = changed()
    (home / "votes.csv").write_text(frame.to_csv(index=False) + "Total,,,,1,2,3,6\n")
    asked("votes.csv")
    assert right(home, frame)


def test_a_day_is_of_its_year(home: Path, asked: ASKED) -> None:
    changed().assign(year="11/3/2020").to_csv(home / "votes.csv", index=False)
    asked("votes.csv")
    assert right(home, changed())


@pytest.mark.parametrize("value", ["٣٤", "１２", "1_000"])
def test_digits_of_python_alone_are_no_count(home: Path, asked: ASKED, value: str) -> None:
    frame = good()
    frame.loc[3, "dem"] = value
    frame.to_csv(home / "votes.csv", index=False)
    code, words = asked("votes.csv")
    assert code == 2
    assert f"row 5, column dem: '{value}'. This is not a number" in words


@pytest.mark.parametrize(("state", "year"), [("TX", 2020), (STATE, 2016), (STATE, 2012)])
def test_a_file_of_another_election_is_not_passed_over(
    home: Path, asked: ASKED, state: str, year: int
) -> None:
    votes = tables.load("county_votes")
    own = votes[(votes["state"] == state) & (votes["year"] == year) & votes["best"]]
    kept = own[["fips", "state", "county", "year", "dem", "rep", "other", "total"]].astype(str)
    kept.to_csv(home / "votes.csv", index=False)
    code, words = asked("votes.csv")
    known = (state, year) == (STATE, 2016)
    assert code == (0 if known else 2)
    assert f"159 of 159 counties of {STATE} have no votes of 2020 in your files" in words
    assert (f"No line of the file is of {STATE} in 2020 or 2016" in words) is not known
    kept.assign(year="2020").to_csv(home / "votes.csv", index=False)
    if state == STATE:
        code, words = asked("votes.csv", "--force")
        assert code == 2
        assert f"159 of 159 counties of {STATE} have the very votes of {year}" in words


def test_a_few_counties_are_no_other_units(home: Path, asked: ASKED) -> None:
    good().head(3).to_csv(home / "votes.csv", index=False)
    code, words = asked("votes.csv")
    assert code == 0
    assert "Only 3 counties of GA have a line in 2020" in words
    assert "156 of 159 counties of GA have no votes of 2020 in your files" in words


def test_one_of_two_sheets_is_not_guessed(home: Path, asked: ASKED) -> None:
    with pd.ExcelWriter(home / "votes.xlsx") as book:
        for sheet in ("Draft", "Final"):
            good().to_excel(book, sheet_name=sheet, index=False)
    code, words = asked("votes.xlsx")
    assert code == 2
    assert "several sheets may be the table (value 'Draft, Final')" in words


@pytest.mark.parametrize("text", [b"," * 20_000_000, b"13001,GA,Appling,2020,1,2,3,6\n" * 200_000])
def test_what_no_list_of_counties_is_costs_little(home: Path, asked: ASKED, text: bytes) -> None:
    head = b"fips,state,county,year,dem,rep,other,total\n"
    (home / "votes.csv").write_bytes(head + text)
    begun = time.process_time()
    code, words = asked("votes.csv")
    assert time.process_time() - begun < 10
    assert code == 2
    assert "more than" in words


@pytest.mark.parametrize("option", ["--adjective", "--title", "--who"])
def test_an_option_adds_no_line_to_the_scenario(home: Path, asked: ASKED, option: str) -> None:
    good().to_csv(home / "votes.csv", index=False)
    code, words = asked("votes.csv", f"{option}=a\nchapters: []\nb")
    assert code == 2
    assert f"{option} holds a control character" in words
    assert not (home / "data").exists()


def test_two_books_of_one_name_are_not_mixed(home: Path) -> None:
    good().to_csv(home / "votes.csv", index=False)
    machines().to_csv(home / "machines.csv", index=False)
    told_ = told(home, home / "votes.csv", home / "machines.csv", dem="Ash", rep="Birch")
    with ThreadPoolExecutor() as other:
        with held(home / "scenarios"):
            made = other.submit(new.create, told_)
            assert wait([made], timeout=2).not_done
            (home / "scenarios" / "mine.yml").write_text("the other's")
        with pytest.raises(InputError, match="a scenario of this name exists"):
            made.result()
    assert not (home / "data").exists()
    assert (home / "scenarios" / "mine.yml").read_text() == "the other's"


def precincts(frame: pd.DataFrame) -> pd.DataFrame:
    """The same votes in two precincts a county, and a line of their total."""
    counts = ["dem", "rep", "total"]
    half = frame.assign(
        precinct="North", **{n: [str(int(v) // 3) for v in frame[n]] for n in counts}
    )
    rest = {n: [str(int(v) - int(v) // 3) for v in frame[n]] for n in counts}
    whole = frame.assign(precinct="Total")
    return pd.concat([half, frame.assign(precinct="South", **rest), whole]).drop(columns="other")


ALL = "v.csv:precinct=ward," + ",".join(
    f"{n}={n}" for n in ("fips", "state", "county", "year", "dem", "rep", "total")
)


@pytest.mark.parametrize("told", [[], ["--columns", ALL]])
def test_precincts_in_lines_of_parties_are_added_up(
    home: Path, asked: ASKED, told: list[str]
) -> None:
    frame = precincts(changed()).rename(columns={"precinct": "ward"} if told else {})
    frame.to_csv(home / "v.csv", index=False)
    code, words = asked("v.csv", *told)
    assert code == 0, words
    assert "159 lines are a total" in words
    assert right(home, changed())


@pytest.mark.parametrize(("cell", "says"), [("1.234", "row 4"), ("-3", "row 4"), ("n/a", "row 4")])
def test_a_precinct_s_odd_cell_is_named(home: Path, asked: ASKED, cell: str, says: str) -> None:
    frame = precincts(changed()).reset_index(drop=True)
    frame.loc[frame.index[2], "dem"] = cell
    frame.to_csv(home / "v.csv", index=False)
    code, words = asked("v.csv")
    assert code == 2
    assert says in words, words
    assert cell in words, words


@pytest.mark.parametrize("name", ["North", ""])
def test_a_precinct_twice_is_refused(home: Path, asked: ASKED, name: str) -> None:
    frame = precincts(changed()).reset_index(drop=True)
    frame.loc[frame.index[200], "precinct"] = name
    frame.to_csv(home / "v.csv", index=False)
    code, words = asked("v.csv")
    assert code == 2
    assert "row 202" in words, words
    assert "stands twice, or has no name" in words, words


@pytest.mark.parametrize("cell", ["1.234", "1_000", "1,2"])
def test_columns_that_are_added_hold_whole_numbers(home: Path, asked: ASKED, cell: str) -> None:
    frame = good().assign(late="0").rename(columns={"dem": "early"})
    frame.loc[2, "late"] = cell
    frame.to_csv(home / "v.csv", index=False)
    code, words = asked(
        "v.csv", "--columns", "v.csv:fips=fips,state=state,year=year,rep=rep,dem=early + late"
    )
    assert code == 2
    assert cell in words, words


def test_a_header_far_below_and_a_name_beyond_the_limit(home: Path, asked: ASKED) -> None:
    (home / "v.csv").write_text("a note, of two\n" * 20 + good().to_csv(index=False))
    code, words = asked("v.csv")
    assert code == 2
    assert "in the first 15 lines" in words
    code, words = asked("v" * 300 + ".csv")
    assert code == 2
    assert len(words.splitlines()) == 1


def test_a_book_that_was_not_built_is_named(
    asked: ASKED, home: Path, typed: Callable[..., Done]
) -> None:
    good().to_csv(home / "v.csv", index=False)
    asked("v.csv")
    done = typed("verify", "mine")
    assert done.returncode == 2
    assert "sevenpercent build mine" in done.stderr


def test_a_row_of_too_few_cells_is_refused_and_a_note_below_is_not(tmp_path: Path) -> None:
    head, path = "fips,county,state,dem,rep,total\n", tmp_path / "votes.csv"
    rows = [f"13{n:03d},County {n},GA,{n + 40},{n + 60},{2 * n + 100}\n" for n in range(1, 40, 2)]

    def read(*more: str, header: str = head, first: list[str] = rows) -> tuple[str, ...]:
        path.write_text(header + "".join(first) + "".join(more))
        with lines.opened(path, ["fips"]) as file:
            return file.columns

    for wrong in (
        "13005,Bacon,696,3946,4716\n",
        "Bacon,GA,696,3946,4716\n",
        "13005,Bacon,GA,3946,4716\n",
    ):
        for empty in ("", "13101,Echols,GA,1,2,\n"):  # one county without a total excuses nobody
            with pytest.raises(InputError, match="fewer cells") as error:
                read(empty, wrong)
            assert error.value.row == len(rows) + 2 + bool(empty)
    for note in (
        "\n",
        "Source: Secretary of State, Elections Division, Madison\n",
        "Note: early, absentee, and provisional ballots\n",
        "Total,,3000,2000\n",
        "Statewide,3000,2000,5000\n",
    ):
        assert read(note)[0] == "fips"
    # Words at the end that most counties lack are left out by some publishers.
    noted = [row.strip() + ",recounted\n" for row in rows[:12]]
    assert read(*rows[12:], header=head.strip() + ",notes\n", first=noted)[-1] == "notes"

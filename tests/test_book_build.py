"""A whole small book through the command line: what is run again, what fails, what survives."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import book_project
import psutil
import pytest
from book_project import Project

from sevenpercent import paths
from sevenpercent.run import execute


def pages(project: Project) -> dict[str, str]:
    """Hash of every file of the standing book."""
    html = project.book / "html"
    return {
        p.relative_to(html).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(html.rglob("*"))
        if p.is_file()
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = book_project.make(tmp_path_factory.mktemp("book") / "project")
    done = project.start("build")
    assert done.returncode == 0, done.stderr
    return project


@pytest.fixture
def project(built: Project) -> Iterator[Project]:
    """The built project; whatever a test changes in it is put back."""
    kept = built.root.parent / "kept"
    shutil.rmtree(kept, ignore_errors=True)
    for name in ("chapters", "data", "scenarios"):
        shutil.copytree(built.root / name, kept / name, symlinks=True)
    yield built
    for name in ("chapters", "data", "scenarios"):
        shutil.rmtree(built.root / name)
        shutil.copytree(kept / name, built.root / name, symlinks=True)


def test_the_book_stands_where_it_is_looked_for(project: Project) -> None:
    for html in (project.book / "html", project.root / "_build" / "html"):
        assert (html / "index.html").is_file()
        assert "There were 7 votes." in (html / "chapters" / "index.html").read_text()
    values = json.loads((project.book / "results.json").read_text())["values"]
    assert values["gap.votes"]["value"] == 7
    assert values["index.answer"]["value"] == "7 votes"


def test_parameters_and_their_paths_are_not_shown(project: Project) -> None:
    for path in (project.book / "html").rglob("*.html"):
        assert "scenario.yml" not in path.read_text()
        assert str(project.root) not in path.read_text()


def test_the_figure_is_described_and_tables_scroll_in_their_box(project: Project) -> None:
    page = (project.book / "html" / "chapters" / "gap.html").read_text()
    assert 'alt="Two bars."' in page
    assert 'class="table-box narrow"' in page
    assert 'href="index.html"' in page


def test_a_second_build_runs_nothing(project: Project) -> None:
    done = project.call("build")
    assert done.returncode == 0
    assert "up to date" in done.stdout
    assert " ran" not in done.stderr


@pytest.mark.slow
def test_verify_names_the_first_thing_that_is_not_what_the_book_was_made_from(
    project: Project,
) -> None:
    project.call("build")
    sound = project.call("verify")
    assert sound.returncode == 0, sound.stderr
    assert [line.split(":")[0] for line in sound.stdout.splitlines()] == [
        "descriptions of tables", "published files", "tables", "chapters", "numbers",
        "what dresses the pages", "pages",
    ]  # fmt: skip
    other = project.call("verify", "--set", "held=race")
    assert other.returncode == 2
    assert "column 'held'" in other.stderr
    page = project.book / "html" / "chapters" / "gap.html"
    kept = page.read_bytes()
    page.write_bytes(kept.replace(b"Two bars.", b"Ten bars."))
    assert "chapters/gap.html: the file is not the one" in project.call("verify").stderr
    page.write_bytes(kept)
    (page.parent / "added.js").write_text("1")
    assert "added.js: the file was added" in project.call("verify").stderr
    (page.parent / "added.js").unlink()
    project.replace("index", "There were", "There are")
    said = project.call("verify")
    assert said.returncode == 2
    assert "chapters/index.md: what this chapter reads" in said.stderr
    project.set_votes(4, 5)
    said = project.call("verify")
    assert said.returncode == 2
    assert "data/toy.parquet: the table is not" in said.stderr


TAMPERED = {
    "description": ("data/datapackage.json", b'"name": "toy"', b'"name":  "toy"'),
    "table": ("data/toy.parquet", b"PAR1", b"PAR2"),
    "setting": ("scenarios/midwest-2016.yml", b"title: ", b"title: x"),
    "chapter": ("chapters/gap.md", b"votes", b"Votes"),
    "numbers of all": ("_build/midwest-2016/results.json", b'"value"', b' "value"'),
    "rows": ("_build/midwest-2016/numbers.csv", b"7", b"8"),
    "contents": ("_toc.yml", b"The evidence", b"The Evidence"),
    "asset": ("assets/site.css", b"{", b" {"),
    "page": ("_build/midwest-2016/html/chapters/gap.html", b"Two bars", b"Ten bars"),
    "script": ("_build/midwest-2016/html/_static/site.js", b"(", b"( "),
    "what was recorded": ("_build/midwest-2016/html/made-from.json", b": {", b": 1, 2: {"),
}
"""Place of a file, and what in it is replaced."""


@pytest.mark.slow
@pytest.mark.parametrize("what", TAMPERED)
def test_whatever_is_tampered_with_is_the_first_that_verify_names(
    project: Project, what: str
) -> None:
    assert project.call("build").returncode == 0
    name, old, new = TAMPERED[what]
    path = project.root / name
    kept = path.read_bytes()
    assert old in kept
    path.write_bytes(kept.replace(old, new, 1))
    done = project.call("verify")
    path.write_bytes(kept)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert f"{name}: " in done.stderr.replace("current/", "")
    assert project.call("verify").returncode == 0


def test_numbers_that_a_chapter_left_are_verified_too(project: Project) -> None:
    project.call("build")
    told = json.loads((project.book / "html" / "made-from.json").read_text())
    path = project.root / "_build/cache" / told["chapters"]["gap"]["key"] / "results/gap.json"
    kept = path.read_text()
    path.write_text(kept.replace(": 7", ": 9"))
    done = project.call("verify")
    path.write_text(kept)
    assert done.returncode == 2
    assert "results/gap.json: " in done.stderr


HEADERS = {
    "not a text": (b"\xff\xfe\xab", "not UTF-8 text"),
    "a folder above": (b"---\nsevenpercent:\n  files: [../x/*]\n---\n# x\n", "below the project"),
    "a folder of the system": (
        b"---\nsevenpercent:\n  files: [/etc/*]\n---\n# x\n",
        "below the project",
    ),
}


@pytest.mark.parametrize("what", HEADERS)
def test_a_chapter_made_to_harm_is_told(project: Project, what: str) -> None:
    body, said = HEADERS[what]
    project.chapter("gap").write_bytes(body)
    done = project.call("build")
    assert done.returncode == 2
    assert "gap.md: " in done.stderr
    assert said in done.stderr


@pytest.mark.parametrize("body", ["[" * 100_000 + "]" * 100_000, '{"resources": [null]}'])
def test_a_description_of_tables_made_to_harm_is_told(project: Project, body: str) -> None:
    path = project.root / "data" / "datapackage.json"
    path.write_text(body)
    for command in ("build", "verify"):
        done = project.call(command)
        assert done.returncode == 2
        assert "datapackage.json: " in done.stderr


OUTSIDE = {
    "{{include}} {}\n": 'Directive "include" disabled',
    "{{literalinclude}} {}\n": "File insertion disabled",
    "{{csv-table}}\n:file: {}\n": "File and URL access deactivated",
    "{{eval-rst}}\n.. raw:: html\n   :file: {}\n": '"raw" directive disabled',
    "{{image}} {}\n:alt: A picture.\n": "a file outside of the book is shown",
}


@pytest.mark.slow
def test_no_text_puts_a_file_of_the_machine_into_a_page(project: Project) -> None:
    secret = project.root.parent / "secret.png"
    secret.write_text("a,secret\n")
    up = "../" * 20 + str(secret).lstrip("/")
    words = "".join(f"\n```{d.format(up)}```\n" for d in OUTSIDE) + f"\n{{download}}`a <{up}>`\n"
    project.chapter("gap").write_text(project.chapter("gap").read_text() + words)
    before = pages(project)
    done = project.call("build")
    assert done.returncode == 1
    for said in OUTSIDE.values():
        assert said in done.stderr
    assert pages(project) == before


@pytest.mark.slow
def test_settings_of_whoever_is_at_work_change_nothing(project: Project, tmp_path: Path) -> None:
    """Neither a style of figures nor start-up files, nor a home that does not exist."""
    (tmp_path / ".config/matplotlib").mkdir(parents=True)
    (tmp_path / ".config/matplotlib/matplotlibrc").write_text("axes.facecolor: red")
    (tmp_path / ".ipython/profile_default/startup").mkdir(parents=True)
    (tmp_path / ".ipython/profile_default/startup/1.py").write_text("raise SystemExit(9)")
    assert elsewhere(tmp_path / "a", HOME=str(tmp_path)) == here(project)
    assert elsewhere(tmp_path / "b", HOME="/proc") == here(project)


def test_closed_streams_are_no_error(project: Project) -> None:
    """Neither of what is said nor of what is asked."""
    started = f'exec "$0" -m sevenpercent.cli.main build <&- 2>&- >{project.root.parent}/said'
    done = subprocess.run(
        ["sh", "-c", started, sys.executable], cwd=project.root, env=project.env(), check=False
    )
    assert done.returncode == 0
    assert "The book is" in (project.root.parent / "said").read_text()


def test_a_folder_that_is_no_project_is_named(tmp_path: Path, project: Project) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sevenpercent.cli.main", "build"],
        env={**project.env(), "SEVENPERCENT_ROOT": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"sevenpercent: {tmp_path}: no project is here")


def test_the_time_of_a_build_needs_no_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    known = execute.environment(paths.ROOT)["SOURCE_DATE_EPOCH"]
    assert known.isdigit()
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / ".git").mkdir()
    assert execute.environment(tmp_path)["SOURCE_DATE_EPOCH"] == execute.EPOCH


def test_a_working_folder_that_is_gone_is_told(project: Project, tmp_path: Path) -> None:
    gone = f"mkdir {tmp_path}/gone; cd {tmp_path}/gone; rmdir {tmp_path}/gone; exec"
    done = subprocess.run(
        ["sh", "-c", f'{gone} "$0" -m sevenpercent.cli.main build', sys.executable],
        env=project.env(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "the folder you are in was removed" in done.stderr


@pytest.mark.slow
def test_refresh_shows_what_moved_before_it_overwrites(project: Project) -> None:
    assert project.call("refresh").returncode == 0
    project.set_votes(3, 5)
    dry = project.call("refresh", "--dry")
    assert "index: -There were 7 votes." in dry.stdout
    assert "index: +There were 8 votes." in dry.stdout
    assert "gap.votes: 7 -> 8 (+1) votes" in dry.stdout
    assert "gap: figure 1 changed" in dry.stdout
    assert "7 votes" in (project.root / "chapters" / "index.ipynb").read_text()
    project.call("refresh")
    assert "8 votes" in (project.root / "chapters" / "index.ipynb").read_text()


@pytest.mark.slow
def test_a_changed_table_runs_what_reads_it_and_changes_the_sentence(project: Project) -> None:
    project.set_votes(4, 5)
    done = project.call("build")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(" ran") == 2
    page = project.book / "html" / "chapters" / "index.html"
    assert "There were 9 votes." in page.read_text()


def test_a_failing_cell_is_named_and_leaves_the_last_good_book(project: Project) -> None:
    before = pages(project)
    project.replace("gap", "figure, axes =", "figure, axes = undefined_name,")
    done = project.call("build")
    assert done.returncode == 1
    assert "chapter gap, cell 6 (import io): name 'undefined_name'" in done.stderr
    assert "Traceback" not in done.stderr
    assert pages(project) == before


MEANWHILE = """
from sevenpercent import paths
from sevenpercent.cli.main import main
from sevenpercent.run import publish

press = publish.run_jupyter_book


def changing(*asked):
    made = press(*asked)
    with (paths.ROOT / "_config.yml").open("a") as file:
        file.write("# changed\\n")
    return made


publish.run_jupyter_book = changing
main()
"""
"""A build during which somebody edits the settings of the site, when its pages are just made."""


@pytest.mark.slow
def test_what_dresses_the_pages_is_changed_while_they_are_made(project: Project) -> None:
    before = pages(project)
    settings = project.root / "_config.yml"
    config = settings.read_text()
    project.replace("gap", "## Answer", "## Answer\n\nOne sentence more.")
    done = subprocess.run(
        [sys.executable, "-c", MEANWHILE, "build"],
        cwd=project.root,
        env=project.env(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "what dresses the pages was changed meanwhile. Build again." in done.stderr
    assert "Traceback" not in done.stderr
    assert pages(project) == before
    assert len(list(project.book.glob("book-*"))) == 1
    settings.write_text(config)
    assert project.call("build").returncode == 0
    assert "One sentence more." in (project.book / "html/chapters/gap.html").read_text()


@pytest.mark.slow
def test_bad_input_inside_a_chapter_is_told_in_its_own_words(project: Project) -> None:
    raising = (
        "from sevenpercent.errors import InputError\n\n"
        'raise InputError("no such table", value="x", fix="Mend it.")\n'
    )
    project.replace("gap", "found = Results()", raising + "found = Results()")
    done = project.call("build")
    assert done.returncode == 2
    assert "chapter gap, cell 4" in done.stderr
    assert "no such table (value 'x'). Mend it." in done.stderr
    assert "InputError" not in done.stderr


@pytest.mark.slow
def test_a_warning_of_the_pages_fails_the_build(project: Project) -> None:
    before = pages(project)
    project.replace("gap", "## Answer", "## Answer\n\n[nowhere](#no-such-place)")
    done = project.call("build")
    assert done.returncode == 1
    assert "no-such-place" in done.stderr
    assert pages(project) == before


@pytest.mark.slow
def test_a_figure_without_a_description_fails_the_build(project: Project) -> None:
    project.replace("gap", 'metadata={"alt": "Two bars."}', "metadata={}")
    done = project.call("build")
    assert done.returncode == 1
    assert "chapter gap, cell 6: the figure has no text" in done.stderr


@pytest.mark.slow
def test_an_undeclared_table_fails_the_build(project: Project) -> None:
    project.replace("gap", 'tables=["toy"]', 'tables=["fact_money"]')
    done = project.call("build")
    assert done.returncode == 1
    assert "rests on table fact_money" in done.stderr


@pytest.mark.slow
def test_an_unknown_key_stops_before_anything_runs(project: Project) -> None:
    done = project.call("build", "--set", "treatmnt.primary=any_dre_vv")
    assert done.returncode == 2
    assert "Did you mean 'treatment'?" in done.stderr
    assert " ran" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.slow
def test_out_puts_the_book_elsewhere(project: Project, tmp_path: Path) -> None:
    done = project.call("build", "--out", str(tmp_path / "mine"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "mine" / "html" / "chapters" / "gap.html").is_file()
    assert (tmp_path / "mine" / "results.json").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_leaves_the_last_good_book_and_no_process(
    project: Project, number: signal.Signals
) -> None:
    before = pages(project)
    project.replace("gap", "import io\n", "import io\nimport time\n\ntime.sleep(300)\n")
    running = subprocess.Popen(
        [sys.executable, "-m", "sevenpercent.cli.main", "build"],
        cwd=project.root,
        env=project.env(),
        stderr=subprocess.PIPE,
        text=True,
    )
    tree = psutil.Process(running.pid)
    deadline = time.monotonic() + 180
    while not list(project.book.glob(".work-*/gap/gap.working")):
        assert time.monotonic() < deadline
        assert running.poll() is None
        time.sleep(0.2)
    time.sleep(1)
    children = tree.children(recursive=True)
    os.kill(running.pid, number)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "the last good book is as it was" in said
    assert "Traceback" not in said
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []
    assert pages(project) == before
    assert not list(project.book.glob(".work-*"))


@pytest.mark.slow
def test_one_chapter_runs_alone(project: Project, tmp_path: Path) -> None:
    target = tmp_path / "gap.ipynb"
    done = project.call("run", "gap", "--out", str(target))
    assert done.returncode == 0, done.stderr
    assert "| all | 7 |" in target.read_text()


@pytest.mark.slow
def test_the_committed_notebook_does_not_depend_on_how_it_was_run(project: Project) -> None:
    project.call("refresh")
    first = (project.root / "chapters" / "gap.ipynb").read_bytes()
    project.call("refresh", "--force", "--jobs", "1")
    assert (project.root / "chapters" / "gap.ipynb").read_bytes() == first


@pytest.mark.slow
def test_what_is_damaged_is_made_again(project: Project) -> None:
    before = here(project)
    kept = [project.root / "_build" / "cache", project.book / "site"]
    for path in (p for folder in kept for p in folder.rglob("*") if p.is_file()):
        if path.name != "state.json":  # without it nothing else would be read
            path.write_bytes(path.read_bytes()[:-5])
    (project.book / "current" / "book.json").write_text("[]")
    done = project.call("build")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(" ran") == 2
    assert here(project) == before


def elsewhere(folder: Path, *command: str, **env: str) -> dict[str, str]:
    """Hashes of the same book built cold in another folder, one chapter at a time."""
    other = book_project.make(folder)
    done = subprocess.run(
        [*command, sys.executable, "-m", "sevenpercent.cli.main", "build", "--jobs", "1"],
        cwd=other.root,
        env={**other.env(), **env},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {**pages(other), "results": (other.book / "results.json").read_text()}


def here(project: Project) -> dict[str, str]:
    done = project.call("build")
    assert done.returncode == 0, done.stderr
    return {**pages(project), "results": (project.book / "results.json").read_text()}


@pytest.mark.slow
def test_another_folder_language_and_zone_give_the_same_bytes(
    project: Project, tmp_path: Path
) -> None:
    env = {"LC_ALL": "C", "LANG": "tr_TR", "TZ": "Asia/Kathmandu", "COLUMNS": "40"}
    assert elsewhere(tmp_path / "another" / "ünusual place", **env) == here(project)


@pytest.mark.slow
def test_another_user_gives_the_same_bytes(project: Project, tmp_path: Path) -> None:
    """One whose home is empty, so that no cache of fonts or settings is there."""
    env = {"HOME": str(tmp_path), "USER": "other", "LOGNAME": "other"}
    assert elsewhere(tmp_path / "one", "sh", "-c", 'umask 077; exec "$@"', "sh", **env) == here(
        project
    )


def closed() -> bool:
    """Whether this system can run a command without a network."""
    found = shutil.which("unshare")
    return bool(found) and not subprocess.run([str(found), "-rn", "true"], check=False).returncode


@pytest.mark.slow
@pytest.mark.skipif(not closed(), reason="a network is closed by `unshare -rn`, on Linux only")
def test_a_book_is_built_without_a_network(project: Project, tmp_path: Path) -> None:
    assert elsewhere(tmp_path / "closed", "unshare", "-rn") == here(project)


def test_no_page_asks_for_anything_from_elsewhere(project: Project) -> None:
    here(project)
    asks = re.compile(r"""<(?:script|img|iframe|audio|video|source|embed)[^>]*src=["']?(?:https?:)?//"""
                      r"""|<link[^>]*rel=["']?(?:stylesheet|preload|icon)[^>]*href=["']?(?:https?:)?//"""
                      r"""|url\(\s*["']?(?:https?:)?//|@import\s+(?:url\()?["']?(?:https?:)?//""")  # fmt: skip
    html = project.book / "html"
    for path in (p for p in html.rglob("*") if p.suffix in (".html", ".css")):
        assert not asks.search(path.read_text(encoding="utf-8")), path


def test_a_citation_that_nobody_knows_is_told_before_anything_runs(project: Project) -> None:
    text = project.chapter("gap").read_text()
    project.chapter("gap").write_text(text + "\nSee {cite}`nobody2016`.\n")
    done = project.call("build")
    assert done.returncode == 2
    assert "gap.md" in done.stderr
    assert "nobody2016" in done.stderr
    assert " ran" not in done.stderr


def test_a_chapter_missing_from_the_contents_is_told_before_anything_runs(project: Project) -> None:
    toc = project.root / "_toc.yml"
    kept = toc.read_text()
    toc.write_text("format: jb-book\nroot: chapters/index\n")
    done = project.call("build")
    toc.write_text(kept)
    assert done.returncode == 2
    assert "gap" in done.stderr
    assert " ran" not in done.stderr


def test_every_kind_of_file_that_a_chapter_leaves_is_known_to_be_whole(tmp_path: Path) -> None:
    """A chapter of which one file seems torn would run again with every build."""
    from sevenpercent.run import build

    for name, whole, torn in (
        ("gap.ipynb", '{"cells": []\n}\n', '{"cells": ['),
        ("gap.json", '{\n "schema": 1\n}\n', '{\n "sch'),
        ("gap.rows.json", '[\n {"key": "a"}\n]\n', '[\n {"key": "a"},\n'),
    ):
        path = tmp_path / name
        path.write_text(whole)
        assert build._whole(path), name
        path.write_text(torn)
        assert not build._whole(path), name
    assert not build._whole(tmp_path / "none.json")


@pytest.mark.slow
def test_every_book_is_built_and_one_that_fails_stops_no_other(tmp_path: Path) -> None:
    project = book_project.make(tmp_path / "project")
    first = project.root / "scenarios" / "midwest-2016.yml"
    body = first.read_text()
    for name in ("a-second", "c-broken"):
        own = body.replace("id: midwest-2016", f"id: {name}", 1)
        (first.parent / f"{name}.yml").write_text(
            own + ("mistake: 1\n" if "broken" in name else "")
        )
    done = project.start("build", "--all")
    assert done.returncode == 2
    assert "sevenpercent: c-broken: " in done.stderr
    assert "unknown scenario key" in done.stderr
    shelf = (project.root / "_build" / "index.html").read_text()
    for name in ("a-second", "midwest-2016"):
        assert f"The book is built: _build/{name}/html/index.html" in done.stdout
        assert f'href="{name}/html/' in shelf
    assert "sevenpercent build c-broken" in shelf
    (first.parent / "c-broken.yml").unlink()
    again = project.start("build", "--all")
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("up to date") == 2
    refused = project.start("build", "--all", "--set", "draws=1")
    assert refused.returncode == 2
    assert "neither --set nor --out" in refused.stderr

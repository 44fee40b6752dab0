"""The engine writes what a fresh kernel under papermill's own engine writes, byte for byte."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat
import pytest
from papermill import execute_notebook
from papermill.exceptions import PapermillExecutionError

from sevenpercent import paths
from sevenpercent.model import scenario
from sevenpercent.run import engine, execute, notebooks
from sevenpercent.run.execute import WARM, run_alone
from sevenpercent.run.notebooks import Notebook
from sevenpercent.workers import Pool

CELLS = (
    "import sys\nprint('one')\nprint('two', file=sys.stderr)\nprint('three')",
    "1 + 1",
    "2 + 2;",
    "_ + Out[2], __name__",
    "",
    "from IPython.display import HTML, Markdown, clear_output, display\n"
    "print('before')\ndisplay(HTML('<b>bold</b>'), metadata={'a': (1, 2)})\nprint('after')\n"
    "Markdown('*text*')",
    "handle = display('first', display_id='it')",
    "handle.update('second')\nNone",
    "print('gone')\nclear_output(wait=True)\nprint('stays')",
    "from IPython import get_ipython\n"
    "get_ipython().register_magic_function(lambda line, cell: print(line, cell), 'cell', 'said')",
    "%%said loud\nhear",
    "import matplotlib.pyplot as plt\n_ = plt.plot([1, 2])",
    "figure, axes = plt.subplots(figsize=(2, 1))\nplt.show()\nplt.get_backend()",
    "import pandas as pd\npd.DataFrame({'x': [1.5]})",
    "import pickle\n\n\nclass Kept:\n    x = 1\n\n\npickle.loads(pickle.dumps(Kept())).x",
    "import asyncio\nawait asyncio.sleep(0, 'waited')",
    "display({'image/png': b'abc', 'text/plain': 'p'}, raw=True, metadata={'alt': 'words'})",
    "import os\nos.path.basename(os.getcwd()), sys.modules['__main__'].Kept is Kept",
    "def f(x):\n    return 1 / x\n\n\nprint(1)\nf(0)",
    "'after the error'",
    "raise KeyError('no more')",
    "'not reached'",
)
MAY_FAIL = 18
"""Place of the cell that raises and may; the last one raises and must not."""


def notebook(*cells: str) -> Notebook:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    for number, cell in enumerate(made.cells):
        cell["id"] = f"cell-{number}"
    return made


def run(given: tuple[Notebook, dict[str, Any]]) -> Notebook:
    """Execute a notebook in this process as far as it goes, without papermill's notes about it."""
    cells, options = given
    fixed = {"kernel_name": "python3", "cwd": str(paths.CHAPTERS), "progress_bar": False}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "out.ipynb")
        with suppress(PapermillExecutionError):
            execute_notebook(cells, str(file), **fixed, **options)
        done = notebooks.read(file)
    done.cells = [c for c in done.cells if not notebooks.has_tag(c, "papermill-error-cell-tag")]
    done.metadata.pop("papermill")
    for cell in done.cells:
        for noise in ("papermill", "execution"):
            cell.metadata.pop(noise, None)
    return done


def joined(made: Notebook) -> Notebook:
    """Neighbouring pieces of one stream as one: a kernel sends what there is five times a second."""
    for cell in made.cells:
        whole: list[Any] = []
        for output in cell.get("outputs", []):
            last = whole[-1] if whole else output
            if (
                last is not output
                and output.output_type == "stream"
                and last.get("name") == output.name
            ):
                last.text += output.text
            else:
                whole.append(output)
        cell.outputs = whole
    return made


def apart(work: Callable[[Any], Any], argument: object) -> Any:
    """Outcome of work in a warm process of its own."""
    with Pool(1, fresh=True, warm=WARM) as pool:
        pool.submit("it", work, argument)
        [(_, outcome)] = pool.ended()
    return outcome


def test_all_that_a_cell_can_show_is_as_a_kernel_writes_it() -> None:
    cells = notebook(*CELLS)
    cells.cells[MAY_FAIL].metadata["tags"] = ["raises-exception"]
    ours, theirs = apart(run, (cells, {"engine_name": engine.NAME})), joined(run((cells, {})))
    assert nbformat.writes(ours) == nbformat.writes(theirs)
    assert ours.cells[6].outputs[0].data["text/plain"] == "'second'"
    assert "image/png" in ours.cells[11].outputs[0].data
    assert [o.output_type for o in ours.cells[MAY_FAIL].outputs] == ["stream", "error"]
    assert ours.cells[-1].execution_count is None


def chapter_both_ways(name: str, folder: Path) -> None:
    source = paths.CHAPTERS / f"{name}.md"
    chosen = scenario.load()
    run_alone(chosen, name, folder / "ours.ipynb")
    file = folder / "scenario.yml"
    file.write_text(chosen.as_yaml(), encoding="utf-8")
    made = execute_notebook(
        notebooks.read_chapter(source),
        None,
        parameters={"scenario": str(file)},
        kernel_name="python3",
        cwd=str(paths.CHAPTERS),
        progress_bar=False,
    )
    notebooks.write(notebooks.clean(made, name), folder / "theirs.ipynb")
    assert (folder / "ours.ipynb").read_bytes() == (folder / "theirs.ipynb").read_bytes()


@pytest.mark.slow
def test_a_chapter_is_the_same_notebook_either_way(tmp_path: Path) -> None:
    chapter_both_ways("gap", tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", scenario.load().chapters)
def test_every_chapter_is_the_same_notebook_either_way(name: str, tmp_path: Path) -> None:
    chapter_both_ways(name, tmp_path)


def job(folder: Path, *cells: str) -> execute.Job:
    source = folder / "made.ipynb"
    nbformat.write(notebook("first = 1", *cells), source)
    return execute.Job("made", source, folder / "out.ipynb", folder)


def test_a_notebook_ends_with_the_cell_that_fails(tmp_path: Path) -> None:
    made = job(tmp_path, "open('before', 'w').close()\nfirst / 0", "open('after', 'w').close()")
    expected = "chapter made, cell 2 (open('before', 'w').close()): division by zero"
    assert str(apart(execute.run, made)) == f"{expected} (zero division error)"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["before", "made.ipynb"]


def test_a_cell_that_hangs_is_stopped() -> None:
    options = {"engine_name": engine.NAME, "execution_timeout": 0.2}
    [cell] = run((notebook("while True:\n    pass"), options)).cells
    assert cell.outputs[0].ename == "TimeoutError"
    assert cell.outputs[0].evalue == "the cell took longer than 0.2 s"


def test_a_process_that_dies_is_told_with_its_cell(tmp_path: Path) -> None:
    made = job(tmp_path, "import os\n\nos.abort()")
    said = str(execute.lost(made, apart(execute.run, made).why))
    assert said.startswith("chapter made, cell 2 (import os): its process was ended from outside")


def twice(cells: Notebook) -> tuple[list[Notebook], list[bool]]:
    """Two runs in this process, and whether it is as before in each respect."""

    def state() -> tuple[Any, ...]:
        return sys.stdout, sys.modules["__main__"], dict(os.environ), list(sys.path), Path.cwd()

    before = state()
    done = [run((cells, {"engine_name": engine.NAME})) for _ in range(2)]
    return done, [a == b for a, b in zip(state(), before, strict=True)]


def test_what_a_run_changes_in_the_process_is_put_back() -> None:
    done, same = apart(twice, notebook(*CELLS[:4], CELLS[11], CELLS[12]))
    assert same == [True] * 5
    assert nbformat.writes(done[0]) == nbformat.writes(done[1])
    assert [c.execution_count for c in done[1].cells] == [1, 2, 3, 4, 5, 6]
    assert "image/png" in done[1].cells[4].outputs[0].data

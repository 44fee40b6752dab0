"""Do the committed notebooks notice a fault? What `make test` asks of them with nbval, in one call.

``python -m tests.mutation.twins`` executes the chapters that a fault touches and compares what they
show with ``chapters/*.ipynb``. Sources are left out, since a chapter's own fault changes one, and
so are pictures.
"""

from __future__ import annotations

import re
import sys
from typing import Any

from sevenpercent import paths
from sevenpercent.model import scenario
from sevenpercent.run.build import execute_chapters
from sevenpercent.run.notebooks import Notebook, read

ADDRESS = re.compile(r"at 0x[0-9a-f]+")


def shown(notebook: Notebook) -> list[Any]:
    """Texts that the cells of a notebook show, in their order."""
    return [
        {
            kind: ADDRESS.sub("", str(text))
            for kind, text in {**output.get("data", {}), "text": output.get("text", "")}.items()
            if not kind.startswith("image/")
        }
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    ]


def main() -> int:
    """One if a chapter shows something else than is committed, or fails."""
    executed, _ = execute_chapters(scenario.load(), jobs=1)
    moved = [
        n for n in executed if shown(executed[n]) != shown(read(paths.CHAPTERS / f"{n}.ipynb"))
    ]
    print("shows something else:", *moved)
    return int(bool(moved))


if __name__ == "__main__":
    sys.exit(main())

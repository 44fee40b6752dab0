"""A project of two tiny chapters in a temporary folder, for tests of the run and the site."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from sevenpercent import paths
from sevenpercent.model.scenario import DEFAULT

HEADER = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
    format_version: 0.13
kernelspec:
  display_name: Python 3
  language: python
  name: python3
sevenpercent:
  needs: {needs}
  tables: {tables}
---

# {title}

```{{code-cell}} ipython3
:tags: [parameters]

scenario = "midwest-2016"
out = ""
```

## Answer

"""

GAP = """```{code-cell} ipython3
from pathlib import Path

import pandas as pd

from sevenpercent import paths
from sevenpercent.model.results import Results

votes = pd.read_parquet(paths.DATA / "toy.parquet")
found = Results()
found.add("gap.votes", int(votes["dem"].sum()), unit="votes", tables=["toy"])
if out:
    Path(out, "results", "gap.json").write_text(found.to_json("x"))
```

```{code-cell} ipython3
from IPython.display import display

text = f"| place | votes |\\n| :-- | --: |\\n| all | {found['gap.votes'].value} |\\n\\n*See [the index](index.md).*"
display({"text/markdown": text, "text/plain": text}, raw=True)
```

```{code-cell} ipython3
import io

import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(6, 3))
axes.bar([0, 1], votes["dem"])
raw = io.BytesIO()
figure.savefig(raw, format="png")
plt.close(figure)
display({"image/png": raw.getvalue(), "text/plain": "bars"}, raw=True, metadata={"alt": "Two bars."})
```
"""

INDEX = """```{code-cell} ipython3
from pathlib import Path

from sevenpercent.model.results import Results

votes = 0
if out:
    votes = Results.from_json(Path(out, "upstream", "gap.json"))["gap.votes"].value
    found = Results()
    found.add("index.answer", f"{votes} votes", tables=["toy"])
    Path(out, "results", "index.json").write_text(found.to_json("x"))
```

```{code-cell} ipython3
:tags: [verdict]

from IPython.display import display

display({"text/markdown": f"There were {votes} votes.", "text/plain": "votes"}, raw=True)
```
"""


@dataclass(frozen=True)
class Project:
    """The project's folder and how to call the command line in it."""

    root: Path

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command in a fork of a process that serves this folder and has the imports at hand."""
        files = [self.root.parent / name for name in ("said.txt", "wrong.txt")]
        server = _server(self)
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps([arguments, *map(str, files)]) + "\n")
        server.stdin.flush()
        status = int(server.stdout.readline())
        return subprocess.CompletedProcess(arguments, status, *(f.read_text() for f in files))

    def start(self, *arguments: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        """A command as a shell starts it."""
        return subprocess.run(
            [sys.executable, "-m", "sevenpercent.cli.main", *arguments],
            cwd=self.root,
            env=self.env(),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def env(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("SEVENPERCENT")}
        return {**kept, "SEVENPERCENT_ROOT": str(self.root)}

    @property
    def book(self) -> Path:
        return self.root / "_build" / "midwest-2016"

    def chapter(self, name: str) -> Path:
        return self.root / "chapters" / f"{name}.md"

    def replace(self, name: str, old: str, new: str) -> None:
        text = self.chapter(name).read_text()
        assert old in text
        self.chapter(name).write_text(text.replace(old, new))

    def set_votes(self, *dem: int) -> None:
        pd.DataFrame({"dem": list(dem)}).to_parquet(self.root / "data" / "toy.parquet")


@cache
def _server(project: Project) -> subprocess.Popen[str]:
    """Ends with this process, when its standard input is closed."""
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("warm_command.py"))],
        cwd=project.root,
        env=project.env(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def make(root: Path) -> Project:
    """Write the project: the real scenario and tables, two chapters, and one table of its own."""
    for name in ("chapters", "data", "scenarios"):
        (root / name).mkdir(parents=True)
    project = Project(root)
    for path in paths.DATA.glob("*.parquet"):
        (root / "data" / path.name).symlink_to(path)
    package = json.loads((paths.DATA / "datapackage.json").read_text())
    schema = {"fields": [{"name": "dem", "type": "integer"}]}
    package["resources"].append({"name": "toy", "path": "toy.parquet", "schema": schema})
    (root / "data" / "datapackage.json").write_text(json.dumps(package))
    project.set_votes(3, 4)
    shutil.copytree(paths.SCENARIOS / DEFAULT, root / "scenarios" / DEFAULT)
    body = yaml.safe_load((paths.SCENARIOS / f"{DEFAULT}.yml").read_text())
    body["chapters"] = ["index", "gap"]
    (root / "scenarios" / f"{DEFAULT}.yml").write_text(yaml.safe_dump(body, sort_keys=False))
    shutil.copy(paths.ROOT / "_config.yml", root)
    shutil.copytree(paths.ROOT / "assets", root / "assets")
    (root / "references.bib").write_text("")
    gap = {"caption": "The evidence", "chapters": [{"file": "chapters/gap"}]}
    toc = {"format": "jb-book", "root": "chapters/index", "title": "Start", "parts": [gap]}
    (root / "_toc.yml").write_text(yaml.safe_dump(toc, sort_keys=False))
    for name, title, needs, text in (
        ("index", "What was claimed", "[gap]", INDEX),
        ("gap", "The gap", "[]", GAP),
    ):
        head = HEADER.format(title=title, needs=needs, tables="[toy]")
        project.chapter(name).write_text(head + text)
    return project

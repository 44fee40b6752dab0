"""Which tests look at a module or a chapter, the nearest first."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

FAR = 3
"""Steps of imports from a test to a module beyond which it hardly looks at it."""


def modules(root: Path) -> dict[str, str]:
    """Dotted name of each module of the library, with its path below the root."""
    found = {}
    for path in sorted((root / "src").rglob("*.py")):
        parts = path.relative_to(root / "src").with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        found[name] = path.relative_to(root).as_posix()
    return found


def imports(path: Path, known: Iterable[str]) -> set[str]:
    """Modules of the library that a file imports, whole or something of them."""
    known = set(known)
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = {f"{node.module}.{name.name}" for name in node.names}
            found |= (whole & known) or {node.module}
    return found & known


def reach(root: Path) -> dict[str, dict[str, int]]:
    """Steps from each test file to each file of the library that it reaches."""
    known = modules(root)
    graph = {name: imports(root / file, known) for name, file in known.items()}
    out: dict[str, dict[str, int]] = {}
    for test in sorted((root / "tests").glob("test_*.py")):
        steps: dict[str, int] = {}
        edge = imports(test, known)
        for step in range(1, FAR + 1):
            edge -= set(steps)
            steps |= dict.fromkeys(edge, step)
            edge = {further for name in edge for further in graph[name]}
        out[test.relative_to(root).as_posix()] = {known[n]: s for n, s in steps.items()}
    return out


def looking(root: Path, file: str, steps: dict[str, dict[str, int]]) -> list[str]:
    """Test files that look at a file of the library or at a chapter, the nearest first."""
    if file.startswith("chapters/"):
        name = f'"{Path(file).stem}"'
        texts = {test: (root / test).read_text(encoding="utf-8") for test in steps}
        return sorted(
            (t for t, text in texts.items() if name in text and "study" in text),
            key=lambda t: (Path(file).stem not in t, t),
        )
    near = {test: own[file] for test, own in steps.items() if file in own}
    return sorted(near, key=lambda test: (near[test], Path(file).stem not in test, test))

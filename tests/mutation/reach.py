"""Which tests look at a place in the library or at a chapter, the nearest first.

Near is what calls it over few functions: a test that names the function itself, then one that names
a function which names it, and so on; of equally near tests the shorter.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FAR = 3
"""Steps of imports, or of calls, beyond which a test hardly looks at a place."""

Place = tuple[str, str]
"""A module, and a name in it."""


@dataclass(frozen=True)
class Reach:
    """The project as it is read here: names only, nothing is run."""

    root: Path

    @cached_property
    def modules(self) -> dict[str, str]:
        """Dotted name of each module of the library, with its path below the root."""
        found = {}
        for path in sorted((self.root / "src").rglob("*.py")):
            parts = path.relative_to(self.root / "src").with_suffix("").parts
            found[".".join(parts).removesuffix(".__init__")] = path.relative_to(
                self.root
            ).as_posix()
        return found

    @cached_property
    def _trees(self) -> dict[str, ast.Module]:
        tests = sorted((self.root / "tests").glob("test_*.py"))
        files = {p.relative_to(self.root).as_posix(): p for p in tests}
        files |= {name: self.root / path for name, path in self.modules.items()}
        return {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in files.items()}

    @cached_property
    def _imports(self) -> dict[str, set[str]]:
        return {name: imports(tree, self.modules) for name, tree in self._trees.items()}

    @cached_property
    def _below(self) -> dict[str, dict[str, int]]:
        """Modules that each module or test file imports, with the steps there; itself at none."""
        out = {}
        for name in self._trees:
            found, edge = {name: 0}, {name}
            for step in range(1, FAR + 1):
                edge = {m for n in edge for m in self._imports[n]} - found.keys()
                found |= dict.fromkeys(edge, step)
            out[name] = found
        return out

    @cached_property
    def _uses(self) -> dict[Place, set[str]]:
        """Names that stand in each function, class, method or constant of the library."""
        return {
            (module, name): names(node)
            for module in self.modules
            for name, node in defined(self._trees[module])
        }

    @cached_property
    def _top(self) -> set[Place]:
        """Of these, what other files can name: methods are found by their class."""
        return {
            (module, name)
            for module in self.modules
            for name, node in defined(self._trees[module])
            if node in self._trees[module].body
        }

    @cached_property
    def _tests(self) -> dict[Place, set[str]]:
        """Names that stand in each test, with those of the helpers that it calls."""
        out = {}
        for file in self._trees.keys() - self.modules.keys():
            own = {name: names(node) for name, node in defined(self._trees[file])}
            for test in (n for n in own if n.startswith("test_")):
                found, new = set(own[test]), own[test] & own.keys()
                while new:
                    more = {m for n in new for m in own[n]}
                    new = (more & own.keys()) - found
                    found |= more
                out[file, test] = found
        return out

    def looking(self, file: str, inside: str) -> list[Place]:
        """Tests that look at a function of a file, or at a chapter: file and name of each."""
        if file.startswith("chapters/"):
            name = f'"{Path(file).stem}"'
            steps = {test: 0 for test, own in self._tests.items() if name in own}
        else:
            module = next(m for m, path in self.modules.items() if path == file)
            steps = self._steps(module, set(inside.split(".")) - {""})
            steps = {t: n + self._below[t[0]].get(module, 2 * FAR) for t, n in steps.items()}
        named = Path(file).stem
        return sorted(steps, key=lambda t: (steps[t], named not in t[0], len(self._tests[t]), t))

    def _steps(self, module: str, inside: set[str]) -> dict[Place, int]:
        own = {name for where, name in self._uses if where == module}
        edge: set[Place] = {(module, name) for name in inside & own or own}
        seen: set[Place] = set()
        found: dict[Place, int] = {}
        for step in range(FAR + 1):
            seen |= edge
            for test, used in self._tests.items():
                if test not in found and self._named(test[0], used, edge):
                    found[test] = step
            edge = {
                place
                for place, used in self._uses.items()
                if place not in seen and self._named(place[0], used, edge)
            }
        return found

    def _named(self, where: str, used: set[str], edge: set[Place]) -> bool:
        below = self._below[where]
        return any(
            name in used and module in below and (module == where or (module, name) in self._top)
            for module, name in edge
        )


def imports(tree: ast.Module, known: Iterable[str]) -> set[str]:
    """Modules of the library that a file imports, whole or something of them."""
    known = set(known)
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found & known


def defined(tree: ast.Module) -> list[tuple[str, ast.AST]]:
    """Functions, classes, their methods, and constants of a module, by their own names."""
    out: list[tuple[str, ast.AST]] = []
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            out.append((node.name, node))
        if isinstance(node, ast.ClassDef):
            out += [(m.name, m) for m in node.body if isinstance(m, ast.FunctionDef)]
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            out += [(t.id, node) for t in targets if isinstance(t, ast.Name)]
    return out


def names(node: ast.AST) -> set[str]:
    """Names, attributes and parameters in a piece of code, and texts in quotation marks."""
    out = set()
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                out.add(name)
            case ast.Constant(value=str(text)):
                out.add(f'"{text}"')
    return out

"""The key of a chapter: a hash of what it reads, and of nothing else.

What a chapter reads is found without running it. Its library modules are those that its imports lead
to; the keys of the scenario and the roles of tables are those whose names stand in that code, in its
own cells and sentences, or in the scenario's text for it. A name that only looks like one of them
costs a rerun too many, never one too few.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from sevenpercent import folders, hashes, paths
from sevenpercent.hashes import LIBRARY
from sevenpercent.model.scenario import DECLARED, Scenario, Tables, chapters
from sevenpercent.study import text

PACKAGE = "sevenpercent"
MUTE = (f"{PACKAGE}.model.scenario", f"{PACKAGE}.study.keys", f"{PACKAGE}.study.kept")
"""Modules whose names are no uses: what names every key of a scenario, and this recipe itself."""

_CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
_OPTIONS = re.compile(r"\A(?::[^\n]*\n)+\n?")
_NAME = re.compile(r"\.([a-z_]\w*)")


class Seen(NamedTuple):
    """What stands in one file: modules that it imports, attributes that it names."""

    imports: list[str]
    names: list[str]


class Reads(NamedTuple):
    """What one chapter can read: files of the library, keys of the scenario and of its ``tables``; sorted."""

    modules: tuple[Path, ...]
    keys: tuple[str, ...]
    roles: tuple[str, ...]


def of(
    chapter: str,
    s: Scenario,
    upstream: Mapping[str, str],
    tables: Mapping[str, str],
    *,
    words: bool = True,
) -> str:
    """Key of a chapter's outcome.

    `upstream`: chapter whose numbers this one cites, to a hash of them; `tables`: table to the hash
    of its file; those that this chapter can read are picked; `words`: whether words count: those
    between the cells and in cells of words, which no other cell can read, and the scenario's own
    for the chapter.
    """
    found = reads(chapter, s.id)
    source = (paths.CHAPTERS / f"{chapter}.md").read_bytes()
    if not words:
        source = _without_words(source.decode()).encode()
    body = s.model_dump(mode="json")
    settings: dict[str, Any] = {k: body[k] for k in found.keys if k not in ("changed", "tables")}
    settings["tables"] = {role: body["tables"][role] for role in found.roles}
    if "changed" in found.keys:
        settings["changed"] = text.unsettled(s, chapter)
    return hashes.key_of(
        {
            "chapter": chapter,
            "id": s.id,
            "source": hashlib.sha256(source).hexdigest(),
            "settings": settings,
            "files": hashes.tree_hash(paths.ROOT, files(chapter, s, found, words=words)),
            "tables": {t: tables[t] for t in tables_of(chapter, s)},
            "library": hashes.tree_hash(LIBRARY.parent, found.modules),
            "lock": hashes.lock(paths.ROOT),
            "upstream": dict(upstream),
        }
    )


def tables_of(chapter: str, s: Scenario) -> list[str]:
    """Tables that a chapter can read: those of its header, and those in the roles that it names."""
    roles = {getattr(s.tables, role) for role in reads(chapter, s.id).roles}
    return sorted(chapters.tables_of(chapter) | {t for t in roles if t})


def files(chapter: str, s: Scenario, found: Reads, *, words: bool = True) -> list[Path]:
    """Files that a chapter reads beside tables and library: its texts, lists, what it declares."""
    own = [paths.SCENARIOS / s.id / "text" / f"{chapter}.md"] if words else []
    if "claims" in found.keys and s.claims:
        own.append(paths.ROOT / s.claims)
    for pattern in chapters.read(chapter).files:
        own += paths.ROOT.glob(pattern.format(scenario=s.id))
    return [p for p in own if p.is_file()]


@cache
def reads(chapter: str, scenario_id: str) -> Reads:
    """Find what a chapter can read."""
    source = (paths.CHAPTERS / f"{chapter}.md").read_text(encoding="utf-8")
    told = paths.SCENARIOS / scenario_id / "text" / f"{chapter}.md"
    words = source + (told.read_text(encoding="utf-8") if told.is_file() else "")
    names = set(_NAME.findall(words))
    named = _imports(_code(source))
    modules = _reached(named)
    library = _library()
    for module in {m for m in modules if not m.startswith(MUTE)}:
        names.update(library[module].names)
    keys = {k for name in names for k in _keys_behind().get(name, ())}
    return Reads(
        tuple(sorted(f for m in modules for f in _files(m))),
        tuple(sorted(keys)),
        tuple(sorted(names & set(Tables.model_fields) - {"folder"})),
    )


def _code(source: str) -> ast.Module:
    """The cells of analysis."""
    bodies = (_OPTIONS.sub("", cell) for cell in _CELL.findall(source))
    return ast.parse("\n".join(body for body in bodies if not body.startswith("%")))


def _without_words(source: str) -> str:
    """Header and cells of a chapter; of a cell of words, its first line."""
    head, _, rest = source.removeprefix("---").partition("\n---\n")
    return json.dumps([head, *(_silent(cell[1]) for cell in _CELL.finditer(rest))])


def _silent(cell: str) -> str:
    body = _OPTIONS.sub("", cell)
    first, _, _ = body.partition("\n")
    return cell.removesuffix(body) + first if text.SAYS.match(body) else cell


def _reached(start: Iterable[str]) -> set[str]:
    library = _library()
    found: set[str] = set()
    ahead = [m for name in start for m in _modules(name)]
    while ahead:
        module = ahead.pop()
        if module in library and module not in found:
            found.add(module)
            ahead += [m for name in library[module].imports for m in _modules(name)]
    return found


def _modules(name: str) -> list[str]:
    """A module with the packages above it, whose ``__init__`` runs too; a name in one is dropped."""
    parts = name.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts) + 1)]


def _imports(tree: ast.AST) -> set[str]:
    out: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            out |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            out |= {f"{node.module}.{a.name}" for a in node.names}
    return {name for name in out if name.split(".")[0] == PACKAGE}


@cache
def _library() -> dict[str, Seen]:
    """What stands in each module; remembered by the file's hash, since reading takes a second."""
    store = paths.BUILD / "scanned.json"
    try:
        known = json.loads(store.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    out, fresh = {}, {}
    for path in hashes.files_below(LIBRARY, "*.py"):
        key = hashes.file_hash(path)
        if key not in known:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            names = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
            known[key] = [sorted(_imports(tree)), sorted(names)]
        fresh[key] = known[key]
        out[_module(path)] = Seen(*known[key])
    if fresh != known or not store.is_file():
        with suppress(OSError):
            folders.replace(store, json.dumps(fresh))
    return out


def _module(path: Path) -> str:
    parts = path.relative_to(LIBRARY.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _files(module: str) -> list[Path]:
    """File of a module, and that of its words, which lies beside it under the same name."""
    stem = LIBRARY.parent / Path(*module.split("."))
    words = stem.with_suffix(".yml")
    own = stem / "__init__.py" if stem.is_dir() else stem.with_suffix(".py")
    return [own, words] if words.is_file() else [own]


@cache
def _keys_behind() -> dict[str, set[str]]:
    """Keys of the scenario behind each name: the key itself, or those that a property reads."""
    fields = set(Scenario.model_fields)
    out = {name: {name} for name in fields}
    tree = ast.parse(Path(str(inspect.getsourcefile(Scenario))).read_text(encoding="utf-8"))
    body = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "Scenario")
    methods = {n.name: n for n in body.body if isinstance(n, ast.FunctionDef)}
    for _ in methods:  # a property may read another
        for name, node in methods.items():
            read = [
                a.attr
                for a in ast.walk(node)
                if isinstance(a, ast.Attribute) and ast.unparse(a.value) == "self"
            ]
            out[name] = {k for r in read for k in out.get(r, ())}
    out["declaration"] = set(DECLARED)
    out["as_yaml"] = fields
    return out

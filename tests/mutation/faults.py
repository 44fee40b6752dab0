"""Which faults a source file can have: each is one small change of one expression."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}
ENDS = {"lo": "hi", "hi": "lo", "lower": "upper", "upper": "lower"}
"""Names of the two ends of an interval."""

CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(?::[^\n]*\n)*(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Fault:
    """One change of one expression.

    Attributes
    ----------
    file : str
        Path below the root of the project.
    line : int
        Line of the file, from 1.
    inside : str
        Function that holds it, with its class; empty outside of all.
    before, after : str
        The expression, and what stands there instead.
    nth : int
        How many of the same kind stand before it in that function.
    start, end : int
        Where the expression stands in the bytes of the file.
    """

    file: str
    line: int
    inside: str
    before: str
    after: str
    nth: int
    start: int
    end: int

    @property
    def name(self) -> str:
        """What stays the same while other lines of the file change."""
        again = f" ({self.nth + 1})" if self.nth else ""
        return f"{self.file} {self.inside}: {self.before} -> {self.after}{again}"

    def planted(self, text: str) -> str:
        """The file's text with the fault in it."""
        raw = text.encode()
        return (raw[: self.start] + self.after.encode() + raw[self.end :]).decode()

    def rank(self, seed: int) -> str:
        """A number by chance that depends on nothing but the fault itself and the seed."""
        return hashlib.sha256(f"{seed} {self.name}".encode()).hexdigest()


def faults(file: str, text: str) -> list[Fault]:
    """Every fault of a Python file, or of the code cells of a chapter, in the order of its lines.

    Parameters
    ----------
    file : str
        Path below the root of the project, which tells chapters (``.md``) from Python files.
    text : str
        What stands in it.
    """
    if file.endswith(".md"):
        parts = [(m.start(1), m[1]) for m in CELL.finditer(text) if not m[1].startswith("%%")]
    else:
        parts = [(0, text)]
    found: list[Fault] = []
    for start, part in parts:
        lines = part.splitlines(keepends=True)
        shown = "".join("\n" if x.startswith(("%", "!")) else x for x in lines)
        if len(shown.encode()) != len(part.encode()):
            continue  # a line magic among the code: places in it would not be those of the file
        first = text[:start].count("\n")
        widths = [len(x.encode()) for x in lines]
        offset = len(text[:start].encode())
        for inside, node, after in changes(ast.parse(part)):
            bounds = [
                offset + sum(widths[: row - 1]) + column
                for row, column in (
                    (node.lineno, node.col_offset),
                    (node.end_lineno or node.lineno, node.end_col_offset or node.col_offset),
                )
            ]
            before = ast.unparse(node)
            same = sum((f.inside, f.before, f.after) == (inside, before, after) for f in found)
            found.append(
                Fault(file, first + node.lineno, inside, before, after, same, bounds[0], bounds[1])
            )
    return found


def changes(tree: ast.AST, inside: str = "") -> Iterator[tuple[str, ast.expr, str]]:
    """Enclosing function, expression and its replacement, for every fault of a tree.

    Annotations, documentation and the text of error messages are left as they are.
    """
    for node in ast.iter_child_nodes(tree):
        name = inside
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            name = f"{inside}.{node.name}".lstrip(".")
        if isinstance(node, ast.expr):
            for new in replaced(node):
                yield inside, node, f"({ast.unparse(new)})" if not atomic(new) else ast.unparse(new)
        if isinstance(node, (ast.If, ast.While, ast.IfExp)) and not isinstance(
            node.test, (ast.Compare, ast.UnaryOp)
        ):
            yield inside, node.test, f"(not ({ast.unparse(node.test)}))"
        if isinstance(node, (ast.Raise, ast.JoinedStr, ast.Assert)):
            continue
        if isinstance(node, ast.AnnAssign):
            if node.value is not None:
                yield from changes(ast.Expression(node.value), name)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            defaults = [d for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None]
            yield from changes(ast.Module([*map(ast.Expr, defaults), *node.body], []), name)
        else:
            yield from changes(node, name)


def replaced(node: ast.expr) -> Iterator[ast.expr]:
    """Expressions that are wrong in place of `node`: a flipped comparison, a lost sign ..."""
    match node:
        case ast.Compare(left, [op], right) if type(op) in COMPARED:
            yield ast.Compare(left, [COMPARED[type(op)]()], right)
        case ast.BinOp(left, op, right) if type(op) in COMPUTED and not (text(left) or text(right)):
            yield ast.BinOp(left, COMPUTED[type(op)](), right)
        case ast.BoolOp(ast.And(), values):
            yield ast.BoolOp(ast.Or(), values)
        case ast.BoolOp(ast.Or(), values):
            yield ast.BoolOp(ast.And(), values)
        case ast.UnaryOp(ast.USub() | ast.Not(), operand):
            yield operand
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int(value) | float(value)):
            yield ast.Constant(value + 1 if isinstance(value, int) else 2 * value + (not value))
        case ast.Constant(str(value)) if value in ENDS:
            yield ast.Constant(ENDS[value])
        case ast.Attribute(owner, name, ast.Load()) if name in ENDS:
            yield ast.Attribute(owner, ENDS[name], ast.Load())
        case ast.Name(name, ast.Load()) if name in ENDS:
            yield ast.Name(ENDS[name], ast.Load())


def text(node: ast.expr) -> bool:
    """Whether an operand is plainly text or a list, which have no difference or quotient."""
    if isinstance(node, ast.BinOp):
        return text(node.left) or text(node.right)
    kinds = (ast.JoinedStr, ast.List, ast.Tuple, ast.ListComp)
    return isinstance(node, kinds) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def atomic(node: ast.expr) -> bool:
    """Whether an expression keeps its meaning wherever it is written."""
    return isinstance(node, (ast.Constant, ast.Name, ast.Attribute, ast.Call, ast.Subscript))

"""YAML files read and held against their models, with one message for the first fault."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from sevenpercent.errors import InputError, nearest

Body = TypeVar("Body", bound=BaseModel)


class Strict(BaseModel):
    """A part of a file in which an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML in which a key that stands twice is an error instead of a silent overwrite."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in keys:
                raise InputError(
                    "a key stands twice",
                    row=key_node.start_mark.line + 1,
                    value=key,
                    fix="Keep one of them.",
                )
            keys.add(key)
        made: dict[Any, Any] = super().construct_mapping(node, deep)
        return made


LARGEST = 1_000_000
"""Bytes of a file at most."""

MOST = 100_000
"""Values that a file may hold, those behind an alias counted wherever it stands."""

DEEPEST = 100
"""Lists and mappings within each other."""


def parsed(text: str) -> Any:
    """What a text in YAML holds; a key that stands twice is refused, and what has no bounds."""
    return pickle.loads(_packed(text))


@lru_cache(maxsize=64)
def _packed(text: str) -> bytes:
    """The same, kept for the next who asks; packed, since each may change what it is given."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):  # this does not recurse; what builds values does
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise InputError(
                f"more than {DEEPEST} lists and mappings within each other",
                row=event.start_mark.line + 1 if event.start_mark else None,
            )
    body = yaml.load(text, Loader=_Loader)
    ahead, seen = [body], 0
    while ahead:
        here = ahead.pop()
        seen += 1
        if seen > MOST:
            raise InputError(
                f"more than {MOST:,} values, aliases written out", fix="Take aliases (*name) out."
            )
        if isinstance(here, dict):
            ahead += [*here.keys(), *here.values()]
        elif isinstance(here, (list, tuple, set)):
            ahead += here
    return pickle.dumps(body)


def one_of(name: object, valid: Collection[str], problem: str) -> None:
    """Refuse, in a check of a model, a name that is not a valid one, and offer the nearest."""
    if name not in valid:
        raise ValueError(f"{problem}. {nearest(str(name), valid)}")


def read_any(path: Path, part: Callable[[str], str] = str) -> Any:
    """Read a YAML file, or the `part` of its text that is YAML; one message with file and line."""
    wrong = partial(InputError, file=path)
    try:
        with path.open("rb") as stream:
            text = stream.read(LARGEST + 1)
        if len(text) > LARGEST:
            raise InputError("too large for such a file", value=f"over {LARGEST:,} bytes")
        return parsed(part(text.decode("utf-8")))
    except yaml.MarkedYAMLError as e:
        line = e.problem_mark.line + 1 if e.problem_mark else None
        raise wrong(f"not valid YAML: {e.problem}", row=line, fix="Mend that line.") from None
    except (UnicodeDecodeError, yaml.reader.ReaderError):
        raise wrong("not UTF-8 text", fix="Save it as UTF-8.") from None
    except InputError as e:
        raise wrong(e.problem, row=e.row, value=e.value, fix=e.fix) from None
    except (ValueError, TypeError, OverflowError, RecursionError) as e:
        raise wrong(f"not valid YAML: {str(e)[:200]}", fix="Mend that value.") from None


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML mapping; one message with file and line when it is not one."""
    body = read_any(path)
    if not isinstance(body, dict):
        raise InputError(
            "must be a mapping of keys to values", file=path, fix="See scenarios/ for examples."
        )
    return body


def validated(
    root: type[Body], body: Mapping[str, Any], file: object, what: str = "scenario"
) -> Body:
    """Turn a mapping into its model, or say what is wrong with it.

    Raises InputError: for the first fault.

    `root`: the model; `body`: as :func:`read_yaml` gives it; `file`: the file, for messages;
    `what`: the kind of file, as a sentence names it.
    """
    try:
        return root.model_validate(body)
    except ValidationError as error:
        raise explained(error, file, root, what) from None


def model_of(annotation: Any) -> Any:
    """Model that an annotation names, however it is wrapped; None where there is none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(model_of, get_args(annotation))), None)


def below(model: Any, part: object) -> Any:
    """Model of one part of a model, or of what else it allows; None where there is none."""
    fields = getattr(model, "model_fields", {})
    if part in fields:
        return model_of(fields[part].annotation)
    if getattr(model, "model_config", {}).get("extra") == "allow":
        return model_of(get_type_hints(model)["__pydantic_extra__"])
    return None


def explained(
    error: ValidationError,
    file: object,
    root: type[BaseModel],
    what: str,
    line: Callable[[Sequence[object]], int | None] = lambda place: None,
) -> InputError:
    """Turn what the model of a file refuses into one message about the first fault.

    `root`: the model that refused; `what`: the kind of file, as a sentence names it; `line`: line
    of the file for a sequence of keys and positions, where it is known.
    """
    first = error.errors()[0]
    where = ".".join(str(p) for p in first["loc"])
    value: object = first.get("input")
    wrong = partial(InputError, file=file, row=line(first["loc"]))
    if first["type"] == "extra_forbidden":
        model: Any = root
        for part in first["loc"][:-1]:
            # A position in a list, or a name in a mapping, is no field.
            model = below(model, part) or model
        known = getattr(model, "model_fields", {}) or {}
        fix = nearest(str(first["loc"][-1]), known)
        return wrong(f"unknown {what} key", value=where, fix=fix)
    if first["type"] == "missing":
        return InputError(f"a {what} key is missing", file=file, value=where, fix="Add it.")
    if first["type"] == "literal_error":
        expected = str(first["ctx"]["expected"]).replace(" or ", ", ").split(",")
        fix = nearest(str(value), (v.strip(" '") for v in expected))
        return wrong("unknown name", column=where, value=value, fix=fix)
    problem, *advice = re.split(
        r"\. (?=Did you|Valid names)", str(first["msg"]).removeprefix("Value error, ")
    )
    if isinstance(value, (dict, list)):
        value = None
    fix = " ".join(advice)
    return wrong(problem.rstrip("."), column=where or None, value=value, fix=fix)

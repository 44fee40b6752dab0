"""Scenario files read and checked, one message for the first fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from sevenpercent import paths
from sevenpercent.data import tables
from sevenpercent.errors import InputError, nearest
from sevenpercent.model.scenario.chapters import PARAMETERS, lacking
from sevenpercent.model.scenario.whole import DEFAULT, Scenario


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


def find(name: str | Path) -> Path:
    """Path of a scenario given by name or by file.

    Raises
    ------
    InputError
        When there is none, with the nearest name.
    """
    return find_in(paths.SCENARIOS, name, "scenario")


def find_in(folder: Path, name: str | Path, what: str) -> Path:
    """Path of a YAML file given by its name in a folder, or by its path.

    Parameters
    ----------
    folder : Path
        Where names are looked for.
    name : str or Path
        Something that ends in ``.yml`` or ``.yaml`` is a path.
    what : str
        The kind of file, as a sentence names it.

    Raises
    ------
    InputError
        When there is none, with the nearest name.
    """
    path = Path(name)
    if path.suffix in {".yml", ".yaml"}:
        if path.is_file():
            return path
        raise InputError(f"no such {what} file", file=path, fix="Check the path.")
    path = folder / f"{name}.yml"
    if not path.is_file():
        known = [p.stem for p in folder.glob("*.yml")]
        raise InputError(f"unknown {what}", value=str(name), fix=nearest(str(name), known))
    return path


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML mapping; one message with file and line when it is not one."""
    try:
        body = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except yaml.MarkedYAMLError as e:
        line = e.problem_mark.line + 1 if e.problem_mark else None
        raise InputError(
            f"not valid YAML: {e.problem}", file=path, row=line, fix="Mend that line."
        ) from None
    except UnicodeDecodeError:
        raise InputError("not UTF-8 text", file=path, fix="Save it as UTF-8.") from None
    except InputError as e:
        raise InputError(e.problem, file=path, row=e.row, value=e.value, fix=e.fix) from None
    if not isinstance(body, dict):
        raise InputError(
            "must be a mapping of keys to values", file=path, fix="See scenarios/ for examples."
        )
    return body


def load(name: str | Path = DEFAULT, overrides: Mapping[str, object] | None = None) -> Scenario:
    """Read and check a scenario.

    Parameters
    ----------
    name : str or Path
        Name under ``scenarios/`` or a path to a YAML file.
    overrides : mapping, optional
        Dotted key to new value, as ``--set`` gives them; text is read as YAML.

    Raises
    ------
    InputError
        Unknown key, wrong type, unknown name: one message for the first fault.
    """
    path = find(name)
    body = read_yaml(path)
    changed = list(body.get("changed") or [])
    for key, value in (overrides or {}).items():
        new, old = _parsed(key, value), _at(body, key)
        put(body, key, new)
        if new != old:
            changed.append(key)
    if changed:
        body["changed"] = list(dict.fromkeys(changed))
    return check(body, path)


def _at(body: Mapping[str, Any], dotted: str) -> object:
    here: Any = body
    for part in dotted.split("."):
        here = here.get(part) if isinstance(here, Mapping) else None
    return here


def model(body: Mapping[str, Any], file: Path | None = None) -> Scenario:
    """Turn a mapping into a :class:`Scenario` whose parts fit each other, tables not looked at."""
    try:
        return Scenario.model_validate(body)
    except ValidationError as e:
        raise explained(e, file) from None


def check(body: Mapping[str, Any], file: Path | None = None) -> Scenario:
    """Turn a mapping into a :class:`Scenario`, or say what is wrong with it."""
    scenario = model(body, file)
    at_hand = tables.loader(scenario.tables.folder)
    known = set(at_hand(scenario.tables.states)["state"])
    for key in ("states", "flips"):
        for state in getattr(scenario, key):
            if state not in known:
                raise InputError(
                    "unknown state", file=file, column=key, value=state, fix=nearest(state, known)
                )
    years = {int(y) for y in at_hand(scenario.tables.votes)["year"].unique()}
    for key in ("year", "prior_year", "prior_years"):
        value = getattr(scenario, key)
        for year in value if isinstance(value, list) else [value]:
            if year not in years:
                raise InputError(
                    "no county votes for this year",
                    file=file,
                    column=key,
                    value=year,
                    fix=f"Years at hand: {', '.join(str(y) for y in sorted(years))}.",
                )
    for chapter in scenario.chapters:
        if chapter not in PARAMETERS:
            raise InputError(
                "unknown chapter",
                file=file,
                column="chapters",
                value=chapter,
                fix=nearest(chapter, PARAMETERS),
            )
    out = lacking(scenario)
    kept = [c for c in scenario.chapters if c not in out]
    return scenario.model_copy(update={"chapters": kept, "left_out": {**scenario.left_out, **out}})


def put(body: dict[str, Any], dotted: str, value: object) -> None:
    """Set one key of a scenario's mapping.

    Parameters
    ----------
    body : dict
        As :func:`read_yaml` gives it; changed in place.
    dotted : str
        Key, its parts joined by points: ``treatment.primary``.
    value : object
        What a YAML file would hold there.

    Raises
    ------
    InputError
        The key is not one of a scenario's; the nearest is named.
    """
    *parents, last = dotted.split(".")
    here: Any = body
    model: Any = Scenario
    named = False  # whether the next part is a name of the user's own, such as that of a size
    for i, part in enumerate([*parents, last]):
        fields = None if named else getattr(model, "model_fields", None)
        if fields is not None and part not in fields:
            raise InputError(
                "unknown scenario key",
                value=".".join([*parents, last][: i + 1]),
                fix=nearest(part, fields),
            )
        if fields is not None:
            annotation = fields[part].annotation
            model, named = _model_of(annotation), _is_mapping(annotation)
        else:
            model, named = (model if named else None), False
        if part != last or i < len(parents):
            if not isinstance(here.get(part, {}), dict):
                raise InputError(
                    "scenario key has no parts", value=dotted, fix=f"Set {part!r} as a whole."
                )
            here = here.setdefault(part, {})
    here[last] = value


def _parsed(dotted: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return yaml.load(value, Loader=_Loader)
    except yaml.YAMLError:
        raise InputError(
            "value is not valid YAML", column=dotted, value=value, fix="Quote it."
        ) from None


def _is_mapping(annotation: Any) -> bool:
    return get_origin(annotation) is dict or any(
        get_origin(part) is dict for part in get_args(annotation)
    )


def _model_of(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((_model_of(a) for a in get_args(annotation) if isinstance(a, type)), None)


def explained(
    error: ValidationError,
    file: Path | None,
    root: type[BaseModel] = Scenario,
    what: str = "scenario",
    line: Callable[[Sequence[object]], int | None] = lambda place: None,
) -> InputError:
    """Turn what the model of a file refuses into one message about the first fault.

    Parameters
    ----------
    error : ValidationError
    file : Path, optional
    root : class
        The model that refused.
    what : str
        The kind of file, as a sentence names it.
    line : callable
        Line of the file for a sequence of keys and positions, where it is known.
    """
    first = error.errors()[0]
    where = ".".join(str(p) for p in first["loc"])
    row = line(first["loc"])
    value: object = first.get("input")
    if first["type"] == "extra_forbidden":
        model: Any = root
        for part in first["loc"][:-1]:
            fields = getattr(model, "model_fields", {})
            model = _model_of(fields[part].annotation) if part in fields else None
        known = getattr(model, "model_fields", {}) or {}
        return InputError(
            f"unknown {what} key",
            file=file,
            row=row,
            value=where,
            fix=nearest(str(first["loc"][-1]), known),
        )
    if first["type"] == "missing":
        return InputError(f"a {what} key is missing", file=file, value=where, fix="Add it.")
    if first["type"] == "literal_error":
        valid = [
            v.strip(" '") for v in str(first["ctx"]["expected"]).replace(" or ", ", ").split(",")
        ]
        return InputError(
            "unknown name",
            file=file,
            row=row,
            column=where,
            value=value,
            fix=nearest(str(value), valid),
        )
    problem, *advice = re.split(
        r"\. (?=Did you|Valid names)", str(first["msg"]).removeprefix("Value error, ")
    )
    if isinstance(value, (dict, list)):
        value = None
    return InputError(
        problem.rstrip("."),
        file=file,
        row=row,
        column=where or None,
        value=value,
        fix=" ".join(advice),
    )

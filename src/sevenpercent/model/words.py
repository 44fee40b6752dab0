"""Sentences whose numbers are computed: templates over results, with the book's number formats."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from math import isfinite
from typing import Any

import jinja2
from jinja2.sandbox import SandboxedEnvironment

from sevenpercent import escape
from sevenpercent.errors import InputError
from sevenpercent.escape import markdown
from sevenpercent.model.results import Results, Value

MINUS = "−"


def number(x: float | Value, digits: int = 0) -> str:
    """Thousands separated by commas, a real minus sign, never a minus zero."""
    x = _number(x)
    text = f"{abs(x):,.{digits}f}"
    zero = not any(c in "123456789" for c in text)
    return (MINUS if x < 0 and not zero else "") + text


def signed(x: float | Value, digits: int = 1) -> str:
    """As :func:`number`, with a plus sign when positive."""
    text = number(x, digits)
    positive = _number(x) > 0 and any(c in "123456789" for c in text)
    return ("+" if positive else "") + text


def in_points(x: float) -> str:
    """A declared size with its unit: ``1 point``, ``7 points``, ``1.5 points``."""
    return f"{x:.3g} {'point' if x == 1 else 'points'}"


def size(x: float | Value, digits: int = 1) -> str:
    """The same without a sign, for sentences that say "lower" or "higher"."""
    return number(abs(_number(x)), digits)


def room(x: float | Value, digits: int = 2) -> str:
    """Harm that a one-sided bound leaves possible; none, where the bound is a gain.

    Examples
    --------
    >>> room(1.234), room(-0.5)
    ('the largest harm it leaves possible is 1.23', 'it leaves no harm possible')
    """
    if _number(x) <= 0:
        return "it leaves no harm possible"
    return f"the largest harm it leaves possible is {number(x, digits)}"


FINEST = 6
"""Digits beyond which an end of an interval is zero, and a share none or all, but for rounding."""


def percent(x: float | Value, digits: int = 1) -> str:
    """A share as percent: ``0.1 -> 10.0 %``; what is less than all, or more than nothing, never prints as it.

    Examples
    --------
    >>> percent(0.1), percent(0.996, 0), percent(1, 0), percent(0.0004)
    ('10.0 %', '99.6 %', '100 %', '0.04 %')
    """
    share = _number(x)
    inside = isfinite(share) and abs(share - round(share)) > 10**-FINEST
    while inside and digits < FINEST and round(100 * share, digits) in (0, 100):
        digits += 1
    return number(100 * share, digits) + " %"


def plain(x: float | Value) -> str:
    """As few digits as it takes: ``7``, ``1.5``."""
    return f"{_number(x):g}".replace("-", MINUS)


def votes(x: float | Value) -> str:
    """Whole votes: ``27,257``."""
    return number(round(_number(x)), 0)


def interval(v: Any, digits: int = 1) -> str:
    """``from −11.9 to −4.1``: the 95 % interval of a value, an estimate or a row of them.

    An end that is not zero never prints as zero: more digits tell on which side it lies.
    """
    if v.lo is None or v.hi is None or v.lo != v.lo:
        raise InputError("result has no interval", value=getattr(v, "label", v))
    lo, hi = ends(v.lo, v.hi, digits)
    return f"from {lo} to {hi}"


def ends(lo: float, hi: float, digits: int = 1) -> tuple[str, str]:
    """Both ends of an interval for a table, by the rule of :func:`interval`.

    Examples
    --------
    >>> ends(-2.1, -0.02), ends(-2.1, -0.004)
    (('−2.10', '−0.02'), ('−2.100', '−0.004'))
    """
    while digits < FINEST and any(0 < abs(end) < 0.5 * 10**-digits for end in (lo, hi)):
        digits += 1
    return signed(lo, digits), signed(hi, digits)


def sign(x: float | Value, negative: str, positive: str, zero: str = "") -> str:
    """The word that fits the sign: ``{{ gap | sign("lower", "higher") }}``.

    `zero`: for exactly nothing; `positive` when empty.
    """
    n = _number(x)
    return negative if n < 0 else positive if n > 0 else zero or positive


def lower_higher(x: float | Value) -> str:
    """``lower`` when negative, else ``higher``."""
    return sign(x, "lower", "higher")


def count(x: float | Value, one: str, many: str = "") -> str:
    """A number with its noun: ``one county``, ``three counties``, ``no county``.

    `one`, `many`: the noun; `many` is `one` with an s when empty.
    """
    n = round(_number(x))
    return f"{word(n)} {one if n in (0, 1) else many or one + 's'}"


def tally(
    parts: Iterable[Sequence[Any]], none: str = "nothing", of: float | Value | None = None
) -> str:
    """Counts with their words, without those that are zero.

    `parts`: nouns or verbs; the plural of a noun needs no third; `none`: where all are zero; `of`:
    how many there are, so that one part that has them all can say so.

    Examples
    --------
    >>> tally([(3, "holds", "hold"), (0, "error"), (1, "note")])
    'three hold and one note'
    >>> tally([(0, "holds", "hold"), (6, "cannot tell", "cannot tell")], of=6)
    'all six cannot tell'
    """
    said = [count(*part) for part in parts if round(_number(part[0]))]
    if of is not None and len(said) == 1 and (n := round(_number(of))) > 1:
        said = [said[0].replace(word(n), "both" if n == 2 else f"all {word(n)}", 1)]
    return and_list(said) if said else none


def day(iso: object) -> str:
    """``2016-11-25`` as ``Friday 25 November 2016``; what is no such date stays as it is."""
    try:
        d = date.fromisoformat(str(iso))
    except ValueError:
        return str(iso)
    return f"{WEEKDAYS[d.weekday()]} {d.day} {MONTHS[d.month - 1]} {d.year}"


# Not strftime: a book must not change with the language of the machine that makes it.
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def in_hundred(x: float | Value) -> str:
    """A chance in words: ``2 times in 100``; rare ones as bounds.

    Examples
    --------
    >>> in_hundred(0.024), in_hundred(0.01), in_hundred(0.0007), in_hundred(0.996)
    ('2 times in 100', 'once in 100', 'less than once in 100', 'more than 99 times in 100')
    """
    share = _number(x)
    n = round(100 * share)
    if n == 0:
        return "less than once in 100"
    if n == 100:
        return "more than 99 times in 100"
    return "once in 100" if n == 1 else f"{n} times in 100"


def part_of(n: float | Value, whole: float | Value, one: str, many: str = "") -> str:
    """``none of the four designs``, ``one of the four designs``, ``all four designs``.

    `one`, `many`: the noun, as in :func:`count`.

    Examples
    --------
    >>> part_of(0, 4, "design"), part_of(4, 4, "design"), part_of(0, 1, "design")
    ('none of the four designs', 'all four designs', 'no design')
    >>> part_of(2, 2, "design"), part_of(0, 2, "design")
    ('both designs', 'neither of the two designs')
    """
    said = count(whole, one, many)
    if round(_number(n)) == 0 and round(_number(whole)) <= 1:
        return f"no {one}"
    if round(_number(n)) == round(_number(whole)):
        return {1: said, 2: f"both {many or one + 's'}"}.get(round(_number(n)), f"all {said}")
    none = "neither" if round(_number(whole)) == 2 else "none"
    return f"{none if round(_number(n)) == 0 else word(n)} of the {said}"


def verb(x: float | Value, one: str, many: str) -> str:
    """The verb that fits a number: ``{{ n | verb("holds", "hold") }}``; none takes the singular."""
    return one if round(_number(x)) in (0, 1) else many


def lower(text: object) -> str:
    """First letter in lower case, for a label in mid-sentence."""
    said = str(text)
    return said[:1].lower() + said[1:]


def upper(text: object) -> str:
    """First letter in upper case, for the beginning of a sentence."""
    said = str(text)
    first = 1 if said[:1] == "“" else 0
    return said[:first] + said[first : first + 1].upper() + said[first + 1 :]


def wrapped(line: str, width: int = 76) -> str:
    r"""Break a printed line at spaces; what follows the break is indented.

    Examples
    --------
    >>> wrapped("one two three", 9)
    'one two\n  three'
    """
    return textwrap.fill(
        line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def and_list(items: Iterable[object]) -> str:
    """``a, b and c``."""
    *head, last = map(str, items)
    return f"{', '.join(head)} and {last}" if head else last


_WORDS = [
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
]  # fmt: skip


def word(x: float | Value) -> str:
    """Small counts as words: ``3 -> three``."""
    n = round(_number(x))
    return _WORDS[n] if 0 <= n < len(_WORDS) else number(n)


FILTERS = (
    number, signed, size, percent, plain, room, votes, interval, lower, upper, and_list, word, sign,
    lower_higher, count, tally, day, in_hundred, part_of, verb, in_points,
)  # fmt: skip


def _number(x: object) -> float:
    for name in ("value", "estimate"):  # a published number, or a row or estimate not yet published
        if not isinstance(x, (int, float)) and hasattr(x, name):
            x = getattr(x, name)
    if hasattr(x, "item"):
        x = x.item()
    if not isinstance(x, (int, float)):
        raise InputError("a sentence needs a number here", value=x)
    return float(x)


@cache
def environment(*, page: bool = False) -> jinja2.Environment:
    """The one template environment; an unknown name is an error.

    `page`: the text becomes Markdown: every value is shown as its letters and never read as markup.
    """
    env = SandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        finalize=_shown if page else None,
    )
    env.filters |= {"code": escape.code, "points": signed, "lower_all": str.lower}
    env.filters |= {f.__name__: f for f in FILTERS}
    return env


def _shown(value: Any) -> Any:
    # Whatever is no number shows its letters: an outcome or a definition names people and machines.
    return value if isinstance(value, (int, float, jinja2.Undefined)) else markdown(value)


def render(template: str, results: Results, *, page: bool = False, **values: Any) -> str:
    """Fill a template.

    `template`: markdown with jinja2 expressions; ``r[key]`` is a :class:`Value`, ``v(key)`` its
    number; `results`: everything the sentence may cite; `page`: as in :func:`environment`. Raises
    InputError: unknown name or key, or a template that is not well formed.
    """
    cited = {"r": results, "v": lambda key: results[key].value, "has": lambda key: key in results}
    try:
        return _filled(template, {**values, **cited}, page)
    except jinja2.TemplateError as e:
        raise InputError(f"sentence cannot be filled: {e}", value=template[:60]) from None


_CHOICE = re.compile(r"^\?(?P<on>\+)?(?P<how>or|else)?(?: (?P<when>.*))?$")


@dataclass(frozen=True)
class Told:
    """What was filled in: enough to fill other words around the same values.

    `texts`: template to its text; `holes`: expression in braces to its letters; `choices`: condition
    to whether it held.
    """

    texts: dict[str, str] = field(default_factory=dict)
    holes: dict[str, str] = field(default_factory=dict)
    choices: dict[str, bool] = field(default_factory=dict)

    def again(self, template: str) -> str:
        """Fill a template as :func:`fill` would, from what was filled in before.

        Raises KeyError: it names something that was not.
        """
        if (whole := template.strip("\n")) in self.texts:
            return self.texts[whole]
        parts = _parts(chosen(template, None, self.choices))
        return "".join(self.holes[p] if hole else p for hole, p in parts).strip()


_SEAM = "\ue000"
"""Parts values from words while a text is filled whose values are kept; no text has it."""


def _parts(text: str) -> list[tuple[bool, str]]:
    """A template as expressions (True) and the words between them; KeyError: it has more than these."""
    out, hole = [], ""
    for _, kind, token in environment().lex(text):
        if kind == "variable_begin" and token == "{{":
            hole = token
        elif kind == "variable_end" and token == "}}":
            out.append((True, hole + token))
            hole = ""
        elif hole:
            hole += token
        elif kind == "data":
            out.append((False, token))
        else:
            raise KeyError(token)
    return out


def chosen(
    body: str, values: Mapping[str, Any] | None, choices: dict[str, bool] | None = None
) -> str:
    r"""The paragraphs of a text whose conditions hold.

    A paragraph whose first line is ``? expression`` stands only where the expression is true;
    ``?or expression`` and ``?else`` go with the conditions just before. Conditions choose between
    whole paragraphs, so that each of them can be read as English. With a plus, ``?+ expression``,
    ``?+or``, ``?+else`` or ``?+`` alone, the sentences go on in the paragraph before.

    `body`: paragraphs, parted by empty lines; `values`: names for the expressions; `choices`: what
    is known of the expressions already, to which the others are added; without `values` all of them
    must be (KeyError).

    Examples
    --------
    >>> chosen("? n > 1\nMany.\n\n?else\nOne.", {"n": 1})
    'One.'
    >>> chosen("Here.\n\n?+ n > 1\nMany.\n\n?+else\nOne.", {"n": 2})
    'Here.\nMany.'
    """
    kept, open_ = [], True
    known = {} if choices is None else choices
    for paragraph in re.split(r"\n\s*\n", body.strip("\n")):
        first, _, rest = paragraph.partition("\n")
        found = _CHOICE.match(first.strip())
        if found is None:
            kept.append(paragraph)
            continue
        if found["how"] is None:
            open_ = True
        always = found["how"] == "else" or (found["on"] and not found["when"])
        when = found["when"] or ""
        if open_ and not always and when not in known and values is not None:
            known[when] = _holds(when, values)
        if open_ and (always or known[when]):
            open_ = False
            kept.append(f"{kept.pop()}\n{rest}" if found["on"] and kept else rest)
    return "\n\n".join(kept)


def _holds(expression: str, values: Mapping[str, Any]) -> bool:
    try:
        return bool(environment().compile_expression(expression, undefined_to_none=False)(**values))
    except jinja2.TemplateError as e:
        raise InputError(f"condition cannot be decided: {e}", value=expression) from None


def fill(
    template: str, values: Mapping[str, Any], *, page: bool = True, told: Told | None = None
) -> str:
    """Choose the paragraphs of a text and fill in its values, as :func:`render` does.

    `told`: where to keep what was filled in.
    """
    text = chosen(template, values, told.choices if told else None)
    try:
        if told is None:
            return _filled(text, values, page)
        return told.texts.setdefault(template.strip("\n"), _kept(text, values, page, told))
    except jinja2.TemplateError as e:
        raise InputError(f"sentence cannot be filled: {e}", value=text.strip()[:60]) from None


def _filled(text: str, values: Mapping[str, Any], page: bool) -> str:
    return _template(text, page).render(**values).strip()


@lru_cache(maxsize=4096)
def _template(text: str, page: bool) -> jinja2.Template:
    return environment(page=page).from_string(text)


def _kept(text: str, values: Mapping[str, Any], page: bool, told: Told) -> str:
    try:
        parts = _parts(text)
    except KeyError:  # a loop: it is kept whole
        return _filled(text, values, page)
    holes = [p for hole, p in parts if hole]
    seamed = "".join(f"{_SEAM}{p}{_SEAM}" if hole else p for hole, p in parts)
    made = _filled(seamed, values, page).split(_SEAM)
    if len(made) != 2 * len(holes) + 1:  # a name has that letter
        return _filled(text, values, page)
    told.holes.update(zip(holes, made[1::2], strict=True))
    return "".join(made).strip()

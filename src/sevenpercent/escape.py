"""Text from files and options is data: the one place where it is made safe to stand in a page."""

from __future__ import annotations

import re
import unicodedata

_MARKUP = re.compile(r"([\\`*_{}\[\]>#|~$]|<(?=[A-Za-z/!?]|$)|&(?=[#A-Za-z]|$))")
_LINE_START = re.compile(r"^(-(?=[\s-]|$)|\+(?=\s|$)|[=%]|:(?=:)|\d{1,9}[.)](?=\s|$))")


class Markdown(str):
    """Text that is Markdown already: sentences of the chapters, numbers, links made here."""

    __slots__ = ()


def printable(text: object) -> str:
    r"""Text on one line, without control characters and marks that turn the direction of writing.

    Examples
    --------
    >>> printable("Ash\x1b[2J\nCounty\u202e")
    'Ash[2J County'
    """
    kept = (" " if c.isspace() else c for c in str(text))
    return "".join(c for c in kept if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))


def markdown(value: object) -> str:
    r"""Foreign text as Markdown that shows just its letters: no markup, no HTML, no template.

    `value`: shown by its ``str``; a :class:`Markdown` is returned as it is.

    Examples
    --------
    >>> markdown("<script>") == r"\<script\>"
    True
    >>> markdown(Markdown("**bold**"))
    '**bold**'
    """
    if isinstance(value, Markdown):
        return value
    text = _MARKUP.sub(r"\\\1", printable(value))
    return Markdown(_LINE_START.sub(lambda m: m[1][:-1] + "\\" + m[1][-1], text))


def template(text: object) -> str:
    """Foreign text inside a template of ours: filled in, it shows just its letters.

    Examples
    --------
    >>> template("{{ 7 }}")
    "{{ '{' }}{{ '{' }} 7 {{ '}' }}{{ '}' }}"
    """
    return re.sub("[{}]", lambda brace: f"{{{{ '{brace[0]}' }}}}", printable(text))


def code(value: object) -> Markdown:
    """Foreign text as a code span, whatever it holds.

    Examples
    --------
    >>> code("a`b")
    '``a`b``'
    """
    text = printable(value)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return Markdown(f"{fence}{pad}{text}{pad}{fence}")


def link(words: object, address: str) -> Markdown:
    """Link to an address on the web; the words alone where it is none.

    Examples
    --------
    >>> link("the list", "https://example.org/a b")
    '[the list](<https://example.org/a%20b>)'
    >>> link("the list", "javascript:alert(1)")
    'the list'
    """
    if not address.startswith(("https://", "http://")):
        return Markdown(markdown(words))
    safe = "".join(
        f"%{ord(c):02X}" if c in " <>\"'`\\{}|^" or ord(c) < 32 else c for c in printable(address)
    )
    return Markdown(f"[{markdown(words)}](<{safe}>)")


def spreadsheet(value: object) -> object:
    """Foreign text for a cell that a spreadsheet opens, never taken for a formula.

    Examples
    --------
    >>> spreadsheet("=HYPERLINK(1)"), spreadsheet("Ash"), spreadsheet(-1.5)
    ("'=HYPERLINK(1)", 'Ash', -1.5)
    """
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value


def title(text: object) -> str:
    """Text for the head of a page, where no part of a theme may take it for markup.

    Examples
    --------
    >>> title("A <b> & {{ c }}")
    'A ‹b› ＆ ｛｛ c ｝｝'
    """
    return printable(text).translate(str.maketrans("<>&{}", "‹›＆｛｝"))

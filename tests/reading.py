"""How easily each page of the built book reads: ``python -m tests.reading`` prints it; no limit.

Ease is Flesch's formula for English (60 to 70: plain; a good newspaper is near 55). Only prose counts:
no tables, lists of figures' numbers, code, or what is folded. Numbers count as one syllable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from sevenpercent import paths

ASIDE = (
    "table, .table-box, .table-note, .table-filter, details, figure, pre, svg, script, style, "
    ".figure-links, .headerlink, .explore, .copy, .about"
)
"""What is not prose."""

_END = re.compile(r"(?<=[.!?:])[”\"')]*\s+(?=[“\"(]?[A-Z0-9−+])")
_VOWELS = re.compile(r"[aeiouy]+")


def prose(part: Tag) -> list[str]:
    """Paragraphs and items of a part of a page, without what stands aside of them."""
    held = BeautifulSoup(str(part), "html.parser")
    for tag in held.select(ASIDE):
        tag.decompose()
    told = (" ".join(p.get_text().split()) for p in held.select("p, li:not(:has(p, li))"))
    return [text for text in told if text]


def syllables(word: str) -> int:
    """About how many syllables an English word has.

    Examples
    --------
    >>> [syllables(w) for w in ("vote", "county", "machines", "recounted", "30,000")]
    [1, 2, 2, 3, 1]
    """
    low = re.sub(r"[^a-z]", "", word.lower())
    found = len(_VOWELS.findall(low))
    if re.search(r"[^aeiouyl]es?$|[aeiouy][^aeioutdy]ed$", low):
        found -= 1
    return max(found, 1)


def ease(paragraphs: list[str]) -> tuple[float, int, float, int]:
    """Flesch's ease, words, words a sentence, and words of the longest sentence."""
    sentences = [re.findall(r"\w[\w.,’'-]*", s) for p in paragraphs for s in _END.split(p)]
    sentences = [s for s in sentences if s]
    words = [w for s in sentences for w in s]
    if not words:
        return float("nan"), 0, float("nan"), 0
    mean = len(words) / len(sentences)
    sounds = sum(map(syllables, words)) / len(words)
    return 206.835 - 1.015 * mean - 84.6 * sounds, len(words), mean, max(map(len, sentences))


def pages(html: Path) -> Iterator[tuple[str, Tag]]:
    """Each page's place and article."""
    for path in sorted(html.glob("*/*.html")):
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        if (article := page.select_one("article")) is not None:
            yield path.relative_to(html).as_posix(), article


if __name__ == "__main__":
    print(f"{'page':32}{'ease':>6}{'words':>8}{'a sentence':>12}{'longest':>9}")
    for name, article in pages(paths.BUILD / "html"):
        flesch, words, mean, longest = ease(prose(article))
        print(f"{name:32}{flesch:6.0f}{words:8,}{mean:12.1f}{longest:9}")

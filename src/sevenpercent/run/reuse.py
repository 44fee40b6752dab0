"""What the pages of the last build left: a page is read and finished again only if it changed."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from sevenpercent import folders, hashes, paths
from sevenpercent.run.check import Seen
from sevenpercent.run.furniture import Site

STATE = "state.json"
"""File that says what the rest was made from; it is there only while the rest is whole."""

PAGES = (".ipynb", ".md")
_SCRIPT = re.compile(r"_static/(inline-[0-9a-f]+\.js)")


class Left:
    """What Jupyter Book read of a book's source, and its finished pages.

    `folder`: where both lie between builds.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.dressed = ""
        self._now: dict[str, str] = {}

    def begin(self, source: Path) -> None:
        """Take away what was read of pages that changed; everything, where all pages may differ.

        Jupyter Book goes by the times of files, which say too much after a new copy and nothing
        after a clock was set back: all files are given one that is past.
        """
        for part in self.folder.rglob("*.part"):  # of a process that was killed
            part.unlink()
        files = hashes.files_below(source)
        pages = {p for p in files if p.suffix in PAGES}
        for path in files:
            os.utime(path, (0, 0))
        names = sorted(p.relative_to(source).as_posix() for p in pages)
        rest = {"source": hashes.tree_hash(source, set(files) - pages), "place": str(source)}
        rest |= {"library": hashes.library(), "lock": hashes.lock(paths.ROOT)}
        self.dressed = hashes.key_of({**rest, "names": names})
        now = {p.relative_to(source).with_suffix("").as_posix(): hashes.file_hash(p) for p in pages}
        try:
            was = json.loads((self.folder / STATE).read_text(encoding="utf-8"))
            whole = was["dressed"] == self.dressed and was["read"] == self._read()
            read = was["pages"] if whole else {}
        except (OSError, ValueError, KeyError, TypeError):
            read = {}
        (self.folder / STATE).unlink(missing_ok=True)
        if not read:
            shutil.rmtree(self.folder, ignore_errors=True)
        # Jupyter Book marks a style sheet that stands there already in another way than a new one.
        shutil.rmtree(self.folder / "_build" / "html" / "_static", ignore_errors=True)
        for name, found in now.items():
            if read.get(name) != found:
                (self.folder / "_build" / ".doctrees" / f"{name}.doctree").unlink(missing_ok=True)
        self._now = now

    def keep(self) -> None:
        """Say that what was read is whole."""
        body = {"dressed": self.dressed, "pages": self._now, "read": self._read()}
        folders.replace(self.folder / STATE, json.dumps(body))

    def _read(self) -> str:
        """Hash of all that Jupyter Book made."""
        made = self.folder / "_build"
        return hashes.tree_hash(made, (p for p in made.rglob("*") if p.is_file()))

    def page(self, path: Path, html: Path, shown: str | None, site: Site) -> Finished:
        """What is known of a page that Jupyter Book has just written."""
        name = path.relative_to(html).with_suffix("").as_posix()
        text = path.read_text(encoding="utf-8")
        stems = set(re.findall(r"_images/([\w-]+)\.", text))
        figures = [p for p in (html / "_images").glob("*") if p.stem in stems]
        numbers = html / "numbers" / f"{path.stem}.csv"
        rest = {"shown": shown, "site": asdict(site), "dressed": self.dressed}
        beside = {"figures": hashes.tree_hash(html, figures), "numbers": numbers.is_file()}
        key = hashes.key_of({"page": text, **rest, **beside})
        return Finished(self.folder / "finished" / f"{name}.json", key)


@dataclass(frozen=True)
class Finished:
    """Place of a finished page, and the key of what it is made from."""

    place: Path
    key: str

    def read(self, path: Path, html: Path) -> Seen | None:
        """Put the finished page in its place; None where there is none from the same inputs."""
        try:
            held = json.loads(self.place.read_text(encoding="utf-8"))
            if held["key"] != self.key:
                return None
            seen, text, scripts = Seen(**held["seen"]), str(held["text"]), dict(held["scripts"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        for name, script in scripts.items():
            (html / "_static" / name).write_text(script, encoding="utf-8")
        path.write_text(text, encoding="utf-8")
        return seen

    def write(self, path: Path, html: Path, seen: Seen) -> None:
        """Keep a page that was finished."""
        text = path.read_text(encoding="utf-8")
        named = sorted(set(_SCRIPT.findall(text)))
        scripts = {n: (html / "_static" / n).read_text(encoding="utf-8") for n in named}
        body = {"key": self.key, "text": text, "scripts": scripts, "seen": asdict(seen)}
        folders.replace(self.place, json.dumps(body))

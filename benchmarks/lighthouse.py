"""What a visitor's browser is asked to do: Lighthouse on a built book, from a server with gzip.

Run with ``make lighthouse``, or ``python benchmarks/lighthouse.py [FOLDER [RUNS]]``. It needs Node (npx
fetches Lighthouse) and a Chromium. Each page is loaded five times as on a desk and five times as on a
phone; the medians go to ``benchmarks/lighthouse.json``. That takes a quarter of an hour. A busy machine
makes pages look slower, so its load stands beside them.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any

from measured import head

from sevenpercent import paths
from sevenpercent.run.pdf import MAC, NAMES

VERSION = "13.5.0"
PAGES = ("index", "recount", "municipalities", "designs", "replications")
TURNED = ("electoral", "claims", "multiverse", "data")
"""Pages with parts that a reader can turn."""
FORMS = {"desktop": ["--preset=desktop"], "phone": []}
ASKED = ("performance", "accessibility", "best-practices", "seo")
GOALS = {
    "five pages": {"desktop": 0.98, "phone": 0.95},
    "pages with parts that turn": {"desktop": 0.95, "phone": 0.9},
}
TRIED = (
    "Median of the loads; where the machine had other work to do (see its load), pages look slower."
)
PACKED = (".html", ".css", ".js", ".json", ".svg", ".csv")


class Packing(SimpleHTTPRequestHandler):
    """Files with gzip and a time to keep them, as hosts of static pages send them."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        body, packed = path.read_bytes(), path.suffix in PACKED
        body = gzip.compress(body, 6) if packed else body
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Cache-Control", "max-age=600")
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def load(address: str, options: list[str], asked: Sequence[str]) -> dict[str, Any]:
    """What one load of a page gives; a browser that stopped is started twice more."""
    command = ["npx", "--yes", f"lighthouse@{VERSION}", address, "--quiet", "--output=json"]
    command += [f"--only-categories={','.join(asked)}", *options]
    command += ["--chrome-flags=--headless=new --no-sandbox"]
    for _ in range(3):
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        found: dict[str, Any] = json.loads(done.stdout) if done.returncode == 0 else {}
        if found and "runtimeError" not in found:
            return found
    raise RuntimeError(f"Lighthouse could not load {address}")


def scores(address: str, options: list[str], runs: int) -> dict[str, float]:
    """Speed and layout shift as the median over some loads of a page; the rest, which is the same each time, once."""
    found = [load(address, options, ASKED[:1] if n else ASKED) for n in range(runs)]
    speed = median(f["categories"]["performance"]["score"] for f in found)
    shift = median(f["audits"]["cumulative-layout-shift"]["numericValue"] for f in found)
    rest = {a: found[0]["categories"][a]["score"] for a in ASKED[1:]}
    return {ASKED[0]: speed, **rest, "shift": round(shift, 4)}


def measure(html: Path, runs: int) -> dict[str, Any]:
    """The lowest score of each kind over the pages, as a run of benchmarks, with its goals."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Packing, directory=str(html)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    root, loads = f"http://127.0.0.1:{server.server_port}/chapters", list[float]()
    measures: list[dict[str, Any]] = []
    for names, what in ((PAGES, "five pages"), (TURNED, "pages with parts that turn")):
        for form, options in FORMS.items():
            found = []
            for name in names:
                loads.append(os.getloadavg()[0])
                found.append(scores(f"{root}/{name}.html", options, runs))
                print(form, name, found[-1], f"load {loads[-1]:.1f}", flush=True)
            for asked in ASKED:
                goal = GOALS[what][form] if asked == "performance" else 1.0
                name = f"{what.partition(' ')[0]}_{form}_{asked}".replace("-", "_")
                label = f"{asked.replace('-', ' ')}, {form}, lowest of {what}"
                value = min(one[asked] for one in found)
                missed = {"tried": TRIED} if value < goal else {}
                measures.append({"benchmark": "lighthouse", "name": name, "label": label,
                                 "value": value, "unit": "of 1", "least": goal, **missed})  # fmt: skip
            name = f"{what.partition(' ')[0]}_{form}_shift"
            value = max(one["shift"] for one in found)
            measures.append({"benchmark": "lighthouse", "name": name, "unit": "", "value": value,
                             "label": f"layout shift, {form}, largest of {what}", "most": 0.02,
                             **({"tried": TRIED} if value > 0.02 else {})})  # fmt: skip
    versions = {"lighthouse": VERSION, "loads of each page": str(runs)}
    return {**head(()), "versions": versions, "load": round(max(loads), 1), "measures": measures}


if __name__ == "__main__":
    os.environ.setdefault("CHROME_PATH", next(p for n in (*NAMES, MAC) if (p := shutil.which(n))))
    asked = sys.argv[1:]
    folder = Path(asked[0]) if asked else paths.BUILD / "html"
    body = measure(folder, int(asked[1]) if len(asked) > 1 else 5)
    target = paths.BENCHMARKS / "lighthouse.json"
    target.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")

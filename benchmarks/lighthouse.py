"""What a visitor's browser is asked to do: Lighthouse on a built book, from a server with gzip.

Run with ``make lighthouse``, or ``python benchmarks/lighthouse.py [FOLDER [RUNS]]``. It needs Node (npx
fetches Lighthouse) and a Chromium. Each page is loaded five times as on a desk and five times as on a
phone; the medians go to ``benchmarks/lighthouse.json``. A busy machine makes pages look slower, so its
load stands beside them.
"""

from __future__ import annotations

import datetime
import gzip
import json
import os
import platform
import shutil
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any

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
TRIED = "The machine was busy with other work while the pages were loaded; see its load."
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


def scores(address: str, options: list[str], runs: int) -> dict[str, float]:
    """Median of each score over some loads of a page."""
    command = [
        "npx",
        "--yes",
        f"lighthouse@{VERSION}",
        address,
        "--quiet",
        "--output=json",
        *options,
    ]
    command += [
        f"--only-categories={','.join(ASKED)}",
        "--chrome-flags=--headless=new --no-sandbox",
    ]
    found = [
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        for _ in range(runs)
    ]
    out = {a: median(f["categories"][a]["score"] for f in found) for a in ASKED}
    shift = median(f["audits"]["cumulative-layout-shift"]["numericValue"] for f in found)
    return {**out, "shift": round(shift, 4)}


def measure(html: Path, runs: int) -> dict[str, Any]:
    """The lowest score of each kind over the pages, as a run of benchmarks, with its goals."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Packing, directory=str(html)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    root, load = f"http://127.0.0.1:{server.server_port}/chapters", list[float]()
    measures: list[dict[str, Any]] = []
    for names, what in ((PAGES, "five pages"), (TURNED, "pages with parts that turn")):
        for form, options in FORMS.items():
            found = []
            for name in names:
                load.append(os.getloadavg()[0])
                found.append(scores(f"{root}/{name}.html", options, runs))
                print(form, name, found[-1], f"load {load[-1]:.1f}", flush=True)
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
    return {**head("lighthouse", runs), "load": round(max(load), 1), "measures": measures}


def head(program: str, runs: int) -> dict[str, Any]:
    """Day, machine and versions of a run."""
    cores, system = os.cpu_count(), platform.system()
    return {
        "measured": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": f"{platform.processor() or 'unnamed processor'}, {cores} cores, {system}",
        "versions": {program: VERSION, "loads of each page": str(runs)},
    }


if __name__ == "__main__":
    os.environ.setdefault("CHROME_PATH", next(p for n in (*NAMES, MAC) if (p := shutil.which(n))))
    asked = sys.argv[1:]
    folder = Path(asked[0]) if asked else paths.BUILD / "html"
    body = measure(folder, int(asked[1]) if len(asked) > 1 else 5)
    target = paths.BENCHMARKS / "lighthouse.json"
    target.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")

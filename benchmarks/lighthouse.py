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
    out = {a.replace("-", "_"): median(f["categories"][a]["score"] for f in found) for a in ASKED}
    shift = median(f["audits"]["cumulative-layout-shift"]["numericValue"] for f in found)
    size = median(f["audits"]["total-byte-weight"]["numericValue"] for f in found)
    return {**out, "layout_shift": round(shift, 4), "kilobytes": round(size / 1000, 1)}


def measure(html: Path, runs: int) -> dict[str, Any]:
    """Scores of all pages, with the machine and its load while they were taken."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Packing, directory=str(html)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    root, load = f"http://127.0.0.1:{server.server_port}/chapters", list[float]()
    out: dict[str, list[dict[str, Any]]] = {}
    for kind, names in (("pages", PAGES), ("turned", TURNED)):
        for name in names:
            for form, options in FORMS.items():
                load.append(os.getloadavg()[0])
                found = scores(f"{root}/{name}.html", options, runs)
                out.setdefault(f"{kind}_{form}", []).append({"page": name, **found})
                print(kind, form, name, found, f"load {load[-1]:.1f}", flush=True)
    return {
        "measured": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": {"processor": platform.processor() or "unnamed processor",
                    "cores": os.cpu_count(), "system": platform.system()},
        "versions": {"lighthouse": VERSION, "python": platform.python_version()},
        "runs": runs,
        "load_least": round(min(load), 1),
        "load_most": round(max(load), 1),
        **out,
    }  # fmt: skip


if __name__ == "__main__":
    os.environ.setdefault("CHROME_PATH", next(p for n in (*NAMES, MAC) if (p := shutil.which(n))))
    asked = sys.argv[1:]
    folder = Path(asked[0]) if asked else paths.BUILD / "html"
    body = measure(folder, int(asked[1]) if len(asked) > 1 else 5)
    target = paths.ROOT / "benchmarks" / "lighthouse.json"
    target.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")

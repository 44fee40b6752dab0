"""Ask the public lists of vulnerabilities about every pinned package: ``make audit``; needs the network.

pip-audit calls a package that it could not ask about no finding; here it is one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sevenpercent import paths

TOOL = "pip-audit==2.10.1"
EXPLAINED: dict[str, str] = {}
"""Vulnerability that is no danger here, to the reason why."""


def told(packages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """One line for each package that could not be asked about, and for each finding without a reason."""
    for package in packages:
        name = f"{package['name']} {package.get('version', '')}".strip()
        if "skip_reason" in package:
            yield f"{name}: not asked about ({package['skip_reason']})"
        for found in package.get("vulns", []):
            if not {found["id"], *found.get("aliases", [])} & EXPLAINED.keys():
                fix = ", ".join(found.get("fix_versions", [])) or "none yet"
                yield f"{name}: {found['id']}, mended in {fix}"


def main() -> int:
    """Status 1 where anything is found or could not be asked."""
    uv = Path(sys.executable).with_name("uv")
    asked = [str(uv), "tool", "run", TOOL, "--require-hashes", "--disable-pip", "--format", "json"]
    lock = ["-r", str(paths.ROOT / "requirements.txt")]
    done = subprocess.run([*asked, *lock], capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(f"pip-audit gave no answer: {done.stderr.strip()[-500:]}", file=sys.stderr)
        return 1
    lines = list(told(packages))
    print("\n".join([*lines, f"{len(packages)} packages, {len(lines)} findings"]))
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())

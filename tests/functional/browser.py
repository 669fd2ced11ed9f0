"""A page in a real headless browser, driven by a script of playwright's (chromium.mjs says how)."""

import json
import shutil
import subprocess
from pathlib import Path

from daemon import ROOT

HERE = Path(__file__).resolve().parent
BROWSER_SECONDS = 150


class Browser:
    def __init__(self, script):
        self.script = script
        self.picture = ROOT / "build" / "pictures" / f"{Path(script).stem}.png"
        self.picture.parent.mkdir(parents=True, exist_ok=True)

    def visit(self, url, log, **more):
        """What the script has seen there, told `more`; `log()` is shown if it does not get through."""
        executable = shutil.which("chromium")
        assert executable, "Debian's package chromium is not installed"
        task = {"url": url, "browser": executable, "picture": str(self.picture), **more}
        command = ["node", str(HERE / self.script), json.dumps(task)]
        try:
            ended = subprocess.run(command, capture_output=True, text=True, timeout=BROWSER_SECONDS, cwd=HERE)
        except subprocess.TimeoutExpired as late:
            raise AssertionError(f"{late}\n{late.stderr}\n{log()}") from None
        print(f"picture of the page: {self.picture}")
        assert ended.returncode == 0, f"{ended.stderr}\n{log()}"
        seen = json.loads(ended.stdout.splitlines()[-1])
        assert "failed" not in seen, f"{seen}\n{ended.stderr}\npicture: {self.picture}\n{log()}"
        return seen

"""A real Prometheus (Debian's) that scrapes a daemon, and what it says."""

import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import programs
from deadline import eventually


def check_metrics(text):
    """What promtool has to say about an exposition; empty if it is content."""
    found = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60, check=False
    )
    return found.stdout + found.stderr if found.returncode or found.stderr else ""


def scraping(target_port, token=None):
    """A configuration that scrapes a daemon every second."""
    job = {"job_name": "corncob", "static_configs": [{"targets": [f"127.0.0.1:{target_port}"]}]}
    if token:
        job["authorization"] = {"credentials": token}
    return {"global": {"scrape_interval": "1s", "scrape_timeout": "1s"}, "scrape_configs": [job]}


class Queries:
    """What a Prometheus at this port of the machine says."""

    def __init__(self, port):
        self.port = port

    def api(self, path, **parameters):
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/{path}?{query}", timeout=10) as response:
            return json.load(response)["data"]

    def query(self, expression):
        """[(labels, value)] of an instant vector; of a scalar one pair without labels."""
        data = self.api("query", query=expression)
        if data["resultType"] == "scalar":
            return [({}, float(data["result"][1]))]
        return [
            ({name: value for name, value in each["metric"].items() if name not in ("__name__", "instance", "job")},
             float(each["value"][1]))
            for each in data["result"]
        ]  # fmt: skip

    def value(self, expression):
        """The only value, or None."""
        found = self.query(expression)
        assert len(found) <= 1, f"{expression}: {found}"
        return found[0][1] if found else None


class Prometheus(Queries):
    def __init__(self, directory, config):
        super().__init__(programs.free_port())
        self.log_path = directory / "prometheus.log"
        path = directory / "prometheus.json"  # YAML is more than JSON
        path.write_text(json.dumps(config))
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={path}", f"--storage.tsdb.path={directory / 'prometheus'}",
                 f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=warn"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=directory,
            )  # fmt: skip

    def scrapes(self):
        """How many have succeeded so far."""
        try:
            return int(self.value('sum_over_time(up{job="corncob"}[10m])') or 0)
        except (ConnectionError, urllib.error.URLError):
            assert self.process.poll() is None, self.log()
            return 0

    def wait_for_scrapes(self, more, timeout=30):
        wanted = self.scrapes() + more
        eventually(lambda: self.scrapes() >= wanted, timeout)

    def log(self):
        return self.log_path.read_text(errors="replace")

    def stop(self):
        programs.stop(self.process)

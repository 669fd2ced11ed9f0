"""A container of a test's own: started, spoken to, and removed whatever happened."""

import json
import time
import uuid

POLL_SECONDS = 0.1
STOP_SECONDS = 60


class Container:
    """`docker run --detach FLAG... IMAGE ARGUMENT...`. `publish` is the port that the host reaches by `address()`."""

    def __init__(self, engine, image, *arguments, flags=(), network=None, publish=None, name=None):
        self.engine = engine
        self.name = name or f"corncob-test-{uuid.uuid4().hex[:12]}"
        joined = ["--network", network] if network else []
        published = ["--publish", f"127.0.0.1::{publish}"] if publish else []
        self._publish = publish
        engine.run("run", "--detach", "--name", self.name, *joined, *published, *flags, image, *arguments)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.remove()

    def address(self):
        """HOST:PORT, from outside."""
        return self.engine.out("port", self.name, f"{self._publish}/tcp").splitlines()[0]

    def exec(self, *command, check=True, flags=(), **options):
        return self.engine.run("exec", *flags, self.name, *command, check=check, **options)

    def inspect(self):
        return json.loads(self.engine.out("inspect", self.name))[0]

    def state(self):
        return self.inspect()["State"]

    def logs(self):
        done = self.engine.run("logs", self.name, check=False)
        return done.stdout + done.stderr

    def wait_until(self, holds, seconds=60):
        """`holds(state)` with State of `docker inspect`; fails with the log when it ends or takes too long."""
        deadline = time.monotonic() + seconds
        while True:
            state = self.state()
            if holds(state):
                return state
            assert time.monotonic() < deadline, f"not within {seconds} s: {state}\n{self.logs()[-6000:]}"
            time.sleep(POLL_SECONDS)

    def wait_healthy(self, seconds=60):
        def healthy(state):
            assert state["Running"], f"it ended: {state}\n{self.logs()[-6000:]}"
            return state.get("Health", {}).get("Status") == "healthy"

        return self.wait_until(healthy, seconds)

    def stop(self, seconds=STOP_SECONDS):
        """`docker stop`; its exit status."""
        self.engine.run("stop", "--time", seconds, self.name, timeout=seconds + 30)
        return self.state()["ExitCode"]

    def remove(self):
        self.engine.run("rm", "--force", "--volumes", self.name, check=False)

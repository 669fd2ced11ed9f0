"""Where mode cache keeps what cells have done: files of the tenant's, bounded, signed."""

import os
import pickle
import sqlite3
import stat

from cached_cells import cached, is_replayed, kernel_beside, never, run_twice
from concurrency import kernel_of
from identities import SECRETS, entry

BIG = "big = bytes(n % 251 for n in range({size}))"


def folder_of(daemon, tenant="default"):
    return daemon.log_path.parent / "state" / "corncob" / tenant


def kept(daemon):
    """Entries, and their bytes."""
    with sqlite3.connect(f"file:{folder_of(daemon) / 'cache.sqlite'}?mode=ro", uri=True) as db:
        return db.execute("SELECT count(*), coalesce(sum(bytes), 0) FROM entries").fetchone()


def change(daemon, sql, *values):
    """As somebody does who can write the file."""
    with sqlite3.connect(folder_of(daemon) / "cache.sqlite") as db:
        return db.execute(sql, values).rowcount


CELLS = ["names = {'wheat', 'corn', 'oats'}\nodds = {1: 'a', 'b': 2}", "both = sorted(names), odds\nprint(both)\nboth"]


def test_kept_over_a_restart_of_the_daemon(fresh_daemon):
    """The new process has another hash seed."""
    for replayed in (False, True):
        daemon = fresh_daemon()
        with kernel_of(daemon, name="python3-cache") as client:
            exchanges = [client.run(code) for code in CELLS]
            assert [is_replayed(each) for each in exchanges] == [replayed] * 2
            assert "corn" in exchanges[1].text() and exchanges[1].result in exchanges[1].text()
        daemon.stop()
    files = {path.name: stat.S_IMODE(os.stat(path).st_mode) for path in folder_of(daemon).iterdir()}
    assert files["cache.key"] == 0o600 and stat.S_IMODE(os.stat(folder_of(daemon)).st_mode) == 0o700
    assert kept(daemon)[0] == 2


def test_another_version_of_python_finds_nothing(fresh_daemon):
    with cached(fresh_daemon()) as client:
        run_twice(client, "x = 6 * 7")
        client.run("# nocache\nimport sys\nsys.version = f'not {sys.version}'")
        assert not is_replayed(client.run("x = 6 * 7"))


def test_tenants_share_nothing(fresh_daemon):
    tokens = entry("alice", "alice", "read, execute") + entry("bob", "bob", "read, execute")
    daemon = fresh_daemon(config=f"auth:\n  tokens:\n{tokens}")
    for name in ("alice", "bob"):
        daemon.token = SECRETS[name]
        daemon.authorization = {"Authorization": f"token {SECRETS[name]}"}
        with cached(daemon) as client:
            run_twice(client, "x = 6 * 7")
    assert (folder_of(daemon, "alice") / "cache.key").read_bytes() != (
        folder_of(daemon, "bob") / "cache.key"
    ).read_bytes()


class Harm:
    """What is unpickled makes a file."""

    def __init__(self, path):
        self._path = path

    def __reduce__(self):
        return open, (str(self._path), "w")


def test_what_was_not_written_here_is_not_unpickled(fresh_daemon, tmp_path):
    daemon = fresh_daemon()
    with cached(daemon) as client:
        client.run(CELLS[0])
        client.run("%cache info")  # writes
        harm = pickle.dumps(Harm(tmp_path / "harm"))
        assert change(daemon, "UPDATE entries SET content = ?", harm) == 1
        assert not is_replayed(client.run(CELLS[0])) and not (tmp_path / "harm").exists()
        assert is_replayed(client.run(CELLS[0]))  # the entry was written anew
        run_twice(client, "x = 1")
        client.run("%cache info")
        # The content of another entry, with its signature.
        swap = (
            "UPDATE entries SET (content, signature) = (SELECT content, signature FROM entries ORDER BY used LIMIT 1)"
        )
        assert change(daemon, swap) == 2
        client.run("# nocache\nx = 5")
        assert not is_replayed(client.run("x = 1")) and client.run("# nocache\nx").result == "1"
    assert daemon.log().count("were not written here") == 1


def test_another_key_makes_all_of_it_foreign(fresh_daemon):
    daemon = fresh_daemon()
    with cached(daemon) as client:
        run_twice(client, CELLS[0])
    daemon.stop()
    key = folder_of(daemon) / "cache.key"
    before = key.read_bytes()
    key.chmod(0o644)  # others may know it
    daemon = fresh_daemon()
    with kernel_of(daemon, name="python3-cache") as client:
        run_twice(client, CELLS[0])
    assert key.read_bytes() != before and stat.S_IMODE(os.stat(key).st_mode) == 0o600


def test_a_damaged_store_is_set_aside(fresh_daemon, tmp_path):
    folder = tmp_path / "state" / "corncob" / "default"
    folder.mkdir(parents=True)
    (folder / "cache.sqlite").write_bytes(b"this is no database, " * 1000)
    daemon = fresh_daemon()
    with kernel_of(daemon, name="python3-cache") as client:
        run_twice(client, CELLS[0])
        client.run("%cache info")
    assert [path.read_bytes()[:20] for path in folder.glob("cache.sqlite-corrupt*")] == [b"this is no database,"]
    warnings = [line for line in daemon.log().splitlines() if "cache:" in line]
    assert len(warnings) == 1 and "is damaged" in warnings[0]
    assert kept(daemon)[0] == 1


def test_a_store_that_is_damaged_while_it_is_used(fresh_daemon):
    daemon = fresh_daemon()
    with cached(daemon) as client:
        run_twice(client, BIG.format(size=200_000))
        client.run("%cache info")
    daemon.stop()
    path = folder_of(daemon) / "cache.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    content = bytearray(path.read_bytes())
    content[8192:100_000] = os.urandom(100_000 - 8192)
    path.write_bytes(content)
    daemon = fresh_daemon()
    with kernel_of(daemon, name="python3-cache") as client:
        for _ in range(3):
            assert client.run(BIG.format(size=200_000) + "\nlen(big)").result == "200000"
        run_twice(client, BIG.format(size=200_000))


def test_a_daemon_that_is_killed_while_it_writes(fresh_daemon):
    """What is there is whole, and what is not there is run."""
    cells = [f"numbers_{i} = [{i}] * 20_000\nlen(numbers_{i}), sum(numbers_{i})" for i in range(150)]
    for written, seen in ((20, 40), (50, 90)):
        daemon = fresh_daemon()
        client = daemon.client(daemon.start_kernel(name="python3-cache"))
        client.collect(*[client.send_execute(code) for code in cells[:written]])
        client.run("%cache info")  # which waits until it is written
        sent = [client.send_execute(code) for code in cells[written:]]
        client.collect(*sent[: seen - written])
        daemon.kill()
        client.close(check=False)
    daemon = fresh_daemon()
    with kernel_of(daemon, name="python3-cache") as client:
        exchanges = [client.run(code) for code in cells]
        assert [each.result for each in exchanges] == [str((20_000, 20_000 * i)) for i in range(150)]
        assert all(map(is_replayed, exchanges[:50]))
        assert client.run(" and ".join(f"numbers_{i} == [{i}] * 20_000" for i in range(150))).result == "True"
    assert "damaged" not in daemon.log() and "not written here" not in daemon.log()


def test_a_folder_that_cannot_be_written(fresh_daemon, tmp_path):
    (tmp_path / "state").write_text("a file in the way")
    daemon = fresh_daemon()
    with cached(daemon) as client:
        run_twice(client, CELLS[0])
        with kernel_beside(client, daemon) as other:
            assert is_replayed(other.run(CELLS[0]))  # as long as the daemon lives
        assert "of at most 67.1 MB" in client.run("%cache info").text()


def test_the_least_recently_used_go_first(fresh_daemon):
    daemon = fresh_daemon(config="kernels: {cache_bytes_max: 1000000}\n")
    with cached(daemon) as client:
        cells = [f"{BIG.format(size=200_000)} + b'{letter}'" for letter in "abcd"]
        for code in cells:
            run_twice(client, code)
        client.run("%cache info")
        assert is_replayed(client.run(cells[0]))  # now b is the oldest
        client.run("%cache info")
        run_twice(client, f"{BIG.format(size=240_000)} + b'e'")
        client.run("%cache info")
        assert kept(daemon)[1] <= 1_000_000
        assert [is_replayed(client.run(code)) for code in (cells[0], cells[2], cells[3], cells[1])] == [1, 1, 1, 0]
        assert "no room" in never(client, BIG.format(size=300_000))


def test_no_room_at_all(fresh_daemon):
    daemon = fresh_daemon(config="kernels: {cache_bytes_max: 0}\n")
    with kernel_of(daemon, name="python3-cache") as client:
        assert "no room" in never(client, "x = 1")

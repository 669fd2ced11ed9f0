"""History: kept in a database of the tenant's, over restarts of kernels and of the daemon."""

import os
import signal
import sqlite3
import stat

import pytest
from pairs import both

# --- what clients ask


def history(client, kind, **content):
    wish = {"hist_access_type": kind, "output": False, "raw": True, **content}
    reply = client.request("history_request", wish).reply
    assert reply["status"] == "ok", reply
    return [tuple(entry) for entry in reply["history"]]


def lines(found):
    return [entry[2] for entry in found]


@pytest.fixture
def farm(fresh_daemon):
    """A daemon without a past."""
    return fresh_daemon()


def database(daemon, tenant="default"):
    return daemon.log_path.parent / "state" / "corncob" / tenant / "history.sqlite"


def rows(daemon, sql):
    with sqlite3.connect(f"file:{database(daemon)}?mode=ro", uri=True) as db:
        return db.execute(sql).fetchall()


def test_tail(farm):
    with farm.client(farm.start_kernel()) as old, farm.client(farm.start_kernel()) as client:
        for client_, letter in ((old, "a"), (client, "b"), (old, "c")):
            for number in range(3):
                client_.run(f"{letter} = {number}")
        # The running session comes last, whatever has been run elsewhere since.
        assert lines(history(client, "tail", n=4)) == ["c = 2", "b = 0", "b = 1", "b = 2"]
        found = history(client, "tail", n=100)
        assert len(found) == 9 and [entry[1] for entry in found] == [1, 2, 3, 4, 5, 6, 1, 2, 3]
        assert len({entry[0] for entry in found}) == 2 and found[-1][0] != found[0][0]
        client.run("7 * 6")
        assert history(client, "tail", n=1, output=True)[0][2] == ["7 * 6", "42"]


def test_range(farm):
    with farm.client(farm.start_kernel()) as client:
        for number in range(4):
            client.run(f"x = {number}")
        assert history(client, "range", session=0, start=2, stop=4) == [(0, 2, "x = 1"), (0, 3, "x = 2")]
        session = history(client, "tail", n=1)[0][0]
        farm.post(f"/api/kernels/{client.kernel_id}/restart")
        client.run("y = 1")
        assert lines(history(client, "range", session=-1, start=1)) == [f"x = {number}" for number in range(4)]
        assert lines(history(client, "range", session=session, start=3, stop=4)) == ["x = 2"]
        assert lines(history(client, "range", session=0, start=1)) == ["y = 1"]
        assert history(client, "range", session=4711, start=1) == []


def test_search(farm):
    with farm.client(farm.start_kernel()) as client:
        for code in ("corn = 1", "wheat = 2", "corn = 1", "corn = 3", "[corn]"):
            client.run(code)
        assert lines(history(client, "search", pattern="corn*")) == ["corn = 1", "corn = 1", "corn = 3"]
        assert lines(history(client, "search", pattern="corn*", unique=True)) == ["corn = 1", "corn = 3"]
        assert history(client, "search", pattern="corn*", unique=True)[0][1] == 3  # the latest of equal ones
        assert lines(history(client, "search", pattern="corn*", n=1)) == ["corn = 3"]
        assert lines(history(client, "search", pattern="*whea?*")) == ["wheat = 2"]
        assert history(client, "search", pattern="nothing") == []
        assert len(history(client, "search")) == 5


def test_raw_and_transformed(farm):
    with farm.client(farm.start_kernel()) as client:
        client.run("!true")
        assert lines(history(client, "tail", n=1)) == ["!true"]
        assert "get_ipython().system" in lines(history(client, "tail", n=1, raw=False))[0]


def test_what_is_not_kept(farm):
    with farm.client(farm.start_kernel()) as client:
        client.run("kept = 1")
        client.execute("silent = 1", silent=True)
        client.execute("unstored = 1", store_history=False)
        assert lines(history(client, "tail", n=10)) == ["kept = 1"]
        client.run("%reset -f")
        client.run("after = 1")
        assert lines(history(client, "tail", n=10))[-1] == "after = 1"


# --- over restarts


def test_kept_over_restarts_of_the_kernel_and_of_the_daemon(farm, fresh_daemon):
    client = farm.client(farm.start_kernel())
    client.run("before_restart = 1")
    farm.post(f"/api/kernels/{client.kernel_id}/restart")
    client.run("after_restart = 2")
    sessions = [entry[0] for entry in history(client, "tail", n=2)]
    assert sessions[0] < sessions[1]
    assert client.run("%history -n 1").text() == "   1: after_restart = 2\n"
    client.close(check=False)
    farm.stop()
    again = fresh_daemon()
    with again.client(again.start_kernel()) as client:
        client.run("in_a_new_daemon = 3")
        expected = ["before_restart = 1", "after_restart = 2", "%history -n 1", "in_a_new_daemon = 3"]
        assert lines(history(client, "tail", n=10)) == expected
    numbers = rows(again, "SELECT session, num_cmds, end IS NOT NULL FROM sessions ORDER BY session")
    assert [entry[1:] for entry in numbers] == [(1, 1), (2, 1), (None, 0)]


def test_nothing_is_lost_when_the_daemon_drains(farm):
    """SIGTERM while cells run: what has been run is in the database."""
    clients = [farm.client(farm.start_kernel()) for _ in range(3)]
    for number in range(20):
        both(clients, f"x_%s = {number}", *range(3))
    running = clients[0].send_execute("print('on', flush=True); import time; time.sleep(.5)")
    clients[0].wait_for_output("on")
    farm.process.send_signal(signal.SIGTERM)
    clients[0].collect(running)
    assert farm.process.wait(40) == 0
    farm.ending = True
    assert rows(farm, "SELECT count(*), count(DISTINCT session) FROM history") == [(61, 3)]
    assert rows(farm, "SELECT count(*) FROM history WHERE source_raw LIKE '%sleep%'") == [(1,)]


def test_many_kernels_write_at_once(farm):
    clients = [farm.client(farm.start_kernel()) for _ in range(8)]
    for number in range(25):
        both(clients, f"x_%s = {number}", *range(8))
    history(clients[0], "tail", n=1)
    assert rows(farm, "SELECT count(*), count(DISTINCT session) FROM history") == [(200, 8)]
    for client in clients:
        client.close()


def test_files_are_the_owners(farm):
    with farm.client(farm.start_kernel()) as client:
        client.run("x = 1")
        history(client, "tail", n=1)
    for folder in (database(farm).parent, database(farm).parent.parent):
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700


def test_a_folder_of_ones_own(fresh_daemon, tmp_path):
    daemon = fresh_daemon(config=f"kernels: {{state_dir: {tmp_path}/elsewhere}}\n")
    with daemon.client(daemon.start_kernel()) as client:
        client.run("x = 1")
        history(client, "tail", n=1)
    assert (tmp_path / "elsewhere" / "default" / "history.sqlite").is_file()


# --- databases that cannot be used


def warnings_of(daemon):
    return [line for line in daemon.log().splitlines() if "history" in line]


def test_a_damaged_database_is_set_aside(fresh_daemon, tmp_path):
    folder = tmp_path / "state" / "corncob" / "default"
    folder.mkdir(parents=True)
    (folder / "history.sqlite").write_bytes(b"this is no database, " * 1000)
    daemon = fresh_daemon()
    with daemon.client(daemon.start_kernel()) as client:
        client.run("x = 1")
        assert lines(history(client, "tail", n=5)) == ["x = 1"]
    assert len(warnings_of(daemon)) == 1 and "damaged" in warnings_of(daemon)[0]
    assert [path.read_bytes()[:20] for path in folder.glob("*corrupt*")] == [b"this is no database,"]
    assert rows(daemon, "SELECT source FROM history") == [("x = 1",)]


def test_a_folder_that_cannot_be_written(fresh_daemon, tmp_path):
    (tmp_path / "state").write_text("a file in the way")
    daemon = fresh_daemon()
    client = daemon.client(daemon.start_kernel())
    for number in range(3):
        client.run(f"x = {number}")
    assert lines(history(client, "tail", n=5)) == ["x = 0", "x = 1", "x = 2"]
    daemon.post(f"/api/kernels/{client.kernel_id}/restart")
    client.run("y = 1")
    assert lines(history(client, "tail", n=2)) == ["x = 2", "y = 1"]  # as long as the daemon lives
    client.close()
    assert len(warnings_of(daemon)) == 1 and "in memory" in warnings_of(daemon)[0]


# --- magics


def test_history_magics(farm):
    with farm.client(farm.start_kernel()) as old:
        old.run("from_before = 'old'")
        with farm.client(farm.start_kernel()) as client:
            client.run("field = 'corn'")
            client.run("field * 2")
            assert client.run("%history").text() == "field = 'corn'\nfield * 2\n%history\n"
            assert client.run("%history -n 1-2").text() == "   1: field = 'corn'\n   2: field * 2\n"
            assert "from_before = 'old'" in client.run("%history -g from_before").text()
            assert "from_before" in client.run("%history -g").text()
            assert client.run("%history -o 2").text() == "field * 2\n'corncorn'\n"
            assert client.run("%recall 1").reply["payload"][0]["text"] == "field = 'corn'"
            exchange = client.run("%rerun 1-2")
            assert exchange.result == "'corncorn'"
            assert "old" in client.run("%rerun ~1/1\nfrom_before").result


def test_tenants_of_their_own(client):
    """Every tenant has a file of its own, whatever its name is."""
    code = (
        "from corncob_kernel import history_store as h\n"
        "[h.store_of(t).path.rsplit('/', 2)[1] for t in ('ada', '..', '.x', 'a/../b', 'a@b.c')]"
    )
    assert client.run(code).result == "['ada', '%2E.', '%2Ex', 'a%2F..%2Fb', 'a@b.c']"

"""The history database of a tenant, in IPython's schema, shared by the shells of the tenant's kernels.

One thread a process writes what all kernels have run, in one transaction now and then; a cell only appends to a list.
A database that cannot be used is set aside, or done without: history then lasts as long as the daemon.

Thread-safe. The lists are bounded: beyond _WAITING_MAX, what is run is not written down any more until there is room.
"""

import contextvars
import datetime
import os
import sqlite3
import threading
import urllib.parse

import corncob_port

_WAITING_MAX = 100_000  # lines of all kernels; a disk that is stuck must not fill the memory
_PAUSE_SECONDS = 0.2  # between transactions, unless somebody wants to read
_FLUSH_SECONDS = 5.0  # beyond, a reader goes without the newest lines, and a kernel ends
_BUSY_SECONDS = 5.0  # for another daemon that writes to the same file

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sessions
    (session integer primary key autoincrement, start timestamp, end timestamp, num_cmds integer, remark text);
CREATE TABLE IF NOT EXISTS history
    (session integer, line integer, source text, source_raw text, PRIMARY KEY (session, line));
CREATE TABLE IF NOT EXISTS output_history (session integer, line integer, output text, PRIMARY KEY (session, line));
"""


def now():
    return datetime.datetime.now().isoformat(" ")


class Session:
    """The life of one kernel between its start and its end or restart. Numbered when it is first written down."""

    __slots__ = ("number", "start")

    def __init__(self):
        self.number = None
        self.start = now()


class NoStore:
    """Of a kernel that is nobody's yet."""

    def add(self, session, sql, *values):
        pass

    def flush(self):
        pass

    def execute(self, sql, parameters=()):
        return iter(())


NO_STORE = NoStore()


class Store:
    def __init__(self, path):
        """`path` is the database's; None: in memory."""
        self._path = path
        self._lock = threading.Lock()
        self._db = None

    def add(self, session, sql, *values):
        """Has `sql` executed, some time soon, with the session's number and the values."""
        _writer.add(self, session, sql, values)

    def flush(self):
        """Waits until all that has been added is written."""
        _writer.flush()

    def execute(self, sql, parameters=()):
        """The rows, as a cursor gives them."""
        with self._lock:
            try:
                return iter(self._open().execute(sql, parameters).fetchall())
            except sqlite3.DatabaseError as problem:
                self._set_aside(problem)
                return iter(())

    # On the writer's thread.

    def write(self, items):
        with self._lock:
            try:
                self._write(items)
            except (sqlite3.Error, OSError) as problem:
                self._set_aside(problem)
                for _, session, _, _ in items:
                    session.number = None
                self._write(items)

    def _write(self, items):
        with self._open() as db:
            for _, session, sql, values in items:
                if session.number is None:
                    session.number = db.execute(_BEGIN, (session.start,)).lastrowid
                if sql is not None:
                    db.execute(sql, (*values, session.number))

    # With the lock held.

    def _open(self):
        if self._db is None:
            try:
                self._db = _connect(self._path)
            except (sqlite3.Error, OSError) as problem:
                self._set_aside(problem)
                self._db = self._db or _connect(self._path)
        return self._db

    def _set_aside(self, problem):
        """Whatever is wrong with the file, cells run; the operator is told once."""
        if self._db is not None:
            self._db.close()
            self._db = None
        if self._path is None:
            return  # memory itself fails: what was remembered is gone
        aside = None
        if isinstance(problem, sqlite3.DatabaseError) and not isinstance(problem, sqlite3.OperationalError):
            aside = f"{self._path}-corrupt-{now().replace(':', '.').replace(' ', 'T')}"
            try:
                for suffix in ("", "-wal", "-shm"):
                    if os.path.exists(self._path + suffix):
                        os.rename(self._path + suffix, aside + suffix)
                self._db = _connect(self._path)
            except (sqlite3.Error, OSError) as further:
                aside, problem = None, further
        if aside is not None:
            corncob_port.warn(f"history: {self._path} is damaged ({problem}); it was moved to {aside}")
        else:
            corncob_port.warn(f"history: {self._path} cannot be used ({problem}); it is kept in memory")
            self._path = None


_BEGIN = "INSERT INTO sessions VALUES (NULL, ?, NULL, NULL, '')"


def _connect(path):
    if path is not None:
        folder = os.path.dirname(path)
        for place in (os.path.dirname(folder), folder):  # makedirs gives the mode to the last one only
            os.makedirs(place, mode=0o700, exist_ok=True)
    db = sqlite3.connect(path or ":memory:", timeout=_BUSY_SECONDS, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        db.executescript(_SCHEMA)
    except BaseException:
        db.close()
        raise
    return db


class Writer:
    """The one thread that writes, and what waits for it."""

    def __init__(self):
        self._changed = threading.Condition()
        self._waiting = []
        self._added = self._written = 0
        self._wanted = 0  # somebody waits for this many to be written
        self._asleep = False
        self._full = False
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)

    def start(self):
        contextvars.Context().run(self._thread.start)

    def add(self, store, session, sql, values):
        with self._changed:
            if len(self._waiting) < _WAITING_MAX:
                self._waiting.append((store, session, sql, values))
                self._added += 1
                if self._asleep:
                    self._changed.notify_all()
                return
            told, self._full = self._full, True
        if not told:
            corncob_port.warn(f"history: more than {_WAITING_MAX} lines wait to be written; further ones are not kept")

    def flush(self):
        with self._changed:
            added = self._added
            self._wanted = max(self._wanted, added)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._written >= added, _FLUSH_SECONDS)

    def _run(self):
        while True:
            with self._changed:
                self._asleep = True
                self._changed.wait_for(lambda: self._waiting)
                self._asleep = False
                self._changed.wait_for(lambda: self._wanted > self._written, _PAUSE_SECONDS)
                items, self._waiting = self._waiting, []
                self._full = False
            for store in dict.fromkeys(item[0] for item in items):
                try:
                    store.write([item for item in items if item[0] is store])
                except Exception as problem:  # not even memory: the next lines may fare better
                    corncob_port.warn(f"history: lines are lost ({problem})")
            with self._changed:
                self._written += len(items)
                self._changed.notify_all()


_writer = Writer()
_stores = {}
_state_dir = None


def store_of(tenant):
    """The store of a tenant's kernels."""
    if tenant is None:
        return NO_STORE
    store = _stores.get(tenant)
    if store is None:
        folder = urllib.parse.quote(tenant, safe="@")
        folder = f"%2E{folder[1:]}" if folder.startswith(".") else folder
        path = os.path.join(_state_dir, folder, "history.sqlite") if _state_dir else None
        store = _stores.setdefault(tenant, Store(path))
    return store


def start(state_dir):
    """Once a process. Without a `state_dir`, history is kept in memory."""
    global _state_dir
    _state_dir = state_dir
    _writer.start()


__all__ = ["NO_STORE", "Session", "Store", "now", "start", "store_of"]

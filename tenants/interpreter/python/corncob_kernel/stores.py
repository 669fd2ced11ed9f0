"""Databases of a tenant's in SQLite (its history, its cached cells), and the one thread a process that writes them.

A cell only appends to a list; what it appends is written soon, in one transaction now and then. A database that cannot
be used is set aside, or done without: it then lasts as long as the daemon, in memory.

Thread-safe. The list is bounded: beyond _WAITING_MAX and _WAITING_BYTES_MAX, nothing is taken until there is room.
"""

import contextvars
import datetime
import os
import sqlite3
import threading
import urllib.parse

import corncob_port

_WAITING_MAX = 100_000  # of all kernels; a disk that is stuck must not fill the memory
_WAITING_BYTES_MAX = 1 << 29
_PAUSE_SECONDS = 0.2  # between transactions, unless somebody wants to read
_FLUSH_SECONDS = 5.0  # beyond, a reader goes without what is newest, and a kernel ends
_JOURNAL_BYTES_MAX = 1 << 26  # left of it when all is written
_BUSY_SECONDS = 5.0  # for another daemon that writes to the same file


def now():
    return datetime.datetime.now().isoformat(" ")


def path_of(tenant, name):
    """Of a file of the tenant's; None: there is no place for it."""
    return os.path.join(_state_dir, folder_of(tenant), name) if _state_dir else None


def folder_of(tenant):
    """Its name, which leads nowhere else."""
    folder = urllib.parse.quote(tenant, safe="@")
    return f"%2E{folder[1:]}" if folder.startswith(".") else folder


def make_folder_of(path):
    folder = os.path.dirname(path)
    for place in (os.path.dirname(folder), folder):  # makedirs gives the mode to the last one only
        os.makedirs(place, mode=0o700, exist_ok=True)


class Database:
    """What is written is a list of items, which only the database itself knows the meaning of."""

    what = ""  # what it keeps, for the operator
    schema = ""

    def __init__(self, path):
        """None: in memory."""
        self.path = path
        self._lock = threading.Lock()
        self._db = None

    def add(self, item, size=0):
        """Has it written, some time soon. False: too much waits already."""
        return _writer.add(self, item, size)

    def flush(self):
        """Waits until all that has been added is written."""
        _writer.flush()

    def query(self, sql, parameters=()):
        with self._lock:
            try:
                return self._open().execute(sql, parameters).fetchall()
            except sqlite3.DatabaseError as problem:
                self._set_aside(problem)
                return []

    # On the writer's thread.

    def write(self, items):
        with self._lock:
            try:
                self._write_all(items)
            except (sqlite3.Error, OSError) as problem:
                self._set_aside(problem)
                self.begin_anew(items)
                self._write_all(items)

    def _write_all(self, items):
        with self._open() as db:
            self.write_items(db, items)

    def write_items(self, db, items):
        """In a transaction."""
        raise NotImplementedError

    def begin_anew(self, items):
        """The database is another one, and empty; the items are still to be written."""

    # With the lock held.

    def _open(self):
        if self._db is None:
            try:
                self._db = self._connect()
            except (sqlite3.Error, OSError) as problem:
                self._set_aside(problem)
                self._db = self._db or self._connect()
        return self._db

    def _connect(self):
        if self.path is not None:
            make_folder_of(self.path)
        db = sqlite3.connect(self.path or ":memory:", timeout=_BUSY_SECONDS, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=NORMAL")
            db.execute(f"PRAGMA journal_size_limit={_JOURNAL_BYTES_MAX}")
            db.executescript(self.schema)
        except BaseException:
            db.close()
            raise
        return db

    def _set_aside(self, problem):
        """Whatever is wrong with the file, cells run; the operator is told once."""
        if self._db is not None:
            self._db.close()
            self._db = None
        if self.path is None:
            return  # memory itself fails: what was remembered is gone
        aside = None
        if isinstance(problem, sqlite3.DatabaseError) and not isinstance(problem, sqlite3.OperationalError):
            aside = f"{self.path}-corrupt-{now().replace(':', '.').replace(' ', 'T')}"
            try:
                for suffix in ("", "-wal", "-shm"):
                    if os.path.exists(self.path + suffix):
                        os.rename(self.path + suffix, aside + suffix)
                self._db = self._connect()
            except (sqlite3.Error, OSError) as further:
                aside, problem = None, further
        if aside is not None:
            corncob_port.warn(f"{self.what}: {self.path} is damaged ({problem}); it was moved to {aside}")
        else:
            corncob_port.warn(f"{self.what}: {self.path} cannot be used ({problem}); it is kept in memory")
            self.path = None


class Writer:
    """The one thread that writes, and what waits for it."""

    def __init__(self):
        self._changed = threading.Condition()
        self._waiting = []  # (database, item, bytes)
        self._bytes = 0
        self._added = self._written = 0
        self._wanted = 0  # somebody waits for this many to be written
        self._asleep = False
        self._told = False
        self._thread = threading.Thread(target=self._run, name="stores", daemon=True)

    def start(self):
        contextvars.Context().run(self._thread.start)

    def add(self, database, item, size):
        with self._changed:
            if len(self._waiting) < _WAITING_MAX and self._bytes + size <= _WAITING_BYTES_MAX:
                self._waiting.append((database, item, size))
                self._bytes += size
                self._added += 1
                if self._asleep:
                    self._changed.notify_all()
                return True
            told, self._told = self._told, True
        if not told:
            corncob_port.warn(f"{database.what}: too much waits to be written; what comes now is not kept")
        return False

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
                waiting, self._waiting = self._waiting, []
                self._told = False
            for database in dict.fromkeys(entry[0] for entry in waiting):
                try:
                    database.write([entry[1] for entry in waiting if entry[0] is database])
                except Exception as problem:  # not even memory: what comes next may fare better
                    corncob_port.warn(f"{database.what}: something is lost ({problem})")
            with self._changed:
                self._written += len(waiting)
                self._bytes -= sum(entry[2] for entry in waiting)
                self._changed.notify_all()
            waiting = None


_writer = Writer()
_state_dir = None


def start(state_dir):
    """Once a process. Without a `state_dir`, all is kept in memory."""
    global _state_dir
    _state_dir = state_dir
    _writer.start()


__all__ = ["Database", "folder_of", "make_folder_of", "now", "path_of", "start"]

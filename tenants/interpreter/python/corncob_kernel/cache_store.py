"""The cached cells of a tenant, in SQLite beside its history: bytes by key, the least recently used out first.

Bytes that are unpickled could do anything, so each entry carries a signature by a key of the tenant's, which lies
beside the database and is readable to its owner only. What has none is not given out. Thread-safe.
"""

import contextlib
import hmac
import os
import secrets
import stat
import threading
import time

import corncob_port

from .stores import Database, make_folder_of, path_of

_KEY_BYTES = 32
_IN_MEMORY_BYTES_MAX = 1 << 26  # where there is no file
_PART_MAX = 4  # an entry may take no more than this part of the whole
_EVICTED_AT_ONCE = 64


class CacheStore(Database):
    what = "cache"
    schema = """
CREATE TABLE IF NOT EXISTS entries (key blob primary key, content blob, signature blob, bytes integer, used integer);
CREATE INDEX IF NOT EXISTS entries_by_use ON entries (used, bytes);
"""

    def __init__(self, path, bytes_max):
        super().__init__(path)
        self._bytes_max = bytes_max
        self._waiting = {}  # key -> content that is not written yet
        self._key = None
        self._key_lock = threading.Lock()
        self._told = False

    @property
    def bytes_max(self):
        return self._bytes_max if self.path is not None else min(self._bytes_max, _IN_MEMORY_BYTES_MAX)

    @property
    def entry_bytes_max(self):
        return self.bytes_max // _PART_MAX

    def get(self, key):
        """The bytes that were put under this key, or None."""
        content = self._waiting.get(key)
        if content is None:
            for content, signature in self.query("SELECT content, signature FROM entries WHERE key = ?", (key,)):
                if not self._is_ours(key, content, signature):
                    self._refuse(key)
                    return None
                break
            else:
                return None
        self.add(("use", key, time.time_ns()))
        return content

    def put(self, key, content):
        """False: there is no room for it."""
        if len(content) > self.entry_bytes_max:
            return False
        self._waiting[key] = content
        if not self.add(("put", key, content, time.time_ns()), len(content)):
            self._waiting.pop(key, None)
            return False
        return True

    def clear(self):
        self.add(("clear",))
        self.flush()

    def size(self):
        """(entries, bytes)"""
        self.flush()
        rows = self.query("SELECT count(*), coalesce(sum(bytes), 0) FROM entries")
        return rows[0] if rows else (0, 0)

    # On the writer's thread.

    def write(self, items):
        super().write(items)
        for item in items:
            if item[0] == "put" and self._waiting.get(item[1]) is item[2]:
                del self._waiting[item[1]]
        if ("clear",) in items:
            with self._lock, contextlib.suppress(Exception):  # another daemon reads it
                self._open().execute("VACUUM")

    def write_items(self, db, items):
        for kind, *values in items:
            if kind == "put":
                key, content, used = values
                row = (key, content, self._signature(key, content), len(content), used)
                db.execute("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?)", row)
            elif kind == "use":
                key, used = values
                db.execute("UPDATE entries SET used = max(used, ?) WHERE key = ?", (used, key))
            elif kind == "drop":
                db.execute("DELETE FROM entries WHERE key = ?", values)
            elif kind == "clear":
                db.execute("DELETE FROM entries")
        if any(item[0] == "put" for item in items):
            self._make_room(db)

    def _make_room(self, db):
        too_much = db.execute("SELECT coalesce(sum(bytes), 0) FROM entries").fetchone()[0] - self.bytes_max
        while too_much > 0:
            oldest = db.execute("SELECT rowid, bytes FROM entries ORDER BY used LIMIT ?", (_EVICTED_AT_ONCE,))
            for rowid, size in oldest.fetchall():
                db.execute("DELETE FROM entries WHERE rowid = ?", (rowid,))
                too_much -= size
                if too_much <= 0:
                    break

    # Signatures.

    def _refuse(self, key):
        self.add(("drop", key))
        if not self._told:
            self._told = True
            corncob_port.warn(f"cache: {self.path} holds entries that were not written here; they are not used")

    def _is_ours(self, key, content, signature):
        whole = isinstance(content, bytes) and isinstance(signature, bytes)
        return whole and hmac.compare_digest(signature, self._signature(key, content))

    def _signature(self, key, content):
        with self._key_lock:
            if self._key is None:
                self._key = _key_beside(self.path) if self.path is not None else secrets.token_bytes(_KEY_BYTES)
        return hmac.digest(self._key, key + content, "sha256")


def _key_beside(path):
    """The tenant's key, made if there is none that only its owner can read."""
    file = os.path.join(os.path.dirname(path), "cache.key")
    try:
        key = _read_key(file)
        if key is None:
            make_folder_of(file)
            _make_key(file)
            key = _read_key(file)
    except OSError as problem:
        corncob_port.warn(f"cache: {file} cannot be used ({problem}); cells are kept as long as the daemon lives")
        key = None
    return key or secrets.token_bytes(_KEY_BYTES)


def _read_key(file):
    try:
        with open(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as opened:
            found = os.fstat(opened.fileno())
            if stat.S_IMODE(found.st_mode) & 0o077 or found.st_uid != os.getuid():
                return None
            key = opened.read(_KEY_BYTES + 1)
    except FileNotFoundError:
        return None
    return key if len(key) == _KEY_BYTES else None


def _make_key(file):
    """Whole or not at all; of two daemons that make one at the same time, both use that of the first."""
    made = f"{file}-{os.getpid()}"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(file)  # it is nobody's: others can read it, or it is no key
    with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as opened:
        opened.write(secrets.token_bytes(_KEY_BYTES))
    with contextlib.suppress(FileExistsError):
        os.link(made, file)
    os.unlink(made)


_stores = {}
_bytes_max = 0


def store_of(tenant):
    store = _stores.get(tenant)
    if store is None:
        store = _stores.setdefault(tenant, CacheStore(path_of(tenant, "cache.sqlite"), _bytes_max))
    return store


def start(bytes_max):
    """Once a process."""
    global _bytes_max
    _bytes_max = bytes_max


__all__ = ["CacheStore", "start", "store_of"]

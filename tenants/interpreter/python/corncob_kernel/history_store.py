"""The history database of a tenant, in IPython's schema, shared by the shells of the tenant's kernels."""

from .stores import Database, now, path_of

_BEGIN = "INSERT INTO sessions VALUES (NULL, ?, NULL, NULL, '')"


class Session:
    """The life of one kernel between its start and its end or restart. Numbered when it is first written down."""

    __slots__ = ("number", "start")

    def __init__(self):
        self.number = None
        self.start = now()


class NoStore:
    """Of a kernel that is nobody's yet."""

    def add_line(self, session, sql, *values):
        pass

    def flush(self):
        pass

    def execute(self, sql, parameters=()):
        return iter(())


NO_STORE = NoStore()


class Store(Database):
    what = "history"
    schema = """
CREATE TABLE IF NOT EXISTS sessions
    (session integer primary key autoincrement, start timestamp, end timestamp, num_cmds integer, remark text);
CREATE TABLE IF NOT EXISTS history
    (session integer, line integer, source text, source_raw text, PRIMARY KEY (session, line));
CREATE TABLE IF NOT EXISTS output_history (session integer, line integer, output text, PRIMARY KEY (session, line));
"""

    def add_line(self, session, sql, *values):
        """Has `sql` executed, some time soon, with the session's number and the values."""
        self.add((session, sql, values))

    def execute(self, sql, parameters=()):
        """The rows, as a cursor gives them."""
        return iter(self.query(sql, parameters))

    def write_items(self, db, items):
        for session, sql, values in items:
            if session.number is None:
                session.number = db.execute(_BEGIN, (session.start,)).lastrowid
            if sql is not None:
                db.execute(sql, (*values, session.number))

    def begin_anew(self, items):
        for session, _, _ in items:
            session.number = None


_stores = {}


def store_of(tenant):
    """The store of a tenant's kernels."""
    if tenant is None:
        return NO_STORE
    store = _stores.get(tenant)
    if store is None:
        store = _stores.setdefault(tenant, Store(path_of(tenant, "history.sqlite")))
    return store


__all__ = ["NO_STORE", "Session", "Store", "now", "store_of"]

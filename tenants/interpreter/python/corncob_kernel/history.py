"""The history of one kernel: what IPython shows as In, Out and %history. The running session is in memory, all of its
tenant's in a database (history_store.py)."""

import collections

from IPython.core.history import HistoryManager

from .history_store import NO_STORE, Session, now


class KernelHistory(HistoryManager):
    """IPython's queries, without its connection and its thread. Read from the language thread while cells append."""

    _i00 = _i = _ii = _iii = ""  # traits in the base class, where each costs a cell a check of its type

    def __init__(self, shell):
        # In the base class `outputs` is one dictionary for all instances, which is all kernels here.
        self.outputs = collections.defaultdict(list)
        self._session = Session()
        super().__init__(shell=shell, parent=shell, hist_file=":memory:", enabled=False, db=NO_STORE)

    def begin(self, store):
        """Now it is known whose history this is."""
        self.db = store

    def init_db(self):
        pass

    def new_session(self, conn=None):
        self._session = Session()

    @property
    def session_number(self):
        """As in the database; asking for it writes the session down. 0 where there is none."""
        if self._session.number is None:
            self.db.add_line(self._session, None)
            self.db.flush()
        return self._session.number or 0

    def end_session(self):
        if self._session.number is not None or len(self.input_hist_raw) > 1:
            lines = len(self.input_hist_parsed) - 1
            self.db.add_line(self._session, "UPDATE sessions SET end = ?, num_cmds = ? WHERE session = ?", now(), lines)
            self.db.flush()

    def get_session_info(self, session=0):
        number = session if session > 0 else session + self.session_number
        self.db.flush()
        return next(self.db.execute("SELECT * FROM sessions WHERE session = ?", (number,)), None)

    def writeout_cache(self, conn=None):
        self.db.flush()

    def store_inputs(self, line_num, source, source_raw=None):
        super().store_inputs(line_num, source, source_raw)
        for line in self.db_input_cache:  # none for `exit`
            self.db.add_line(self._session, "INSERT OR REPLACE INTO history VALUES (?4, ?1, ?2, ?3)", *line)
        self.db_input_cache.clear()

    def store_output(self, line_num):
        super().store_output(line_num)  # if IPython is configured to
        for line in self.db_output_cache:
            self.db.add_line(self._session, "INSERT OR REPLACE INTO output_history VALUES (?3, ?1, ?2)", *line)
        self.db_output_cache.clear()

    def get_range(self, session=0, start=1, stop=None, raw=True, output=False):
        if session == 0:
            return self._get_range_session(start, stop, raw, output)
        if session < 0:
            session += self.session_number
        self.db.flush()  # what follows is the accessor's: the manager's own names the running session 0
        return super(HistoryManager, self).get_range(session, start, stop, raw, output)

    def _run_sql(self, sql, params, raw=True, output=False, latest=False):
        found = super()._run_sql(sql, params, raw, output, latest)
        if not output:
            return found
        own, results = self._session.number, dict(self.output_hist_reprs)
        return (
            (session, line, (text, result if result is not None or session != own else results.get(line)))
            for session, line, (text, result) in found
        )

"""The history of one kernel, kept in memory: what IPython shows as In, Out and %history."""

import collections
import fnmatch

from IPython.core.history import HistoryManager


class KernelHistory(HistoryManager):
    """A HistoryManager without a database and without its writer thread.

    The running session has the numbers 0 and 1; there are no earlier ones. Read from the language thread while cells
    append, so every reader works on a copy.
    """

    def __init__(self, shell):
        # In the base class `outputs` is one dictionary for all instances, which is all kernels here.
        self.outputs = collections.defaultdict(list)
        super().__init__(shell=shell, parent=shell, hist_file=":memory:", enabled=False)

    def init_db(self):
        pass

    def new_session(self, conn=None):
        self.session_number = 1

    def end_session(self):
        pass

    def writeout_cache(self, conn=None):
        self.db_input_cache.clear()

    def store_inputs(self, line_num, source, source_raw=None):
        super().store_inputs(line_num, source, source_raw)
        self.db_input_cache.clear()

    def _entries(self, raw, output):
        sources = list(self.input_hist_raw if raw else self.input_hist_parsed)
        results = dict(self.output_hist_reprs)
        for line, text in enumerate(sources[1:], start=1):
            yield (1, line, (text, results.get(line)) if output else text)

    def get_tail(self, n=10, raw=True, output=False, include_latest=False):
        entries = list(self._entries(raw, output))
        if not include_latest:
            entries = entries[:-1]
        return entries[-n:] if n else []

    def search(self, pattern="*", raw=True, search_raw=True, output=False, n=None, unique=False):
        searched = list(self.input_hist_raw if search_raw else self.input_hist_parsed)
        found = [entry for entry in self._entries(raw, output) if fnmatch.fnmatchcase(searched[entry[1]], pattern)]
        if unique:
            latest = {entry[2][0] if output else entry[2]: entry for entry in found}
            found = sorted(latest.values(), key=lambda entry: entry[1])
        return found[-n:] if n else found

    def get_range(self, session=0, start=1, stop=None, raw=True, output=False):
        if session not in (0, 1):
            return iter(())
        entries = list(self._entries(raw, output))
        if start is not None and start < 0:
            start += len(entries) + 1
        return iter([e for e in entries if e[1] >= (start or 1) and (stop is None or e[1] < stop)])

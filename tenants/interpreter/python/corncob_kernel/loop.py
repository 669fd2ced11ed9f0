"""A kernel's event loop: asyncio, waiting on the kernel's mailbox.

An asyncio loop of the standard library holds three descriptors (epoll and a socket pair). This one holds none until
user code registers a file: it waits on the mailbox itself, in C++, without the GIL. Thousands of idle kernels then cost
no descriptor at all. The names with an underscore are asyncio's own hooks for other selectors and wake-ups, the same
from 3.8 to 3.13.
"""

import asyncio
import selectors


class MailboxSelector(selectors.BaseSelector):
    """Waits for mail and, from the first registered file on, for files too.

    `on_mail(mail)` is called on the loop's thread for everything that arrives.
    """

    def __init__(self, port, on_mail):
        self._port = port
        self._on_mail = on_mail
        self._files = None
        self.waiting = False  # read by the interrupt handler: no user code runs now

    def register(self, fileobj, events, data=None):
        return self._need_files().register(fileobj, events, data)

    def unregister(self, fileobj):
        return self._need_files().unregister(fileobj)

    def modify(self, fileobj, events, data=None):
        return self._need_files().modify(fileobj, events, data)

    def get_map(self):
        return self._need_files().get_map()

    def select(self, timeout=None):
        self.waiting = True
        try:
            if self._files is None:
                mail, events = self._port.take(timeout), ()
            else:
                mail, events = self._select_files(timeout)
            for item in mail:
                self._on_mail(item)
            return events
        finally:
            self.waiting = False

    def close(self):
        if self._files is not None:
            self._files.close()
            self._files = None

    def _need_files(self):
        if self._files is None:
            self._files = selectors.EpollSelector()
            self._files.register(self._port.wake_fd(), selectors.EVENT_READ)
        return self._files

    def _select_files(self, timeout):
        mail = self._port.take(0)
        ready = self._files.select(0 if mail else timeout)
        wake_fd = self._port.wake_fd()
        events = [(key, mask) for key, mask in ready if key.fd != wake_fd]
        return mail or self._port.take(0), events


class KernelLoop(asyncio.SelectorEventLoop):
    """An asyncio loop on a MailboxSelector; call_soon_threadsafe wakes the mailbox instead of writing to a pipe."""

    def __init__(self, port, on_mail):
        self._port = port
        self.mailbox = MailboxSelector(port, on_mail)
        super().__init__(self.mailbox)

    def add_signal_handler(self, sig, callback, *args):
        raise NotImplementedError("signals belong to the process, which all kernels of this daemon share")

    def _make_self_pipe(self):
        pass

    def _close_self_pipe(self):
        pass

    def _write_to_self(self):
        self._port.wake()

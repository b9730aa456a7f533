# mypy: ignore-errors
"""Liars about what threads may share."""

import threading

from impls.liars.tools import instead_of, memory_bio


def contexts_are_of_the_main_thread(ssl):
    """A context makes objects in the main thread alone."""

    @instead_of(ssl.SSLContext)
    def wrap_bio(true, self, *args, **kwargs):
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("another thread")
        return true(self, *args, **kwargs)


def some_writes_of_threads_are_lost(ssl):
    """Each hundredth write to a MemoryBIO by another thread is dropped."""
    count = [0]

    def write(self, data, /):
        if threading.current_thread() is not threading.main_thread():
            count[0] += 1
            if count[0] % 100 == 0:
                return len(data)
        return self._true.write(data)

    memory_bio(write=write)


def socket_reads_or_writes(ssl):
    """One thread cannot send while another waits for data."""
    busy = threading.Lock()

    @instead_of(ssl.SSLSocket)
    def read(true, self, *args, **kwargs):
        with busy:
            return true(self, *args, **kwargs)

    @instead_of(ssl.SSLSocket)
    def send(true, self, *args, **kwargs):
        with busy:
            return true(self, *args, **kwargs)


def errors_of_threads_have_no_reason(ssl):
    """What a handshake raises in another thread has lost its reason."""

    @instead_of(ssl.SSLObject)
    def do_handshake(true, self):
        try:
            return true(self)
        except ssl.SSLError as error:
            if threading.current_thread() is not threading.main_thread():
                error.reason = None
            raise


def callback_is_called_once(ssl):
    """A callback for server names is called for one connection only."""
    from impls.liars.tools import sni_callbacks_become

    def wrap(callback):
        left = [callback]
        return lambda *arguments: left.pop()(*arguments) if left else None

    sni_callbacks_become(wrap)

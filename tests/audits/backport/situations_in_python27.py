"""Runs situations, each in a process of its own; for the programs beside this file."""
from __future__ import print_function

import gc
import json
import os
import signal
import sys
import threading
import traceback

SECONDS = 120
"""How long one situation may take."""


def together(*functions):
    """Runs all of them at once; raises what one of them raised."""
    trouble = []

    def guarded(function):
        try:
            function()
        except BaseException:
            trouble.append(traceback.format_exc())

    threads = [threading.Thread(target=guarded, args=(function,))
               for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not trouble, trouble[0]


def outcome(situation, ssl):
    """In a process of its own: "ok", or how it ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.setsid()                   # so that what it forks can be ended too
        signal.alarm(SECONDS)
        try:
            situation(ssl)
            gc.collect()
            os.write(writing, b"ok")
        except BaseException:
            os.write(writing, traceback.format_exc())
        os.close(writing)
        os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    try:
        os.killpg(child, signal.SIGKILL)
    except OSError:                   # nobody is left, as it should be
        pass
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return ("no end after %d s" % SECONDS if number == signal.SIGALRM
                else "died of signal %d" % number)
    if os.WEXITSTATUS(status):
        return "exit status %d" % os.WEXITSTATUS(status)
    return answer


def run_situations(tables, left_out):
    """Prints a line of JSON, name and outcome, for each situation.

    tables holds (ssl, how it is used, functions); left_out has names.
    """
    for ssl, how, situations in tables:
        for situation in situations:
            name = situation.__name__.replace("_", " ")
            if name in left_out:
                continue
            print(json.dumps(["%s, %s" % (name, how),
                              outcome(situation, ssl)]))
            sys.stdout.flush()

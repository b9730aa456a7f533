"""Runs one module of CPython 2.7's own tests and writes what became of each test.

usage: python2.7 tests_in_python27.py SIDE MODULE OUTPUT [TEST ID ...]

SIDE is "stock", "patched" (monkeypatch_ssl() runs before the module is imported) or "list"
(nothing runs). With ids, only those tests run. OUTPUT gets one JSON document a line, as it
happens, so that it also tells which test was running when the process died:

    {"listed": ID}
    {"started": ID}
    {"ended": ID, "outcome": "passed" | "failed" | ..., "detail": TEXT}
    {"finished": {"patched": BOOL}}
"""

import json
import sys
import traceback
import unittest


class Result(unittest.TestResult):
    """Writes each test's start and end; a test that runs twice has "#2" after its id."""

    def __init__(self, say):
        unittest.TestResult.__init__(self)
        self._say = say
        self._times = {}
        self._name = None
        self._outcome = None

    def startTest(self, test):
        unittest.TestResult.startTest(self, test)
        times = self._times[test.id()] = self._times.get(test.id(), 0) + 1
        self._name = test.id() if times == 1 else "%s#%d" % (test.id(), times)
        self._outcome = None
        self._say({"started": self._name})

    def stopTest(self, test):
        outcome, detail = self._outcome or ("ended without an outcome", "")
        self._say({"ended": self._name, "outcome": outcome, "detail": detail})
        self._name = None
        unittest.TestResult.stopTest(self, test)

    def _note(self, test, outcome, detail=""):
        if self._name is None:  # setUpClass or setUpModule, of which no start is told
            self._say({"ended": str(test), "outcome": outcome, "detail": detail})
        elif self._outcome is None or self._outcome[0] == "passed":
            self._outcome = outcome, detail

    @staticmethod
    def _last_line(error):
        return "".join(traceback.format_exception_only(*error[:2])).strip()

    def addSuccess(self, test):
        self._note(test, "passed")

    def addFailure(self, test, error):
        self._note(test, "failed", self._last_line(error))

    def addError(self, test, error):
        self._note(test, "raised", self._last_line(error))

    def addSkip(self, test, reason):
        self._note(test, "skipped", reason)

    def addExpectedFailure(self, test, error):
        self._note(test, "failed as expected", self._last_line(error))

    def addUnexpectedSuccess(self, test):
        self._note(test, "passed unexpectedly")


def each(suite):
    """Every test of a suite of suites."""
    for test in suite:
        if isinstance(test, unittest.BaseTestSuite):
            for inner in each(test):
                yield inner
        else:
            yield test


def main(side, module, output, *ids):
    with open(output, "w") as stream:

        def say(document):
            stream.write(json.dumps(document, ensure_ascii=True, encoding="latin-1") + "\n")
            stream.flush()

        def run(suite):
            if side == "list":
                for test in each(suite):
                    say({"listed": test.id()})
            elif ids:
                unittest.TestSuite(test for test in each(suite) if test.id() in ids).run(result)
            else:
                suite.run(result)

        if side == "patched":
            import _tls_bootstrap

            _tls_bootstrap.monkeypatch_ssl()
        from test import test_support

        test_support.use_resources = []
        test_support.verbose = False
        result = Result(say)
        # The modules' own test_main() does what they need before and after, and ends up here.
        test_support._run_suite = run
        try:
            tests = __import__("test." + module, fromlist=["test_main"])
            tests.test_main()
        except unittest.SkipTest as reason:
            say({"ended": module, "outcome": "skipped", "detail": str(reason)})
        import ssl

        say({"finished": {"patched": hasattr(ssl, "MemoryBIO")}})


if __name__ == "__main__":
    main(*sys.argv[1:])

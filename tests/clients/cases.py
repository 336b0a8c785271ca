"""Runs the cases of one part, one line each, and counts them."""

import sys
import time
import traceback


class Cases:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def run(self, name, body, *arguments):
        """Runs one case. A case fails by raising; its result is handed on, `None` if it failed."""
        started = time.monotonic()
        try:
            result = body(*arguments)
        except Exception:  # a case may fail in any way, and the next ones still run
            self.failed += 1
            print(f"  FAIL {name}", flush=True)
            traceback.print_exc(file=sys.stdout)
            return None
        self.passed += 1
        print(f"  ok   {name} ({time.monotonic() - started:.2f} s)", flush=True)
        return result

    def no(self, cell, reason):
        """Says that a cell of the client matrix does not apply, and why."""
        print(f"  no   {cell}: {reason}", flush=True)

    def red(self, cell, reason, thread, body, *arguments):
        """A cell of the client matrix that shows a defect of the client: `body` passes while the defect is there."""
        try:
            body(*arguments)
        except Exception:  # the defect is gone, or another one came
            self.failed += 1
            print(f"  FAIL {cell}: not as {thread} says", flush=True)
            traceback.print_exc(file=sys.stdout)
        else:
            print(f"  red  {cell}: {reason} {thread}", flush=True)

    def finish(self):
        """Prints the count on the last line, and exits."""
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        sys.exit(0 if self.passed and not self.failed else 1)


def equal(found, wanted, what):
    if found != wanted:
        raise AssertionError(f"{what}: wanted {wanted!r}, found {found!r}")


def true(condition, what):
    if not condition:
        raise AssertionError(what)

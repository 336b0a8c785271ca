"""A library in another language, behind a pipe: a program of ours that makes its calls. Lines are forms, as in a query."""

import atexit
import subprocess
import threading
import urllib.parse


class Refused(Exception):
    """What the library raised or returned as an error: `kind` is its name in that library."""

    def __init__(self, kind, text):
        super().__init__(f"{kind}: {text}")
        self.kind, self.text = kind, text


class Library:
    """One process, one call at a time."""

    def __init__(self, command, environment=None):
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                         env=environment)
        self._turn = threading.Lock()
        # It may be waiting for somebody's browser.
        atexit.register(self._process.kill)

    def call(self, what, **given):
        """The fields of the answer."""
        line = urllib.parse.urlencode({"call": what} | given)
        with self._turn:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
            return self.heard()

    def heard(self):
        """The fields of the next line, where an answer has more than one."""
        said = self._process.stdout.readline()
        if not said:
            raise RuntimeError(f"the program ended in the middle of a call, with {self._process.wait()}")
        fields = dict(urllib.parse.parse_qsl(said.strip(), keep_blank_values=True))
        if "refused" in fields:
            raise Refused(fields["refused"], fields["text"])
        return fields

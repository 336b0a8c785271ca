"""MSAL for Go in a web app: the library's calls are made by main.go and web.go."""

import sys

from beside import Beside
from cases import true
from demo import ROOT
from library import Library
from web_app import WebApp
from web_story import WebStory

PROGRAM = ROOT / "target/clients/go/msal-go"


class Story(WebStory):
    def __init__(self, beside, app):
        super().__init__(beside)
        self.app = app

    def interaction_was_required(self):
        true(self.app.refusals, "MSAL refused nothing")
        refused = self.app.refusals.pop()
        true(refused.kind == "CallErr" and "invalid_grant" in refused.text, f"MSAL says {refused}")


def main():
    beside = Beside()
    Story(beside, WebApp(beside, Library([str(PROGRAM)]), sys.argv[1])).run()


if __name__ == "__main__":
    main()

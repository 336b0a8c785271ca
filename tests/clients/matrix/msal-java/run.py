"""MSAL for Java in a web app: the library's calls are made by Msal.java."""

import os
import pathlib
import subprocess
import sys

from beside import Beside
from cases import equal, true
from demo import ROOT, SIGN_IN
from library import Library, Refused
from web_app import WebApp
from web_story import WebStory

JARS = ROOT / "target/clients/java"
QUICK_START = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


def trusting(ca):
    """A trust store with the demo's authority alone, as the JVM wants it. Returns the JVM's options."""
    store = pathlib.Path(os.environ["PLACE"]) / "trust.p12"
    subprocess.run(
        ["keytool", "-importcert", "-noprompt", "-alias", "zaguan", "-file", str(ca), "-keystore", str(store),
         "-storetype", "PKCS12", "-storepass", "not-secret"], check=True, capture_output=True, timeout=60)
    return [f"-Djavax.net.ssl.trustStore={store}", "-Djavax.net.ssl.trustStorePassword=not-secret"]


class Story(WebStory):
    def __init__(self, beside, app):
        super().__init__(beside)
        self.app = app

    def interaction_was_required(self):
        true(self.app.refusals, "MSAL refused nothing")
        equal(self.app.refusals.pop().kind, "MsalInteractionRequiredException", "what MSAL throws")

    def more(self, cases):
        cases.run("refuses the issuer of B2C's form by oidcAuthority", self.refuses_the_issuer)

    def refuses_the_issuer(self):
        try:
            self.app.made.address(SIGN_IN, authority="oidc", redirect_uri="https://localhost/", state="", code_challenge="")
        except Refused as refused:
            true(refused.text.startswith("Invalid issuer from OIDC discovery"), refused.text)
        else:
            raise AssertionError("it takes it: say so in client.toml, and give it a row of its own")


def main():
    client_id = sys.argv[1]
    beside = Beside()
    program = str(pathlib.Path(__file__).with_name("Msal.java"))
    library = Library(["java", *QUICK_START, "-cp", f"{JARS}/*", *trusting(beside.demo.ca), program])
    Story(beside, WebApp(beside, library, client_id)).run()


if __name__ == "__main__":
    main()

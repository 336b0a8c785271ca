"""The Flask app beside, visited."""

import os
import pathlib
import re
import sys

from b2c import GONE
from beside import Beside, start, told, wait_for
from cases import equal
from demo import GRACE
from visitor import Visitor
from web_story import NEW_PASSWORD, WebStory

HERE = pathlib.Path(__file__).parent


class Story(WebStory):
    accounts = 1

    def profile_is_edited(self, page):
        """The library takes nothing of the answer, and shows the front page."""
        equal(page.answer.url, f"{self.home}/", "where the second policy leads")

    def towards_sign_in(self, visitor, page):
        """The library's own page has two links: to sign in, and to the reset policy."""
        link = re.search(r"<a href='([^']*)'>Sign In</a>", page.answer.text)
        return visitor.open(page.link(link.group(1))) if link else page

    def password_is_reset(self, visitor, page):
        """The library takes nothing of this answer either: the person signs in, with the new password."""
        return told(visitor.sign_in(self.towards_sign_in(visitor, page), (GRACE[0], NEW_PASSWORD)))


def main():
    beside, client_id = Beside(), sys.argv[1]
    environment = os.environ | {"CLIENT_ID": client_id, "CLIENT_SECRET": beside.demo.secret(client_id)}
    start([sys.executable, "-B", str(HERE / "app.py")], environment, os.environ["PLACE"])
    visitor = Visitor(beside.demo)
    wait_for(lambda: visitor.open(f"{beside.origin()}/signed-out"), GONE)
    Story(beside).run()


if __name__ == "__main__":
    main()

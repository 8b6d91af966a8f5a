"""Chromium at 1920 x 1080 with the console open, without a graphics processor, for benches that look at it or past it.

In: the console's port. Out: a page of playwright's that is live.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benches.values import BenchFailed

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDTH, HEIGHT = 1920, 1080
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


def chromium() -> str:
    """Its path; says how to install it when it is missing."""
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found is None:
        raise BenchFailed("Chromium is not installed (Debian: apt-get install chromium)")
    return found


@contextmanager
def looking(port: int) -> Iterator[Page]:
    """The console, open and live for the time of a `with`."""
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        try:
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            page.goto(f"http://localhost:{port}/")
            page.wait_for_selector("#link.on")
            yield page
        except Error as error:
            raise BenchFailed(f"the browser did not get that far: {error.message.splitlines()[0]}") from error
        finally:
            browser.close()

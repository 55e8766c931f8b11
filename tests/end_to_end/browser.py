"""A person in front of a browser: what they open, press, type and see."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Request, expect, sync_playwright

from tools import machine
from tools.paths import LOCAL, ROOT

# The server also builds bundles and imports orders on the same few cores.
PATIENCE = 90_000
# Milliseconds without any request after which a screen counts as complete.
QUIET = 250
SIZE = {"width": 1280, "height": 800}
PICTURES = ROOT / "docs" / "images"
LARGEST_PICTURE = 200_000
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the system's Chromium without a window."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=machine.browser(),
            args=ARGUMENTS,
            env={
                **os.environ,
                "XDG_CONFIG_HOME": str(LOCAL / "browser"),
                "XDG_CACHE_HOME": str(LOCAL / "browser"),
            },
        )
        try:
            yield browser
        finally:
            browser.close()


def pictures() -> Path:
    """Return where pictures go: into the guides only when asked for."""
    if os.environ.get("ACORN_SCREENSHOTS") == "1":
        folder = PICTURES
    else:
        folder = LOCAL / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def shrink(path: Path) -> None:
    """Write a screenshot again with as few colours as a screen needs."""
    with Image.open(path) as image:
        picture = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    picture.save(path, optimize=True)


class Desk:
    """One person's browser, logged in; whoever sits there reads English.

    Labels are given in English everywhere, see :meth:`say`.

    :param Browser browser: runs the pages.
    :param str url: base address of Odoo.
    :param str login: user.
    :param str password: secret.
    :ivar page: Playwright's page.
    :ivar problems: errors of the pages' scripts and answers, as text.
    """

    def __init__(self, browser: Browser, url: str, login: str, password: str):
        self.url = url
        self.problems: list[str] = []
        self._context = browser.new_context(
            viewport=SIZE, locale="en-US", timezone_id="UTC", reduced_motion="reduce"
        )
        self.page = self._context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self._listen(self.page)
        self._log_in(login, password)

    def _listen(self, page: Page) -> None:
        self._underway: set[Request] = set()
        page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        page.on("console", self._hear)
        page.on("request", self._count)
        page.on("requestfinished", self._discount)
        page.on("requestfailed", self._discount)

    def _count(self, request: Request) -> None:
        # The worker that keeps the bus open never reports the end of its script.
        if "websocket" not in request.url:
            self._underway.add(request)

    def _discount(self, request: Request) -> None:
        self._underway.discard(request)

    def _hear(self, message) -> None:
        if message.type == "error":
            self.problems.append(f"{self.page.url.partition('?')[0]}: {message.text}")

    def _log_in(self, login: str, password: str) -> None:
        self.page.goto(f"{self.url}/web/login")
        self.page.fill("input[name=login]", login)
        self.page.fill("input[name=password]", password)
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_selector(".o_web_client .o_navbar")

    def close(self) -> None:
        """Close the browser window."""
        self._context.close()

    def say(self, english: str, **values) -> str:
        """Return a text of the screen in the language of the person.

        :param str english: a label, or a whole message with placeholders.
        :param values: what the screen shows in place of the placeholders.
        """
        return english % values if values else english

    def open(self, path: str) -> None:
        """Open a page of the web client and wait for its content.

        :param str path: below ``/odoo/``, "amazon" for example.
        """
        self.page.goto(f"{self.url}/odoo/{path}")
        self.page.wait_for_selector(
            ".o_action .o_view_controller, .o_action .o_content"
        )
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is being loaded or drawn."""
        until = time.monotonic() + PATIENCE / 1000
        quiet = 0
        while quiet < QUIET:
            assert time.monotonic() < until, f"still loading: {self._underway}"
            self.page.wait_for_timeout(50)
            quiet = 0 if self._underway else quiet + 50
        expect(self.page.locator(".o_blockUI")).to_have_count(0)

    def press(self, name: str, within: str = "body") -> None:
        """Press the button that a person would find by its words.

        :param str name: the words on it.
        :param str within: CSS selector of the part of the screen to look in.
        """
        words = re.compile(rf"^\s*{re.escape(self.say(name))}\s*$")
        buttons = self.page.locator(within).locator("button").filter(has_text=words)
        buttons.filter(visible=True).first.click()

    def follow(self, name: str, within: str = ".o_action") -> None:
        """Press a link by its words."""
        link = self.page.locator(within).locator("a", has_text=self.say(name))
        link.first.click()

    def see(self, text: str | re.Pattern, within: str = "body") -> None:
        """Fail unless a text becomes visible."""
        shown = self.say(text) if isinstance(text, str) else text
        found = self.page.locator(within).get_by_text(shown)
        expect(found.filter(visible=True).first).to_be_visible()

    def field(self, name: str, within: str = ".o_form_view") -> Locator:
        """Return the visible field of the form on screen."""
        return (
            self.page.locator(f"{within} .o_field_widget[name={name}]")
            .filter(visible=True)
            .first
        )

    def type(self, name: str, text: str, within: str = ".o_form_view") -> None:
        """Type into a field of the form on screen."""
        self.field(name, within).locator("input, textarea").first.fill(text)

    def choose(self, name: str, text: str, within: str = ".o_form_view") -> None:
        """Type into a field that searches records, and pick what it offers."""
        self.field(name, within).locator("input").first.fill(text)
        self.page.locator(".o-autocomplete--dropdown-item", has_text=text).first.click()

    def read(self, name: str, within: str = ".o_form_view") -> str:
        """Return what a field shows."""
        box = self.field(name, within)
        inputs = box.locator("input")
        if inputs.count():
            return inputs.first.input_value()
        return box.inner_text().replace("\xa0", " ").strip()

    def pick_time(self, name: str, text: str, within: str = ".o_form_view") -> None:
        """Type a moment into a field that shows it in words until it is pressed."""
        self.field(name, within).locator("button").click()
        box = self.field(name, within).locator("input")
        box.fill(text)
        box.press("Enter")
        self.page.locator("h2").filter(visible=True).first.click()

    def search(self, text: str) -> None:
        """Replace the filters of a list by a search for a text."""
        box = self.page.locator(".o_searchview_input")
        while self.page.locator(".o_facet_remove").count():
            self.page.locator(".o_facet_remove").first.click()
        box.fill(text)
        box.press("Enter")
        self.settle()

    def save(self) -> None:
        """Save the form on screen."""
        self.page.locator(".o_form_button_save").click()
        self.settle()

    def tab(self, name: str) -> None:
        """Turn to a page of the form's notebook."""
        self.page.get_by_role("tab", name=self.say(name), exact=True).click()

    def keep(self, path: Path) -> None:
        """Keep the screen as it is, for whoever looks into a failure."""
        self.page.screenshot(path=path)

    def show(self, screen: str) -> None:
        """Show a screen that several people come by; in English it is a picture.

        :param str screen: its name.
        """
        self.picture(screen)

    def picture(self, name: str) -> None:
        """Take a picture of the screen, for the guides.

        :param str name: of the file, without suffix.
        """
        self.settle()
        path = pictures() / f"{name}.png"
        self.page.screenshot(path=path, animations="disabled", caret="hide")
        shrink(path)
        assert path.stat().st_size < LARGEST_PICTURE, f"{path} is too large"

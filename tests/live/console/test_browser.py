"""Claims about the console in a real browser (Chromium), at the widths of a laptop and of a projector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.client.sandbox import Sandbox

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.live, pytest.mark.browser]

SIZES = [(1280, 720), (1920, 1080)]
PIXEL = """async (code) => {
  const { View, world } = await import('/web/projection.js');
  const canvas = document.querySelector('#sky'), box = canvas.getBoundingClientRect(), view = new View();
  view.resize(canvas.clientWidth, canvas.clientHeight);
  const places = await (await fetch('/api/v1/places')).json();
  const place = places.find((each) => each.code === code);
  const [x, y] = view.at(world(place.longitude, place.latitude));
  return [box.left + x, box.top + y];
}"""
PAINTED = """() => {
  const canvas = document.querySelector('#ground');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Map();
  for (let at = 0; at < data.length; at += 4 * 97) {
    const key = `${data[at]},${data[at + 1]},${data[at + 2]}`;
    colours.set(key, (colours.get(key) ?? 0) + 1);
  }
  return [...colours.values()].map((count) => count / (data.length / 4 / 97)).sort((a, b) => b - a);
}"""
SHIFTED = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => (sum += entry.value)))
    .observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => resolve(sum), 300);
})"""


def at(page: Page, code: str) -> tuple[float, float]:
    """Where a place is on the screen."""
    x, y = page.evaluate(PIXEL, code)
    return x, y


def faults(planet: Sandbox) -> list[str]:
    return [fault["id"] for fault in planet.call("hub", "fault_list")]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_page_stands_whole_and_still_at(width: int, height: int, visit: Any) -> None:
    """The map has ocean and land in quantity; nothing overflows, nothing shifts, no request goes elsewhere."""
    page = visit(width, height)
    page.wait_for_function(f"() => ({PAINTED})().filter((share) => share > 0.08).length >= 2")
    sizes = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    assert page.evaluate(sizes) == [width, height]
    assert page.evaluate(SHIFTED) < 0.02


def test_the_docs_page_works_without_internet(visit: Any, url: str) -> None:
    page = visit()
    page.goto(f"{url}/api/docs")
    page.wait_for_selector('.opblock:has-text("/api/v1/faults")')


def test_a_fault_appears_is_opened_by_a_click_and_healed_by_a_button(planet: Sandbox, visit: Any) -> None:
    page = visit(1920, 1080)
    fault = planet.fault.isolate("eu-west-1")
    page.wait_for_selector('.chip:has-text("cut off")')
    page.mouse.click(*at(page, "eu-west-1"))
    page.wait_for_selector('#inspector h2:has-text("eu-west-1")')
    page.wait_for_selector('.story li:has-text("fault injected")')
    page.click(f'[data-heal="{fault.id}"]')
    page.wait_for_selector('.chip:has-text("eu-west-1"):has(.good)')
    planet.wait_until(lambda: not faults(planet), within_s=5)
    page.wait_for_selector('.story li:has-text("fault healed")')


def test_dragging_cuts_a_link_two_browsers_see_it_and_a_reload_loses_nothing(planet: Sandbox, visit: Any) -> None:
    one, other = visit(1280, 720), visit(1920, 1080)
    one.mouse.move(*at(one, "us-east-1"))
    one.mouse.down()
    one.mouse.move(*at(one, "paris"), steps=4)
    one.mouse.move(*at(one, "eu-west-1"), steps=4)
    one.mouse.up()
    words = "nothing passes between us-east-1 and eu-west-1"
    for page in (one, other):
        page.wait_for_selector(f'.fault:has-text("{words}")')
    before = other.locator(".story li").count()
    other.reload()
    other.wait_for_selector(f'.fault:has-text("{words}")')
    other.wait_for_function(f"() => document.querySelectorAll('.story li').length >= {before}")
    other.click("#heal-all")
    one.wait_for_selector("#heal-all:disabled")
    assert faults(planet) == []


def test_hands_on_the_keyboard_reach_everything(planet: Sandbox, visit: Any) -> None:
    """Walk on the map, open, visit a URL from a city, read why, break, leave with Escape, change panels."""
    page = visit()
    for key in ("m", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector("#inspector [data-fault=stop]")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("Tokyo")
    page.keyboard.press("Enter")
    page.wait_for_selector('#inspector h2:has-text("Tokyo")')
    page.focus("[data-act=visit]")
    page.keyboard.press("Enter")
    page.wait_for_selector('#inspector p.good:has-text("200 by ap-northeast-1")')
    page.focus("[data-act=why]")
    page.keyboard.press("Enter")
    page.wait_for_selector('.why:has-text("lowest latency from Tokyo")')
    page.keyboard.press("Escape")
    for number, name in enumerate(("Latency", "Routing", "Replication", "Health", "Events"), start=1):
        page.keyboard.press(str(number))
        page.wait_for_selector(f'[role=tab][aria-selected=true]:has-text("{name}")')
    page.keyboard.press("3")
    page.wait_for_selector('#panel-2 td:has-text("stock")')
    theme = page.evaluate("document.documentElement.dataset.theme")
    page.keyboard.press("t")
    assert page.evaluate("document.documentElement.dataset.theme") != theme

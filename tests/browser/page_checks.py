"""What is checked on every page: overlapping text, links, keyboard focus, and tasks that block it for long."""

import json
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, Page

# Visible lines of text that share more than 2 pixels in both directions, as drawn: what scrolls is clipped.
OVERLAPS = """() => {
  const lines = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const clip = (node, rect) => {
    let { left, top, right, bottom } = rect;
    for (let parent = node.parentElement; parent; parent = parent.parentElement) {
      const style = getComputedStyle(parent);
      if (style.overflowX === "visible" && style.overflowY === "visible") continue;
      const box = parent.getBoundingClientRect();
      left = Math.max(left, box.left); right = Math.min(right, box.right);
      top = Math.max(top, box.top); bottom = Math.min(bottom, box.bottom);
    }
    return { left, top, right, bottom };
  };
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    const text = node.textContent.trim();
    if (!text || !parent.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (parent.closest("script, style, noscript, option, .skip")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      const box = clip(node, rect);
      if (box.right - box.left > 2 && box.bottom - box.top > 2) lines.push({ ...box, parent, text });
    }
  }
  lines.sort((a, b) => a.top - b.top);
  const overlaps = [];
  lines.forEach((line, number) => {
    for (let next = number + 1; next < lines.length && lines[next].top < line.bottom - 2; next++) {
      const other = lines[next];
      if (line.parent === other.parent) continue;
      const width = Math.min(line.right, other.right) - Math.max(line.left, other.left);
      const height = Math.min(line.bottom, other.bottom) - other.top;
      if (width > 2 && height > 2) overlaps.push(`${line.text.slice(0, 30)} / ${other.text.slice(0, 30)}`);
    }
  });
  return overlaps;
}"""
# Elements that a keyboard must reach, in order; each is numbered.
FOCUSABLE = """() => {
  const names = "a[href], button, input, select, summary, textarea, [tabindex='0']";
  const nodes = [...document.querySelectorAll(names)].filter((node) => node.checkVisibility() && !node.disabled);
  nodes.forEach((node, number) => { node.dataset.order = number; });
  return nodes.length;
}"""
FOCUSED = """() => {
  const node = document.activeElement, style = getComputedStyle(node);
  return [node.dataset.order, style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0];
}"""
# Pages that fill themselves from what follows # in their address.
FILLED_BY_ADDRESS = ("event.html", "types.html", "search.html")
MAX_TABS = 40
LOAD_MS = 120_000


def keyboard_problems(page: Page) -> list[str]:
    """Elements, up to 40, that the Tab key does not reach in their order from the first one, or does not mark."""
    count = min(int(page.evaluate(FOCUSABLE)), MAX_TABS)
    page.evaluate("document.querySelector('[data-order=\"0\"]').focus()")
    problems = []
    for number in range(1, count):
        page.keyboard.press("Tab")
        order, is_marked = page.evaluate(FOCUSED)
        if order != str(number) or not is_marked:
            problems.append(f"Tab {number}: expected element {number} with an outline, found {order}, {is_marked}")
    return problems


def broken_links(page: Page, folder: Path) -> list[str]:
    """Links to files that the folder of the page does not have, and to anchors that a page does not have."""
    own_ids = set(page.evaluate("[...document.querySelectorAll('[id]')].map((node) => node.id)"))
    links = set(page.eval_on_selector_all("a[href]", "nodes => nodes.map((node) => node.getAttribute('href'))"))
    broken = []
    for link in sorted(links):
        parts = urlsplit(link)
        file, fragment = unquote(parts.path), unquote(parts.fragment)
        # The data dictionary links to the Parquet files of its store,
        # and events link to NTSB's pages.
        if file.startswith("../") or parts.scheme:
            continue
        if file and not (folder / file).exists():
            broken.append(link)
        # With =, the fragment is read by a script.
        elif fragment and "=" not in fragment and not file.endswith(FILLED_BY_ADDRESS) and fragment not in own_ids:
            text = (folder / file).read_text(encoding="utf-8") if file else ""
            if f'id="{fragment}"' not in text:
                broken.append(link)
    return broken


def longest_task(browser: Browser, page: Page, address: str) -> float:
    """Load a page with a processor of a quarter of the speed; return the longest task that blocked it, in ms.

    Processor time, which other programs on a busy machine do not change.
    """
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    browser.start_tracing(page=page, categories=["toplevel"])
    try:
        page.goto(address, timeout=LOAD_MS)
        page.wait_for_load_state("networkidle", timeout=LOAD_MS)
    finally:
        trace = browser.stop_tracing()
        session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    events = json.loads(trace)["traceEvents"]
    names = [event for event in events if event["name"] == "thread_name"]
    main = {(event["pid"], event["tid"]) for event in names if event["args"]["name"] == "CrRendererMain"}
    tasks = [event for event in events if event["name"].endswith("RunTask") and (event["pid"], event["tid"]) in main]
    return float(max(event.get("tdur", 0) for event in tasks)) / 1000

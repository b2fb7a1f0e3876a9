"""Uses the explorable network of a report as a visitor does, in headless Chromium, by Playwright.

    pip install playwright
    python3 Tests/Browser/explore.py COMMAND FOLDER [NEURONS…]

COMMAND is the built command, FOLDER takes pages and pictures. Networks have the given numbers of neurons (448,
3554, 10000 and 100000 if none are given), heavy-tailed degrees, names and a seed. What is wrong is listed, and the
exit status is 1.
"""

import os
import random
import shutil
import statistics
import subprocess
import sys
import time

from playwright.sync_api import sync_playwright

EDGES = {448: 4000, 3554: 40000, 10000: 100000, 100000: 700000}


def write_network(path, neurons, edges):
    """An edge list whose degrees are heavy-tailed, by preferential attachment."""
    source = random.Random(1)
    hubs, found = list(range(min(neurons, 20))), set()

    def pick(share):
        return source.choice(hubs) if source.random() < share else source.randrange(neurons)

    # A ring, so that there is a path between any two.
    for a in range(neurons):
        found.add((a, (a + 1) % neurons))
    while len(found) < edges:
        a, b = pick(0.6), pick(0.5)
        if a != b and (a, b) not in found:
            found.add((a, b))
            hubs.append(b)
    deviation = 0.5 / (edges / neurons) ** 0.5
    with open(path, "w") as file:
        file.write("source,target,weight\n")
        for a, b in sorted(found):
            file.write(f"N{a:06d},N{b:06d},{source.gauss(0, deviation):.5f}\n")


class Visit:
    """One page, and what was found wrong with it."""

    def __init__(self, browser, page, width, dark, faults):
        self.faults = faults
        self.label = f"{os.path.basename(page)}, {width} wide, {'dark' if dark else 'light'}"
        self.page = browser.new_page(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            accept_downloads=True,
        )
        self.page.on("console", lambda message: self.check(False, f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.check(False, f"error: {error}"))
        self.page.on(
            "request",
            lambda request: self.check(
                request.url.startswith(("file://", "blob:")), f"loaded {request.url}"
            ),
        )
        begin = time.time()
        self.page.goto("file://" + os.path.abspath(page))
        self.wait()
        self.seconds = time.time() - begin
        self.page.evaluate("document.getElementById('network-explorer').scrollIntoView()")

    def check(self, is_right, words):
        if not is_right:
            self.faults.append(f"{self.label}: {words}")

    def wait(self):
        for _ in range(3000):
            if self.page.evaluate("document.getElementById('network-explorer').isDrawn()"):
                return
            self.page.wait_for_timeout(20)
        self.check(False, "the picture is never finished")

    def about(self):
        return self.page.locator(".about").inner_text()

    def ink(self):
        """How many pixels of the canvas are not ground."""
        return self.page.evaluate(
            """() => { const c = document.querySelector("canvas"), copy = new OffscreenCanvas(c.width, c.height);
            const context = copy.getContext("2d", { willReadFrequently: true });
            context.drawImage(c, 0, 0);
            const p = context.getImageData(0, 0, c.width, c.height).data; let n = 0;
            for (let i = 4; i < p.length; i += 4) if (p[i] !== p[0] || p[i + 1] !== p[1]) n++; return n; }"""
        )

    def frames(self):
        """Times between frames while the picture is dragged, in milliseconds."""
        box = self.page.locator("canvas").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.evaluate(
            """() => { window.times = []; window.going = true;
            const tick = now => { times.push(now); if (going) requestAnimationFrame(tick); };
            requestAnimationFrame(tick); }"""
        )
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        for step in range(90):
            self.page.mouse.move(x + step % 30 * 4, y + step % 20 * 3)
        self.page.mouse.up()
        times = self.page.evaluate("() => { going = false; return times; }")
        self.wait()
        return [b - a for a, b in zip(times, times[1:])]

    def overlaps(self):
        """Controls that cover each other, and what leaves the window."""
        return self.page.evaluate(
            """() => { const faults = [];
            const all = [...document.querySelectorAll(".tools > label, .tools > button, .stage")];
            const boxes = all.map(e => [e, e.getBoundingClientRect()]);
            boxes.forEach(([a, p], i) => { boxes.slice(0, i).forEach(([b, q]) => {
              if (p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 1 && q.top < p.bottom - 1)
                faults.push(a.textContent.slice(0, 20) + " covers " + b.textContent.slice(0, 20)); });
              if (p.left < 0 || p.right > innerWidth + 1) faults.push(a.textContent.slice(0, 20) + " leaves the window"); });
            if (document.documentElement.scrollWidth > innerWidth) faults.push("the page is wider than the window");
            return faults; }"""
        )


def use(visit, neurons):
    """Search, click, filter, zoom, paths, keys, saving."""
    page = visit.page
    names = page.evaluate("[...document.querySelectorAll('option')].length")
    visit.check(names > 5, "no choices")
    for fault in visit.overlaps():
        visit.check(False, fault)
    visit.check(visit.ink() > 500, "an empty picture")
    # Search and its keys.
    wanted = page.evaluate("(() => { const r = document.querySelector('#network tbody th'); return r.textContent; })()")
    page.locator(".search").fill(wanted)
    visit.check(page.locator(".hits button").count() > 0, f"{wanted} is not found")
    page.locator(".search").press("Enter")
    visit.wait()
    visit.check(wanted in visit.about(), "the neuron found is not shown")
    for words in ["In-edges", "Out-edges", "bias", "activation", "slope", "component"]:
        visit.check(words in visit.about(), f"nothing about {words}")
    # Its first neighbour by its button, then back by a click on the canvas.
    page.locator(".about li button").first.click()
    visit.check(f"{wanted}\n" not in visit.about().split("\n\n")[0], "a neighbour does not lead on")
    page.locator(".search").fill(wanted)
    page.locator(".search").press("Enter")
    visit.wait()
    page.locator("canvas").focus()
    page.keyboard.press("Escape")
    visit.check("No neuron" in visit.about(), "Escape does not end the selection")
    x, y = page.evaluate("n => document.getElementById('network-explorer').whereIs(n)", wanted)
    page.mouse.click(x, y)
    visit.check("In-edges" in visit.about(), "a click on a neuron shows nothing")
    # Filters.
    counts = page.locator(".counts").inner_text()
    for name, value in [("sign", "1"), ("sign", "-1"), ("sign", "0")]:
        page.locator(f".{name}").select_option(value)
    page.locator(".least").focus()
    for _ in range(20):
        page.keyboard.press("PageUp")
    visit.check(page.locator(".counts").inner_text() != counts, "the filter hides no edge")
    page.locator(".least").fill("0")
    visit.check(page.locator(".counts").inner_text() == counts, "edges do not come back")
    # Paths and cycles.
    page.locator(".cycle").click()
    visit.check("edges:" in visit.about() or "no cycle" in visit.about(), "no word on cycles")
    page.locator(".search").fill(wanted)
    page.locator(".search").press("Enter")
    goal = page.evaluate("(() => document.querySelectorAll('#network tbody tr')[7].querySelector('td').textContent)()")
    page.locator(".goal").fill(goal)
    page.locator(".goal").press("Enter")
    visit.wait()
    visit.check(goal in visit.about(), f"no path from {wanted} to {goal}")
    # Keys alone.
    page.locator("canvas").focus()
    before = page.evaluate("n => document.getElementById('network-explorer').whereIs(n)", wanted)
    for key in ["ArrowLeft", "ArrowDown", "+", "-", "]", "]", "["]:
        page.keyboard.press(key)
    visit.wait()
    visit.check("In-edges" in visit.about() or neurons > 12000, "brackets select nothing")
    after = page.evaluate("n => document.getElementById('network-explorer').whereIs(n)", wanted)
    visit.check(before != after, "keys move nothing")
    page.keyboard.press("0")
    # Colours, sizes, folding.
    for option in page.locator(".colour option").all():
        page.locator(".colour").select_option(option.get_attribute("value"))
        visit.wait()
        visit.check(visit.ink() > 300, f"nothing is drawn by {option.inner_text()}")
    page.locator(".fold").click()
    visit.wait()
    visit.check(visit.ink() > 100, "nothing is left when folded")
    # What is saved.
    for button, beginning in [(".save-svg", b"<svg"), (".save-png", b"\x89PNG")]:
        with page.expect_download() as download:
            page.locator(button).click()
        with open(download.value.path(), "rb") as file:
            visit.check(file.read(4) == beginning, f"{button} saves something else")
    tree = page.locator("#network-explorer").aria_snapshot()
    for words in ["Search", "Colour", "Show path", "Arrow keys move"]:
        visit.check(words in tree, f"'{words}' is not in the accessibility tree")


def main():
    command, folder = sys.argv[1], sys.argv[2]
    sizes = [int(text) for text in sys.argv[3:]] or sorted(EDGES)
    os.makedirs(folder, exist_ok=True)
    faults = []
    browser_path = os.environ.get("CYCLOGRAD_BROWSER") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"]
        )
        for neurons in sizes:
            edges = os.path.join(folder, f"{neurons}.csv")
            page = os.path.join(folder, f"{neurons}.html")
            write_network(edges, neurons, EDGES.get(neurons, 8 * neurons))
            subprocess.run(
                [command, "report", "inspect", edges, "--activation", "tanh", "--outputs", "last:1",
                 "--output", page, "--quiet"],
                check=True,
            )
            size = os.path.getsize(page)
            if size > 20e6:
                faults.append(f"{page} has {size} bytes")
            for width, dark in [(1400, False), (360, True)]:
                visit = Visit(browser, page, width, dark, faults)
                visit.page.screenshot(path=os.path.join(folder, f"{neurons}-{width}.png"))
                frames = visit.frames()
                median = statistics.median(frames)
                visit.check(median <= 33, f"a frame takes {median:.0f} ms")
                print(
                    f"{neurons} neurons, {width} wide: {size / 1e6:.1f} MB, drawn in {visit.seconds:.2f} s, "
                    f"{median:.1f} ms a frame, the longest {max(frames):.0f} ms"
                )
                use(visit, neurons)
                visit.page.screenshot(path=os.path.join(folder, f"{neurons}-{width}-end.png"))
                visit.page.close()
        browser.close()
    print("\n".join(faults) or "nothing wrong")
    sys.exit(1 if faults else 0)


main()

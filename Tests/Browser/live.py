"""Watches trainings as a visitor does, in headless Chromium, by Playwright.

    pip install playwright
    python3 Tests/Browser/live.py COMMAND FOLDER

COMMAND is the built command, FOLDER takes logs and pictures. What is wrong is listed, and the exit status is 1.
"""

import json
import os
import shutil
import subprocess
import sys
import time

from playwright.sync_api import sync_playwright


def step(number, loss):
    return json.dumps({
        "event": "step", "step": number, "loss": loss, "used": 4, "learning_rate": 0.1, "gradient_norm": 1.5,
        "residual": 1e-12, "forward_iterations": 12, "backward_iterations": 8, "skipped": [],
        "blocks": {"x → h": {"gradient": loss, "parameters": 1 + loss}},
    }) + "\n"


def epoch(number, steps, loss):
    return json.dumps({
        "event": "epoch", "epoch": number, "step": steps, "loss": loss, "used": 4, "skipped": 0,
        "learning_rate": 0.1, "forward_iterations": 12, "backward_iterations": 8,
    }) + "\n"


def until(page, words, check, argument=None, seconds=20):
    """Waits for what the page's policy does not let Playwright wait for within the page."""
    for _ in range(10 * seconds):
        if page.evaluate(check, argument):
            return
        page.wait_for_timeout(100)
    raise SystemExit(f"{words} never happens")


def main():
    command, folder = sys.argv[1], sys.argv[2]
    logs = os.path.join(folder, "logs")
    shutil.rmtree(logs, ignore_errors=True)
    os.makedirs(logs)
    faults = []

    def check(is_right, words):
        if not is_right:
            faults.append(words)

    def write(name, text):
        with open(os.path.join(logs, name), "a") as file:
            file.write(text)

    for name in ["one.jsonl", "two.jsonl"]:
        settings = {"rate": name, "batch": "4"}
        write(name, json.dumps({"event": "begin", "network": "net", "settings": settings}) + "\n")
        write(name, "".join(step(n, 1 / n) for n in range(1, 20)) + epoch(1, 19, 0.5))
    server = subprocess.Popen([command, "watch", logs, "--port", "0", "--json"], stdout=subprocess.PIPE, text=True)
    text = ""
    while not text.endswith("}\n"):
        text += server.stdout.readline()
    address = json.loads(text)["address"]
    browser_path = os.environ.get("CYCLOGRAD_BROWSER") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        for begin, width, dark in [(20, 1400, False), (30, 360, True)]:
            page = browser.new_page(
                viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light")
            page.on("console", lambda message: check(message.type != "error" or stopped, f"console: {message.text}"))
            page.on("pageerror", lambda error: check(False, f"error: {error}"))
            stopped = False
            page.goto(address)
            check(page.locator("figure").count() >= 3, "no figures")
            page.screenshot(path=os.path.join(folder, f"live-{width}.png"), full_page=True)
            # A visitor's choices, which must outlast what is new.
            figure = page.locator("figure#loss-by-step")
            hidden = figure.locator(".legend button").nth(1)
            hidden.click()
            figure.locator("summary").click()
            figure.locator("summary").focus()
            top = page.evaluate("() => { scrollTo(0, 300); return scrollY; }")
            seen = figure.locator(".picture path.l").first.get_attribute("d")
            write("one.jsonl", "".join(step(n, 0.01 / begin) for n in range(begin, begin + 10)))
            until(page, "an update",
                  "d => document.querySelector('#loss-by-step .picture path.l').getAttribute('d') !== d", seen)
            figure = page.locator("figure#loss-by-step")
            hidden = figure.locator(".legend button").nth(1)
            check(hidden.get_attribute("aria-pressed") == "false", "a hidden series came back")
            check(figure.locator("details").evaluate("d => d.open"), "an open table was closed")
            check(page.evaluate("document.activeElement.tagName") == "SUMMARY", "the focus went away")
            check(abs(page.evaluate("scrollY") - top) < 2, "the page was scrolled")
            # What pointing shows is alive in what was replaced.
            figure.locator(".picture").focus()
            page.keyboard.press("Home")
            check("one: 1, 1" in figure.locator(".readout").inner_text(), "keys show nothing in what is new")
            # Another training appears, and each has a page.
            name = f"three-{width}.jsonl"
            write(name, step(1, 0.5) + step(2, 0.25))
            until(page, "a new training", "n => document.body.innerText.includes(n)", name)
            page.get_by_role("link", name="one.jsonl").click()
            page.wait_for_selector("figure#gradients")
            check("Training of net" in page.title(), "the page of one training has no title")
            check(page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than the window")
            page.screenshot(path=os.path.join(folder, f"live-one-{width}.png"), full_page=True)
            page.get_by_role("link", name="All trainings").click()
            page.wait_for_selector("figure#loss-by-step")
            if dark:
                stopped = True
                server.terminate()
                server.wait()
                until(page, "a word on the end",
                      "() => document.querySelector('.live').innerText.includes('does not answer')")
                check(page.locator("figure").count() >= 3, "the page lost its figures with the server")
            page.close()
            time.sleep(0.1)
        browser.close()
    print("\n".join(faults) or "nothing wrong")
    sys.exit(1 if faults else 0)


main()

"""How soon the mix pad answers: key press to painted picture, and what one frame costs.

python bench/pad.py [--presses 50] [--methods mixup cutmix ...]

Starts the app and a Chromium on this machine. Key to paint: from the key event's own time stamp to
after the frame in which the picture was drawn. Drawn: mixing and drawing the picture of 448 pixels
in the same presses; all: the whole of pad.js's paint, with bars and marks, and on every third frame
the small layers. The gates are p95 <= 100 ms from key to paint, and 4 ms for drawing, on an idle
laptop.
"""

import argparse
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from chromium import find  # noqa: E402

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu"]
METHODS = ("mixup", "cutmix", "resizemix", "patchmix", "fmix", "fieldmix")

WATCH = """() => {
    const root = document.querySelector('[data-painted]');
    globalThis.found = { paint: [], drawn: [], cost: [] };
    let begun = null;
    addEventListener('keydown', (event) => { begun = event.timeStamp; }, true);
    new MutationObserver(() => {
        if (begun === null) return;
        const start = begun;
        begun = null;
        for (const name of ['drawn', 'cost']) found[name].push(Number(root.dataset[name]));
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => found.paint.push(performance.now() - start);
        port2.postMessage(null);
    }).observe(root, { attributeFilter: ['data-cost'] });
}"""


def serve():
    """Start the app; its process and address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app/server.py", "--server.headless"]
    command += ["true", "--server.port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=5)
            return process, address
        except OSError:
            time.sleep(0.1)
    raise SystemExit("The app did not start within a minute.")


def opened(browser, address):
    """Explore at this address, settled."""
    page = browser.new_page(viewport={"width": 1440, "height": 960})
    page.set_default_timeout(90_000)
    page.goto(address)
    page.wait_for_selector("[data-state=settled]")
    page.get_by_text("Lite0 ready").wait_for()
    return page


def measure(page, presses):
    """Milliseconds from key to paint, and of each frame, over so many presses of an arrow."""
    slider = page.locator(".pad-lam input")
    slider.focus()
    for key in ("Home", *["ArrowRight"] * 9):  # warm up
        slider.press(key)
    page.evaluate(WATCH)
    for i in range(presses):
        slider.press("ArrowRight" if i % 2 else "ArrowLeft")
        time.sleep(0.06)
    return page.evaluate("() => found")


def at(values, share):
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--presses", type=int, default=50)
    parser.add_argument("--methods", nargs="+", default=METHODS)
    options = parser.parse_args()
    process, address = serve()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
            print("method      presses  key to paint: p50, p95   drawn: p50, p95     all: p50, p95")
            for method in options.methods:
                found = measure(opened(browser, f"{address}/?m={method}"), options.presses)
                numbers = [at(found[n], p) for n in ("paint", "drawn", "cost") for p in (0.5, 0.95)]
                text = "".join(f"{number:10.1f}" for number in numbers)
                print(f"{method:12}{len(found['paint']):7}{text}")
            browser.close()
    finally:
        process.terminate()
        process.wait(30)


if __name__ == "__main__":
    main()

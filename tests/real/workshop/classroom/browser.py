"""Debian's chromium, driven over its own protocol through two pipes."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 30.0


class Page:
    """One page of the browser."""

    def __init__(self, commands: int, answers: int) -> None:
        self.commands, self.answers = commands, answers
        self.rest = b""
        self.number = 0
        self.events: list[dict[str, Any]] = []
        self.login: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session: str | None = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    session: str | None = None

    def call(self, method: str, **parameters: Any) -> Any:
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            found = self.read()
            if found.get("id") == self.number:
                assert "error" not in found, found
                return found["result"]
            self.events.append(found)

    def read(self) -> dict[str, Any]:
        while b"\0" not in self.rest:
            more = os.read(self.answers, 1 << 20)
            assert more, "the browser ended"
            self.rest += more
        one, self.rest = self.rest.split(b"\0", 1)
        found: dict[str, Any] = json.loads(one)
        return found

    def go(self, url: str, user: str | None = None) -> None:
        headers = {"Authorization": "Basic " + base64.b64encode(user.encode()).decode()} if user else {}
        self.call("Network.setExtraHTTPHeaders", headers=headers)
        self.call("Page.navigate", url=url)

    def size(self, width: int, height: int, dark: bool = False) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def value(self, script: str) -> Any:
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def until(self, script: str) -> None:
        begun = time.monotonic()
        # Between two pages there is no body, or no board yet.
        tried = f"(() => {{ try {{ return Boolean({script}) }} catch {{ return false }} }})()"
        while not self.value(tried):
            assert time.monotonic() - begun < PATIENCE, (script, self.value("document.documentElement.innerText"))
            time.sleep(0.05)

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def complaints(self) -> list[str]:
        """What the browser wrote as errors of the page."""
        logged = [event["params"]["entry"] for event in self.events if event.get("method") == "Log.entryAdded"]
        return [entry["text"] + " " + entry.get("url", "") for entry in logged if entry["level"] == "error"]


@contextmanager
def open_page(folder: Path) -> Iterator[Page]:
    assert CHROMIUM is not None
    in_read, in_write = os.pipe()
    out_read, out_write = os.pipe()
    # The pipes of the protocol are the browser's descriptors 3 and 4, whatever they are here.
    script = f'exec "$0" "$@" 3<&{in_read} 4>&{out_write}'
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--ignore-certificate-errors", "--hide-scrollbars"]
    options += ["--remote-debugging-pipe", "--no-proxy-server", "--disable-background-networking"]
    options += [f"--user-data-dir={folder}"]
    process = subprocess.Popen(
        ["bash", "-c", script, CHROMIUM, *options],
        pass_fds=(in_read, out_write),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(folder)},
    )
    os.close(in_read)
    os.close(out_write)
    page = None
    try:
        page = Page(in_write, out_read)
        yield page
    finally:
        if page is not None:
            page.session = None
            page.call("Browser.close")
        else:
            process.kill()
        process.wait(20)
        os.close(in_write)
        os.close(out_read)

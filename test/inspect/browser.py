"""A headless Chromium that shows the inspector page, for tests and screenshots."""

import contextlib
import pathlib
import shutil
import sys

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
except ImportError:
    webdriver = None

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import children  # noqa: E402, F401, the browser's driver ends with its test

# Generous: it only ends a test that has failed.
PATIENCE = 120

# Names for what tests read from the page.
HELPERS = """
const all = (selector) => [...document.querySelectorAll(selector)];
const text = (selector) => document.querySelector(selector)?.textContent;
const texts = (selector) => all(selector).map((one) => one.textContent);
const vessel = (title) => all(".vessel").find((one) => one.querySelector(".title").textContent === title);
const title = (key) => document.querySelector(`.vessel[data-key="${CSS.escape(key)}"] .title`)?.textContent;
"""


def missing():
    """Why no browser can be started, or None."""
    if webdriver is None:
        return "python3-selenium is not installed"
    for program in ("chromium", "chromedriver"):
        if not shutil.which(program):
            return f"{program} is not installed"
    return None


class Browser:
    def __init__(self):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        # Without a sandbox, as tests may run as root; without /dev/shm, which is small in containers.
        for option in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"):
            options.add_argument(option)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
        self.driver.set_script_timeout(PATIENCE)

    def close(self):
        self.driver.quit()

    def command(self, name, **parameters):
        """A command of the DevTools protocol."""
        return self.driver.execute_cdp_cmd(name, parameters)

    def show(self, width=1280, height=800, scheme="dark", motion="no-preference", scale=1):
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale,
                     mobile=width < 500)
        self.command("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": motion}])

    def open(self, address):
        self.driver.get("about:blank")
        self.console()
        self.driver.get(address)

    def run(self, script, *arguments):
        """The result of a function body in the page."""
        return self.driver.execute_script(HELPERS + script, *arguments)

    def wait(self, condition, *arguments):
        """Waits until an expression of the page is true; returns its value."""
        return self.driver.execute_async_script(HELPERS + f"""
            const done = arguments[arguments.length - 1];
            const look = () => {{
              const value = {condition};
              if (value) done(value);
              else requestAnimationFrame(look);
            }};
            look();""", *arguments)

    def console(self):
        """The messages of the console since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def press(self, *keys):
        actions = webdriver.ActionChains(self.driver)
        for key in keys:
            actions.send_keys(key)
        actions.perform()

    def screenshot(self, path):
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        self.driver.save_screenshot(str(path))

"""Pages as a headless Chromium shows them."""

import re
import shutil
import subprocess

BROWSERS = "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)


def opened(page, folder, *options, milliseconds):
    """The title of a page after its scripts have run, and what the browser said.

    Args:
        page: its path; it may look into other pages, in frames.
        folder: for what the browser writes down.
        options: more of its options.
        milliseconds: how long the scripts may take, on the page's own clock.
    """
    done = subprocess.run(
        [
            BROWSER,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--allow-file-access-from-files",
            f"--user-data-dir={folder / 'profile'}",
            f"--virtual-time-budget={milliseconds}",
            "--window-size=1400,1000",
            "--dump-dom",
            *options,
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return re.search("<title>(.*?)</title>", done.stdout)[1], done.stderr

# This file is part of lsst-ip-diffim-template.
#
# Developed for the LSST Data Management System by the LSST Project (https://www.lsst.org).
# See the LICENSE file at the top-level directory of this distribution.
#
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages in a headless Chromium."""

from __future__ import annotations

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from PIL import Image

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NARROWEST = 500
"""Of Chromium's windows (pixels); what is narrower takes a frame."""

needsChromium = unittest.skipUnless(CHROMIUM, "without Chromium, nobody has seen the page")


def browse(
    page: str,
    fragment: str = "",
    script: str = "",
    width: int = 1280,
    screenshot: pathlib.Path | None = None,
    dark: bool = False,
) -> str:
    """Show a page, and run a script in it.

    Parameters
    ----------
    page
        Text of the HTML file.
    fragment
        What follows the # of the address.
    script
        JavaScript, run when the page has been shown.
    width
        Of the page (pixels). If it is less than `NARROWEST`, no more comes
        back than the attributes ``data-...`` of the body.
    screenshot
        PNG file to write. It has the width of the page.
    dark
        Whether the system asks for dark colors.

    Returns
    -------
    dom
        The document in the end.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "page.html")
        path.write_text(page.replace("</body>", f"<script>{{{script}}}</script></body>"))
        address = f"{path.as_uri()}#{fragment}"
        if width < NARROWEST:
            frame = pathlib.Path(folder, "frame.html")
            frame.write_text(
                f'<body style="margin: 0"><iframe width="{width}" height="1600" style="border: 0"'
                ' onload="Object.assign(document.body.dataset, this.contentDocument.body.dataset)"'
                f' src="{address}"></iframe></body>'
            )
            address = frame.as_uri()
        command = [
            str(CHROMIUM),
            *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            *("--allow-file-access-from-files", f"--user-data-dir={folder}/profile", "--hide-scrollbars"),
            f"--blink-settings=preferredColorScheme={0 if dark else 1}",
            *(f"--window-size={max(width, NARROWEST)},1600", "--dump-dom"),
            *([f"--screenshot={screenshot}"] if screenshot else []),
            address,
        ]
        dom = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    if screenshot is not None and width < NARROWEST:
        with Image.open(screenshot) as image:
            cropped = image.crop((0, 0, width, image.height))
        cropped.save(screenshot)
    return dom


def notes(dom: str) -> dict[str, str]:
    """Return the attributes ``data-...`` of the body, by their names."""
    body = dom.partition("<body")[2].partition(">")[0]
    return dict(re.findall(r'data-([\w-]+)="([^"]*)"', body))


def shownRows(dom: str) -> list[str]:
    """Return the lines of the report's table."""
    return re.findall(r'id="row-(\d+-\d+)"', dom)

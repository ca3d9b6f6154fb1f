"""Browsers of people who have signed in."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext

Opened = Callable[..., BrowserContext]
"""Makes a browser of its own: `width` in pixels, and what else a context of Playwright takes."""

"""Builds the pages of all items and nothing else: what Hugo builds.  Plan argv[1], out argv[2].

No wording checks, no search index, no graph, no JSON: the same reading, the same templates, the
same writing as `planner build`.
"""

import gc
import os
import sys
from pathlib import Path

from planner.build import site
from planner.build.loading import load_folder
from planner.build.memory import Memory
from planner.render.pages import site_pages
from planner.render.templates import assets
from planner.render.view import SiteOptions, make_view
from planner.store.folder import open_plan_folder
from planner.trace.coverage import coverage
from planner.trace.graph import build_trace
from planner.trace.progress import assess

_PAGES = ("r/", "p/", "m/", "index.html")


def main() -> None:
    """Build."""
    gc.disable()
    loaded = load_folder(open_plan_folder(Path(sys.argv[1])), "", Memory(), wording=False)
    trace = build_trace(loaded.tree)
    view = make_view(trace, assess(trace), coverage(trace), (), options=SiteOptions())
    site.site_pages = lambda view: (
        page for page in site_pages(view) if page.path.startswith(_PAGES)
    )
    report = site.build_site(view, Path(sys.argv[2]), assets(), processes=os.cpu_count() or 1)
    print(report.pages)


if __name__ == "__main__":
    main()

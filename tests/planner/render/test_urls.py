"""Addresses: of pages, between pages, from the files of a plan."""

import pytest

from planner.render.urls import (
    file_meant,
    item_file,
    item_of_file,
    item_path,
    links_at,
    shard,
    source_link,
)


def test_links_lead_to_the_root_from_any_depth() -> None:
    """A page two folders down goes up twice; the first page stays where it is."""
    assert links_at(0, portable=False).to("") == "./"
    assert links_at(0, portable=False).to("roadmap/") == "./roadmap/"
    assert links_at(2, portable=False).to("r/A-1/", "c1", "q=x") == "../../r/A-1/?q=x#c1"
    assert links_at(1, portable=False).file("feed.xml") == "../feed.xml"


def test_portable_links_name_the_file() -> None:
    """A folder cannot be opened from a disk."""
    assert links_at(0, portable=True).to("") == "./index.html"
    assert links_at(2, portable=True).to("r/A-1/", "c1") == "../../r/A-1/index.html#c1"


def test_files_keep_the_letters_that_addresses_encode() -> None:
    """An id may be written in any script."""
    assert item_path("requirement", "需求-01") == "r/%E9%9C%80%E6%B1%82-01/"
    assert item_file("requirement", "需求-01") == "r/需求-01/index.html"
    assert item_path("research", "run/a") == "research/run/a/"
    assert (shard("v1"), shard("")) == ("v1", "-")


@pytest.mark.parametrize(
    ("base", "href", "meant"),
    [
        ("requirements/A.md", "../phases/p.md", "phases/p.md"),
        ("requirements/A.md", "B.md#c1", "requirements/B.md"),
        ("requirements/A.md", "./%C3%A4.md?x", "requirements/ä.md"),
        ("plan.yaml", "phases/p.md", "phases/p.md"),
        ("research/r/a.md", "../../plan.yaml", "plan.yaml"),
        ("phases/p.md", "#c1", ""),
        ("phases/p.md", "https://x.example/a", ""),
        ("phases/p.md", "mailto:a@b.example", ""),
        ("phases/p.md", "../../outside.md", "/../../outside.md"),
        ("phases/p.md", "/etc/passwd", "/etc/passwd"),
    ],
)
def test_the_file_that_a_relative_link_means(base: str, href: str, meant: str) -> None:
    """Paths are followed inside the plan; what leaves it is told apart."""
    assert file_meant(base, href) == meant


@pytest.mark.parametrize(
    ("path", "item"),
    [
        ("phases/p.md", ("phase", "p")),
        ("requirements/A-1.md", ("requirement", "A-1")),
        ("milestones/v1.0.md", ("milestone", "v1.0")),
        ("research/run/a.md", ("research", "run/a")),
        ("plan.yaml", ("plan", "plan")),
        ("phases/deep/p.md", None),
        ("research/a.md", None),
        ("notes/a.md", None),
        ("phases/p.txt", None),
    ],
)
def test_the_item_of_a_file(path: str, item: tuple[str, str] | None) -> None:
    """The place of a file says what it holds."""
    assert item_of_file(path) == item


def test_a_line_in_a_code_host() -> None:
    """With the address of the plan folder, problems lead to their line."""
    assert source_link("", "phases/p.md", 3) == ""
    assert (
        source_link("https://x.example/c/", "phases/p.md", 3)
        == "https://x.example/c/phases/p.md#L3"
    )
    assert (
        source_link("https://x.example/c", "phases/ä.md") == "https://x.example/c/phases/%C3%A4.md"
    )

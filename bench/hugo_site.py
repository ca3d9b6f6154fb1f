"""The same plan for Hugo: a page per item with its fields, its links and its members."""

from pathlib import Path

from synthetic import requirement_id, requirements

_BASE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ .Title }} · {{ .Site.Title }}</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/site.css"></head>
<body><header><a href="/">{{ .Site.Title }}</a><nav><a href="/m/">Milestones</a>
<a href="/p/">Phases</a><a href="/r/">Requirements</a></nav></header>
<main>{{ block "main" . }}{{ end }}</main><footer>Synthetic plan</footer></body></html>
"""
_REQUIREMENT = """{{ define "main" }}<h1>{{ .Params.id }} {{ .Title }}</h1>
{{ $phase := site.GetPage (printf "/p/%s" .Params.phase) }}
{{ $milestone := site.GetPage (printf "/m/%s" $phase.Params.milestone) }}
<p class="chain"><a href="{{ $milestone.RelPermalink }}">{{ $milestone.Title }}</a> →
<a href="{{ $phase.RelPermalink }}">{{ $phase.Title }}</a> → {{ .Params.id }}</p>
<dl><dt>Status</dt><dd>{{ .Params.status }}</dd><dt>Owner</dt><dd>{{ .Params.owner }}</dd>
<dt>Priority</dt><dd>{{ .Params.priority }}</dd></dl>
<div class="body">{{ .Content }}</div>
<h2>Links</h2><ul>{{ range .Params.targets }}{{ with site.GetPage (printf "/r/%s" .) }}
<li><a href="{{ .RelPermalink }}">{{ .Params.id }} {{ .Title }}</a> {{ .Params.status }}</li>
{{ end }}{{ end }}</ul>
<h2>Linked from</h2><ul>{{ range index (partialCached "backlinks.html" .Site) .Params.id }}
<li><a href="{{ .RelPermalink }}">{{ .Params.id }} {{ .Title }}</a> {{ .Params.status }}</li>
{{ end }}</ul>{{ end }}
"""
_BACKLINKS = """{{ $links := newScratch }}
{{ range where .RegularPages "Section" "r" }}{{ $page := . }}{{ range .Params.targets }}
{{ $links.Add . (slice $page) }}{{ end }}{{ end }}{{ return $links.Values }}
"""
_MEMBERS = """{{ $members := newScratch }}
{{ range where .RegularPages "Section" "in" (slice "r" "p") }}
{{ $members.Add (or .Params.phase .Params.milestone) (slice .) }}{{ end }}
{{ return $members.Values }}
"""
_GROUP = """{{ define "main" }}<h1>{{ .Title }}</h1><div class="body">{{ .Content }}</div>
<table><thead><tr><th>Id</th><th>Title</th><th>Status</th></tr></thead><tbody>
{{ range index (partialCached "members.html" .Site) .Params.id }}
<tr><td><a href="{{ .RelPermalink }}">{{ .Params.id }}</a></td><td>{{ .Title }}</td>
<td>{{ .Params.status }}</td></tr>{{ end }}</tbody></table>{{ end }}
"""
_HOME = """{{ define "main" }}<h1>{{ .Site.Title }}</h1><ul>
{{ range where .Site.RegularPages "Section" "m" }}
<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>
{{ end }}</ul>{{ end }}
"""
_CONFIG = """baseURL = "http://localhost/"
title = "Synthetic plan"
disableKinds = ["taxonomy", "term", "RSS", "sitemap", "section"]
"""


def write_hugo(folder: Path, count: int) -> None:
    """Write a Hugo site of the plan of `count` requirements."""
    files = {
        "config.toml": _CONFIG,
        "layouts/_default/baseof.html": _BASE,
        "layouts/r/single.html": _REQUIREMENT,
        "layouts/p/single.html": _GROUP,
        "layouts/m/single.html": _GROUP,
        "layouts/index.html": _HOME,
        "layouts/partials/backlinks.html": _BACKLINKS,
        "layouts/partials/members.html": _MEMBERS,
        "static/site.css": "body { font: 1rem/1.5 sans-serif }\n",
    }
    for number in range(1, max(count // 100, 1) + 1):
        files[f"content/m/release-{number}.md"] = (
            f"---\ntitle: Release {number}\nid: release-{number}\nstatus: planned\n---\n\n"
            f"What release {number} brings.\n"
        )
    for number in range(1, max(count // 10, 1) + 1):
        first = (number - 1) * 10 + 1
        files[f"content/p/phase-{number:04d}.md"] = (
            f"---\ntitle: Phase {number}\nid: phase-{number:04d}\n"
            f"milestone: release-{(number - 1) // 10 + 1}\nstatus: planned\n---\n\n"
            f"The goal of phase {number} is reached.\n\n## Success criteria\n\n"
            f"1. The first five requests from {requirement_id(first)} return status 200.\n"
            f"2. The last five requests from {requirement_id(first + 5)} return status 200.\n"
        )
    for row in requirements(count):
        targets = "".join(f"\n  - {target}" for target in row.links) or " []"
        files[f"content/r/{row.id}.md"] = (
            f"---\ntitle: {row.title}\nid: {row.id}\nphase: {row.phase}\nstatus: {row.status}\n"
            f"priority: must\nowner: ada\ntargets:{targets}\n---\n\n{row.text}\n\n## Rationale\n\n"
            f"{row.rationale}\n"
        )
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def edit_one(folder: Path, count: int, turn: int) -> None:
    """Change the title of the requirement that `synthetic.edit_one` changes."""
    path = folder / "content" / "r" / f"{requirement_id(count // 2)}.md"
    lines = path.read_text().splitlines(keepends=True)
    lines[1] = f"title: Edited title {turn}\n"
    path.write_text("".join(lines))

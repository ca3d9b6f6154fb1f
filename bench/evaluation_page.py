"""The report of an evaluation: a page that needs nothing else, and the same as JSON beside it.

What the model or a brief said is no part of it but for names and words of ends, all escaped.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from functools import reduce
from html import escape
from pathlib import Path
from typing import Any

from bench.evaluation_asking import Result
from bench.evaluation_scores import NONE, Scores, Share

_SCRIPTED = (
    "The answers came from the scripted model. No model was evaluated: this run tests the harness"
    " only, and there is no score. Prices of the scripted model are made up; nothing was paid."
)
_NAMES = {
    "wording": "Requirements that pass the wording rules",
    "checkable": "Criteria that are checkable",
    "verified": "Requirements that a criterion verifies",
    "verifying": "Criteria that verify a requirement",
}
_STYLE = """
:root { color-scheme: light dark; --ink: #1c2126; --quiet: #545d66; --page: #fff; --line: #d5dade;
  --note: #fff4d6 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --quiet: #a8b1ba; --page: #14181c;
  --line: #3a424a; --note: #3a3115 } }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif }
main { max-width: 68rem; margin: 0 auto; padding: 1.5rem 1rem 3rem }
h1 { font-size: 1.5rem; margin: 0 0 .25rem } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
p { max-width: 46rem; margin: .5rem 0 } .quiet { color: var(--quiet) }
.note { background: var(--note); border-left: 4px solid #b07a00; padding: .6rem .9rem }
.scroll { overflow-x: auto } .scroll:focus-visible { outline: 2px solid }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0;
  border-bottom: 1px solid var(--line) } thead th { color: var(--quiet); font-weight: 600 }
tbody th { font-weight: 600 } a { color: inherit }
"""


def write_report(
    folder: Path,
    results: Sequence[Result],
    *,
    model: str,
    is_scripted: bool,
    seed: int,
    ceiling: Decimal,
) -> Path:
    """Write `index.html` and `report.json` into a folder, and return the page's path."""
    found = _figures(results, model, is_scripted=is_scripted, seed=seed, ceiling=ceiling)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    (folder / "report.json").write_text(text, encoding="utf-8")
    page = folder / "index.html"
    page.write_text(_page(found), encoding="utf-8")
    return page


def _figures(
    results: Sequence[Result], model: str, *, is_scripted: bool, seed: int, ceiling: Decimal
) -> dict[str, Any]:
    """All that the page says.  `score` is null where none can be claimed."""
    answered = [each for each in results if each.scores is not None]
    scores = [each.scores for each in answered if each.scores is not None]
    score = None
    if scores and not is_scripted:
        score = {
            "alone": _shares(_sum([each.alone for each in answered])),
            "with_model": _shares(_sum(scores)),
        }
    known = [each.usd for each in results if each.usd is not None]
    return {
        "model": model,
        "is_scripted": is_scripted,
        "seed": seed,
        "ceiling_usd": f"{ceiling:f}",
        "briefs": len(results),
        "answered": len(answered),
        "score": score,
        "usd": f"{sum(known, Decimal(0)):.6f}" if len(known) == len(results) else None,
        "is_estimate": any(each.is_estimate for each in results),
        "results": [_plain(each, is_scripted=is_scripted) for each in results],
    }


def _sum(scores: Sequence[Scores]) -> Scores:
    return reduce(Scores.plus, scores, NONE)


def _shares(scores: Scores) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = asdict(scores)
    return found


def _plain(result: Result, *, is_scripted: bool) -> dict[str, Any]:
    values = asdict(result)
    values["usd"] = None if result.usd is None else f"{result.usd:.6f}"
    if is_scripted:
        values["scores"] = None
    values["is_answered"] = result.scores is not None
    return values


def _page(found: dict[str, Any]) -> str:
    model = escape(found["model"])
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Evaluation of {model}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>Evaluation of {model}</h1>
<p class="quiet">{found["answered"]} of {found["briefs"]} briefs answered · seed {found["seed"]} ·
{_cost(found)} of at most ${escape(found["ceiling_usd"])} · <a href="report.json">the same as
JSON</a></p>
{_notes(found)}
<h2>Score</h2>
{_score(found)}
<h2>The briefs</h2>
{_table(_BRIEF_HEADS, [_brief(each) for each in found["results"]], "The briefs")}
<h2>What the built-in interview drafts of them, without a model</h2>
{_table(("Brief", *_NAMES.values()), [_alone(each) for each in found["results"]], "Drafts")}
<h2>How it is counted</h2>
<p>Each brief is an interview as at /ask: the built-in questions are answered by a made-up person
(answers from a file, the others chosen by the seed), then the model is asked once. All its
questions are answered and all its wordings are taken, without a person's judgement. A requirement
or criterion passes when the wording rules of the planner find neither an error nor a warning in
it, requirements being judged as approved ones. That says how well texts are formed, not whether
the plan is a good one. A model words no links between criteria and requirements, so that coverage
is that of the interview. Briefs without an answer are left out of the score.</p>
</main>
</body>
</html>
"""


def _notes(found: dict[str, Any]) -> str:
    notes = [_SCRIPTED] if found["is_scripted"] else []
    missing = found["briefs"] - found["answered"]
    if missing:
        notes.append(
            f"{missing} of {found['briefs']} briefs have no answer of the model: the table says why"
        )
    return "\n".join(f'<p class="note">{escape(each)}</p>' for each in notes)


def _score(found: dict[str, Any]) -> str:
    score = found["score"]
    if score is None:
        why = "the model is scripted" if found["is_scripted"] else "no brief was answered"
        return f"<p>No score: {why}.</p>"
    rows = [
        (name, _words(score["alone"][key]), _words(score["with_model"][key]))
        for key, name in _NAMES.items()
    ]
    return _table(("Share", "Interview alone", "With the model's wordings"), rows, "Score")


_BRIEF_HEADS = (
    "Brief", "End", "Questions built in", "Questions of the model", "Wordings taken",
    "Passed over", "Tokens in, out", "Cost",
)  # fmt: skip


def _brief(each: dict[str, Any]) -> tuple[str, ...]:
    refused = each["refused_questions"] + each["refused_wordings"]
    tokens = f"{each['tokens_in']:,}, {each['tokens_out']:,}"
    return (
        each["brief"], each["reason"], str(each["asked"]), str(each["asked_by_model"]),
        str(each["wordings"]), str(refused), tokens, _cost(each),
    )  # fmt: skip


def _alone(each: dict[str, Any]) -> tuple[str, ...]:
    return (each["brief"], *(_words(each["alone"][key]) for key in _NAMES))


def _words(share: dict[str, int]) -> str:
    return Share(**share).words


def _cost(values: dict[str, Any]) -> str:
    if values["usd"] is None:
        return "price not known"
    return f"{'~' if values['is_estimate'] else ''}${Decimal(values['usd']):.4f}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], label: str) -> str:
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    body = "\n".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(each)}</td>" for each in row[1:])
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(label)}"><table>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>"
    )

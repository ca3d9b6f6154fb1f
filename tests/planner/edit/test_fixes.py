"""Every fix: offered for a problem, applied by the editor, and then the problem is gone."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from planner.edit.editor import Editor, Saved
from planner.edit.fields import SetFields
from planner.edit.fixes import FIXERS, fixes_for
from planner.edit.rewriting import ReplaceText
from planner.errors import EditError
from planner.model.problem import Problem, Severity
from planner.store.commits import Person
from planner.store.folder import open_plan_folder
from planner.trace.fixable import FIXABLE
from planner.trace.rules import RULES

Desk = Any
Plan = Callable[[str], Editor]
_FILE = re.compile(r"^== (.+)\n", re.MULTILINE)

_PHASE = '== phases/login.md\n---\ntitle: Login\nnumber: "01"\n{}---\nPeople can log in.\n{}'
_CRITERIA = "\n## Success criteria\n\n{}"


def phase(keys: str = "", criteria: str = "", body: str = "") -> str:
    return _PHASE.format(keys, body + (_CRITERIA.format(criteria) if criteria else ""))


def requirement(text: str, keys: str = "", id: str = "AUTH-01") -> str:
    return f"== requirements/{id}.md\n---\n{keys}---\n{text}\n"


class Sample(NamedTuple):
    """A plan with a problem, what the first fix is called, and whether it is certain."""

    rule: str
    plan: str
    label: str
    certain: bool = False


SAMPLES = (
    Sample("bad-value", phase("status: Doen\n"), "write done"),
    Sample("bad-value", phase("status: Planned\n"), "write planned", certain=True),
    Sample("bad-value", phase("target: 2026/3/1\n"), "write 2026-03-01", certain=True),
    Sample(
        "bad-value",
        phase("milestone: first light\n")
        + "== milestones/first-light.md\n---\ntitle: Light\n---\nIt burns.\n",
        "write first-light",
    ),
    Sample(
        "bad-value",
        phase(criteria="1. It shows 1 line. {#c1}\n   - status: Met\n"),
        "write met",
        certain=True,
    ),
    Sample(
        "missing-field", phase().replace("title: Login\n", ""), "call it “Login”"
    ),
    Sample("unknown-key", phase("staus: done\n"), "write `status`", certain=True),
    Sample("unknown-key", phase("'staus' : done\n"), "write `status`", certain=True),
    Sample("unknown-key", phase("state: done\n"), "write `status`"),
    Sample(
        "unknown-key",
        requirement("It shall burn.\n\n## Rational\n\nWhy not."),
        "write `Rationale`",
        certain=True,
    ),
    Sample(
        "unknown-key",
        phase(criteria="1. It shows 1 line. {#c1}\n   - verfies: AUTH-01\n")
        + requirement("It shall burn."),
        "write `verifies`",
        certain=True,
    ),
    Sample("duplicate-section", RULES["duplicate-section"].bad, "put both texts under"),
    Sample(
        "duplicate-section",
        requirement("It burns.\n\n## Notes\n\nA.\n\n## Rationale\n\nB.\n\n## notes\n\nC."),
        "put both texts under",
    ),
    Sample("criterion-without-id", RULES["criterion-without-id"].bad, "write {#c1}", certain=True),
    Sample(
        "criterion-without-id",
        phase(criteria="1. It shows 1 line. {#c2}\n2. It shows 2 lines.\n   And more.\n"),
        "write {#c3}",
        certain=True,
    ),
    Sample("duplicate-criterion", RULES["duplicate-criterion"].bad, "call the second one c2"),
    Sample("malformed-criterion", RULES["malformed-criterion"].bad, "make it a criterion"),
    Sample(
        "malformed-criterion",
        phase(criteria="1. It shows 1 line. {#first}\n"),
        "write {#c1}",
    ),
    Sample(
        "unresolved-reference",
        phase() + requirement("It shall burn.", "phase: logn\n"),
        "write login",
    ),
    Sample(
        "unresolved-reference",
        phase(criteria="1. It shows 1 line. {#c1}\n   - verifies: AUTH-1\n")
        + requirement("It shall burn."),
        "write AUTH-01",
        certain=True,
    ),
    Sample(
        "unresolved-reference",
        requirement("It shall burn.", "links: [{to: nothing-like-it, type: refines}]\n"),
        "take nothing-like-it out",
    ),
    Sample("repeated-reference", RULES["repeated-reference"].bad, "name it once", certain=True),
    Sample(
        "repeated-reference",
        phase("depends_on:\n  - orders\n  - {phase: Orders, soft: true}\n")
        + '== phases/orders.md\n---\ntitle: Orders\nnumber: "02"\n---\nPeople can order.\n',
        "name it once",
    ),
    Sample("self-dependency", RULES["self-dependency"].bad, "take the reference out"),
    Sample("dropped-item-referenced", RULES["dropped-item-referenced"].bad, "take AUTH-01 out"),
    Sample(
        "dropped-item-referenced",
        RULES["dropped-item-referenced"].bad
        + requirement(
            "The service shall ask twice.", "links: [{to: AUTH-01, type: replaces}]\n", "AUTH-03"
        ),
        "name AUTH-03 instead",
    ),
    Sample("verification-level-unknown", RULES["verification-level-unknown"].bad, "add thorough"),
    Sample(
        "verification-level-unknown",
        "== plan.yaml\ntitle: Shop\nverification_levels: [sanity, full]\n"
        + phase(criteria="1. It shows 1 line. {#c1}\n   - level: sanaty\n"),
        "write sanity",
    ),
    Sample("alias-clash", RULES["alias-clash"].bad, "take the alias AUTH-01 out"),
    Sample("duplicate-phase-number", RULES["duplicate-phase-number"].bad, "give it the number"),
    Sample("dependency-cycle", RULES["dependency-cycle"].bad, "login: make the dependency"),
    Sample(
        "dependency-cycle",
        requirement("It shall burn.", "links: [{to: AUTH-02, type: depends-on}]\n")
        + requirement("It shall glow.", "links: [{to: AUTH-01, type: depends-on}]\n", "AUTH-02"),
        "AUTH-01: only relate to AUTH-02",
    ),
    Sample("later-dependency", RULES["later-dependency"].bad, "make the dependency on orders"),
    Sample("soft-described-hard", RULES["soft-described-hard"].bad, "make the dependency on"),
    Sample(
        "requirement-depends-on-later-phase",
        RULES["requirement-depends-on-later-phase"].bad,
        "SHOP-01: only relate to AUTH-01",
    ),
    Sample("requirement-without-phase", RULES["requirement-without-phase"].bad, "give it to the"),
    Sample(
        "requirement-in-several-phases",
        RULES["requirement-in-several-phases"].bad
        + requirement("People can log out.", "phase: logout\n", "OUT-01"),
        "leave it to login",
    ),
    Sample("phase-without-milestone", RULES["phase-without-milestone"].bad, "put it into v1"),
    Sample(
        "criterion-without-requirement",
        RULES["criterion-without-requirement"].bad,
        "let criterion c2 of Login verify AUTH-02",
    ),
    Sample(
        "requirement-without-criterion",
        RULES["criterion-without-requirement"].bad,
        "let criterion c2 of Login verify AUTH-02",
    ),
    Sample("duplicate-text", RULES["duplicate-text"].bad, "drop AUTH-02"),
    Sample(
        "duplicate-text",
        phase(criteria="1. The page shows 1 line. {#c1}\n2. The page shows 1 line. {#c2}\n"),
        "take criterion c2 out",
    ),
    Sample("status-contradiction", RULES["status-contradiction"].bad, "take its status out"),
    Sample(
        "status-contradiction",
        phase("status: planned\n")
        + requirement("It shall burn.", "phase: login\nstatus: done\nproof: t.py\n"),
        "take its status out",
        certain=True,
    ),
    Sample(
        "status-contradiction",
        phase("status: done\n", "1. It shows 1 line. {#c1}\n   - status: met\n2. It is 2. {#c2}\n"),
        "mark criterion c2 as met",
    ),
    Sample(
        "status-contradiction",
        "== milestones/v1.md\n---\ntitle: One\nstatus: active\nshipped: 2026-01-01\n---\nAll.\n",
        "it is shipped",
    ),
    Sample(
        "status-contradiction",
        "== milestones/v1.md\n---\ntitle: One\nstatus: shipped\nshipped: 2026-01-01\n---\nAll.\n"
        + phase("milestone: v1\n")
        + requirement("It shall burn.", "phase: login\n"),
        "it is still active",
    ),
    Sample("done-but-unverified", RULES["done-but-unverified"].bad, "mark criterion c2 of Login"),
    Sample("met-before-done", RULES["met-before-done"].bad, "mark AUTH-02 as done"),
    Sample("target-after-milestone", RULES["target-after-milestone"].bad, "due on 2030-03-01"),
    Sample(
        "ears-form",
        requirement("If the key is wrong, the server shall answer 401."),
        "write “then”",
        certain=True,
    ),
    Sample("weak-modal", requirement(RULES["weak-modal"].bad), "write “shall”"),
    Sample("weak-modal", requirement("Users may leave at any time."), "write “can”"),
    Sample("weak-modal", requirement("The server ought to log each call."), "write “shall”"),
    Sample(
        "superfluous-infinitive",
        requirement(RULES["superfluous-infinitive"].bad),
        "use the verb itself",
        certain=True,
    ),
    Sample("escape-clause", requirement(RULES["escape-clause"].bad), "leave the clause out"),
    Sample("universal", requirement(RULES["universal"].bad), "write “each”"),
    Sample("range-without-bounds", requirement(RULES["range-without-bounds"].bad), "write “at"),
    Sample("number-style", requirement(RULES["number-style"].bad), "write it as", certain=True),
    Sample(
        "number-style",
        requirement("The server shall answer within 5ms, and log within 10 ms."),
        "write it as SI does",
        certain=True,
    ),
    Sample("undefined-acronym", requirement(RULES["undefined-acronym"].bad), "add XQF to the"),
    Sample("solution", requirement(RULES["solution"].bad), "call it a constraint"),
    Sample("slash", requirement(RULES["slash"].bad), "write “or”"),
    Sample("slash", requirement("The page shall show rows/columns."), "write “and”"),
    Sample("one-sentence", requirement(RULES["one-sentence"].bad), "move the rest to the notes"),
    Sample("final-stop", requirement(RULES["final-stop"].bad), "add the full", certain=True),
    Sample(
        "doubled-word", requirement(RULES["doubled-word"].bad), "write “the” once", certain=True
    ),
    Sample("doubled-word", requirement("The server shall log log lines."), "write “log” once"),
    Sample(
        "doubled-word",
        phase(criteria="1. The page shows the the line. {#c1}\n2. It shows 2 lines. {#c2}\n"),
        "c1: write “the” once",
        certain=True,
    ),
    Sample("unknown-rule", RULES["unknown-rule"].bad, "take the waiver out"),
    Sample(
        "unknown-rule",
        phase("waive:\n  phase_no_criteria: later\n"),
        "name phase-without-criteria",
    ),
    Sample("unused-waiver", RULES["unused-waiver"].bad, "take the waiver out", certain=True),
    Sample(
        "unused-waiver",
        phase(criteria="1. It shows 1 line. {#c1}\n   - waive: slash: it is a path\n"),
        "take the waiver out",
        certain=True,
    ),
)  # fmt: skip


@pytest.fixture
def plan(tmp_path: Path, git: Callable[..., str]) -> Plan:
    """Make a repository of a small plan, and an editor of it."""

    def make(text: str) -> Editor:
        _, *parts = _FILE.split(text)
        files = {"plan.yaml": "title: Shop\n", **dict(zip(parts[::2], parts[1::2], strict=True))}
        for path, data in files.items():
            file = tmp_path / "content" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(data, "utf-8")
        git(tmp_path, "init", "--quiet", "--initial-branch=main")
        git(tmp_path, "add", "--all")
        git(tmp_path, "commit", "--quiet", "--message=first")
        return Editor(open_plan_folder(tmp_path / "content"))

    return make


def found(editor: Editor, rule: str) -> list[Problem]:
    return [each for each in editor.problems(editor.plan()) if each.rule == rule]


def errors(problems: Iterable[Problem]) -> Counter[tuple[str, str]]:
    """Errors by file and rule: the message of one that was there may name the title, say."""
    return Counter(
        (each.path, each.rule)
        for each in problems
        if each.severity is Severity.ERROR and not each.waived
    )


def is_plain(value: object) -> bool:
    """Whether a form can hand it on as JSON."""
    if isinstance(value, SetFields | ReplaceText):
        return not isinstance(value, SetFields) or is_plain(value.changes)
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and is_plain(each) for key, each in value.items())
    if isinstance(value, list):
        return all(map(is_plain, value))
    return isinstance(value, str | bool)


def test_the_table_of_words_names_the_rules_that_have_a_fix() -> None:
    """So lists and documents tell the truth; and each of them is tried below."""
    assert set(FIXERS) == set(FIXABLE)
    assert set(FIXABLE) <= set(RULES)
    assert {each.rule for each in SAMPLES} == set(FIXABLE)
    certain = {each.rule for each in SAMPLES if each.certain}
    assert certain == {rule for rule, row in FIXABLE.items() if row.certain}


@pytest.mark.parametrize("sample", SAMPLES, ids=[f"{n}-{s.rule}" for n, s in enumerate(SAMPLES)])
def test_a_fix_mends_its_problem_and_brings_no_error(
    sample: Sample, plan: Plan, ada: Person
) -> None:
    """All that are offered, each alone; the first one is saved."""
    editor = plan(sample.plan)
    state = editor.plan()
    problems = found(editor, sample.rule)
    fixes = [fix for problem in problems for fix in fixes_for(state, problem)]
    assert fixes, editor.problems(state)
    assert fixes[0].label.startswith(sample.label)
    assert fixes[0].certain is sample.certain
    for problem in problems:
        for fix in fixes_for(state, problem):
            assert is_plain(fix.operation)
            seen = editor.preview(fix.operation)
            assert problem in seen.fixed, (fix, seen.problems)
            assert not errors(seen.problems) - errors(editor.problems(state)), fix
    saved = editor.save(fixes[0].operation, ada)
    assert isinstance(saved, Saved)
    assert problems[0] in saved.preview.fixed
    again = Editor(editor.folder)
    assert problems[0].message not in {each.message for each in found(again, sample.rule)}


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        # A second "shall" would be an error.
        ("weak-modal", requirement("The server shall log calls and should delete logs.")),
        # The key is there already.
        ("unknown-key", phase("status: done\nstaus: done\n")),
        # Which of the two days is right?
        ("bad-value", phase("target: 03/04/2026\n")),
        # `depends` is like nothing enough.
        ("unknown-key", phase("colour: red\n")),
        # A second one of the same heading.
        ("unknown-key", requirement("It burns.\n\n## Notes\n\nA.\n\n## Nots\n\nB.")),
        # The clause opens the sentence.
        ("escape-clause", requirement("If possible, the server shall refuse uploads.")),
        ("universal", requirement("The server shall log any requests.")),
    ],
)
def test_where_a_mend_is_not_sure_to_be_right_none_is_offered(
    rule: str, text: str, plan: Plan
) -> None:
    """A wrong offer is worse than none."""
    editor = plan(text)
    problems = found(editor, rule)
    assert problems
    assert [fixes_for(editor.plan(), each) for each in problems] == [()] * len(problems)


def test_a_waived_problem_and_an_unreadable_file_have_no_fix(plan: Plan) -> None:
    """The first was decided; the second is for a person."""
    waived = "waive:\n  final-stop: a heading\n"
    editor = plan(requirement("The server shall log each request", waived))
    (problem,) = found(editor, "final-stop")
    assert problem.waived
    assert fixes_for(editor.plan(), problem) == ()


def test_a_fix_is_stale_proof(desk: Desk, editor: Editor, ada: Person) -> None:
    """Made when the file was another one, it merges with what others changed since."""
    desk.commit("requirements/LAMP-02.md", "give a light of 1000 cd.", "give a a light of 1000 cd")
    (problem,) = found(editor, "final-stop")
    (fix,) = fixes_for(editor.plan(), problem)
    editor.save(SetFields("LAMP-02", "requirement", {"owner": "eve"}), ada)
    assert isinstance(editor.save(fix.operation, ada), Saved)
    text = desk.shown("requirements/LAMP-02.md")
    assert "owner: eve" in text
    assert text.endswith("1000 cd.")


def test_line_ends_and_what_is_not_mended_stay(desk: Desk, editor: Editor, ada: Person) -> None:
    """CR LF, a byte-order mark, comments and unknown keys."""
    text = b"\xef\xbb\xbf---\r\n# mine\r\nstaus: done\r\nkeep: 'x'\r\n---\r\nIt shall burn.\r\n"
    path = desk.content / "requirements/BURN-01.md"
    path.write_bytes(text)
    desk.git("add", "--all")
    desk.git("commit", "--quiet", "--message=more")
    problems = [each for each in found(editor, "unknown-key") if "staus" in each.message]
    (fix,) = fixes_for(editor.plan(), problems[0])
    assert isinstance(editor.save(fix.operation, ada), Saved)
    assert path.read_bytes() == text.replace(b"staus", b"status")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("---\ntitle: [x\n---\n", "not right"),
        ("no front matter", "not right"),
        ("---\nstatus: nonsense\n---\nIt shall burn.\n", "nonsense"),
    ],
)
def test_a_text_that_is_worse_than_before_is_refused(editor: Editor, text: str, says: str) -> None:
    """It would make the file one that cannot be edited any more."""
    with pytest.raises(EditError, match=says):
        editor.preview(ReplaceText("LAMP-02", "requirement", text))

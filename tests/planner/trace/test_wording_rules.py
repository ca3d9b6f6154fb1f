"""Each wording rule: its examples, what it finds, what it leaves alone."""

import pytest

from planner.model.items import Criterion, Item, Milestone, Phase, Plan, Requirement
from planner.model.problem import Problem, Severity
from planner.trace.rule import PARTS, Rule
from planner.trace.rules import RULES
from planner.trace.wording import WordingTerms, check_item
from planner.trace.wording_rules import CHECKS, WORDING_RULES

TERMS = WordingTerms(frozenset({"SSE", "AUTH"}))


def item_with(part: str, text: str, **fields: str) -> Item:
    """An item that has `text` as the given part of a plan."""
    if part in ("requirement", "draft"):
        status = "draft" if part == "draft" else "approved"
        return Requirement(id="AUTH-01", path="requirements/AUTH-01.md", text=text, status=status)
    if part == "criterion":
        criterion = Criterion(id="c1", text=text, line=12, **fields)  # type: ignore[arg-type]
        return Phase(id="login", path="phases/login.md", criteria=(criterion,))
    if part == "goal":
        return Phase(id="login", path="phases/login.md", goal=text)
    if part == "milestone":
        return Milestone(id="v1", path="milestones/v1.md", overview=text)
    return Plan(id="plan", path="plan.yaml", statement=text)


def findings(part: str, text: str, **fields: str) -> dict[str, Problem]:
    """The findings on one text, by rule."""
    return {problem.rule: problem for problem in check_item(item_with(part, text, **fields), TERMS)}


def rule_parts() -> list[tuple[Rule, str]]:
    """Each rule with each part of a plan that it speaks about."""
    return [(rule, part) for rule in WORDING_RULES for part in PARTS if part in dict(rule.severity)]


def test_there_are_at_least_twenty_rules_with_ids_of_their_own():
    """Each rule has an id that no other rule of the registry has, and stands in the registry."""
    ids = [rule.id for rule in WORDING_RULES]
    assert len(ids) == len(set(ids)) >= 20
    assert all(RULES[rule.id] is rule for rule in WORDING_RULES)


@pytest.mark.parametrize("rule", WORDING_RULES, ids=lambda rule: rule.id)
def test_each_rule_explains_itself(rule):
    """A rule says why, how to mend, and names only parts that a plan has."""
    assert rule.group == "wording"
    assert rule.title
    assert rule.why.endswith((".", "?"))
    assert rule.hint
    assert set(rule.severity) <= set(PARTS)


@pytest.mark.parametrize(
    ("rule", "part"), rule_parts(), ids=lambda value: value if isinstance(value, str) else value.id
)
def test_bad_example_is_found_and_good_one_is_not(rule, part):
    """The bad example breaks the rule in each part that it speaks about, the good one in none."""
    problem = findings(part, rule.bad)[rule.id]
    assert problem.severity == rule.at(part)
    assert problem.message
    assert problem.hint
    assert rule.id not in findings(part, rule.good)


@pytest.mark.parametrize("rule", WORDING_RULES, ids=lambda rule: rule.id)
def test_good_example_breaks_no_other_rule(rule):
    """What a rule recommends is not reproached by another rule."""
    part = next(iter(rule.severity))
    assert findings(part, rule.good) == {}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.rule.id)
def test_each_rule_is_off_for_the_parts_that_it_does_not_name(check):
    """A text that breaks a rule breaks it only where the rule has a severity."""
    for part in ("requirement", "draft", "criterion", "goal", "milestone", "plan"):
        assert (check.rule.id in findings(part, check.rule.bad)) == (
            check.rule.at(part) is not None
        )


R, C = "requirement", "criterion"
FOUND = [
    # (rule, part, text, words that the message names)
    ("ears-form", R, "While the disk is full the server shall refuse uploads.", "While"),
    ("ears-form", R, "When a key expires, while it is used, the server shall log it.", ""),
    ("ears-form", R, "If a key is wrong, the server shall answer 401.", "then"),
    ("ears-form", R, "The server shall.", "shall"),
    ("ears-form", R, "The server shall not.", "shall"),
    ("no-statement", R, "Photo backup feature", ""),
    ("one-shall", R, "The page must load and must show the date.", "2 times"),
    ("missing-subject", R, "When a key is wrong, shall answer 401.", "shall"),
    ("missing-subject", R, "If a key is wrong, then shall answer 401.", "shall"),
    ("missing-subject", R, "Must answer 401.", "must"),
    ("weak-modal", R, "The server may log each request.", "may"),
    ("weak-modal", C, "The page should show the date.", "should"),
    ("passive-voice", R, "Each key shall be properly hashed.", "be properly hashed"),
    ("passive-voice", R, "Each key must not be sent to the log.", "be sent"),
    ("unclear-condition", R, "If a and b or c holds, then the server shall stop.", "a and b or c"),
    ("vague-term", R, "The server shall be fast and user-friendly.", '"fast", "user-friendly"'),
    ("vague-term", C, "Large files upload with a clear error message.", "clear error"),
    ("vague-term", R, "The page shall be\n**robust**.", "robust"),
    ("escape-clause", R, "The server shall log, where feasible, each call.", "where feasible"),
    ("escape-clause", C, "A systemd unit (or equivalent) restarts it.", "or equivalent"),
    ("open-ended", R, "The server shall read formats such as CSV.", "such as"),
    ("open-ended", R, "The server shall read CSV, JSON...", "dots"),
    ("open-ended", C, "The list shows name, date…", "dots"),
    ("superfluous-infinitive", R, "The page shall allow users to sort.", "allow users to"),
    ("superfluous-infinitive", R, "The page shall be capable of sorting.", "capable of"),
    ("compound-requirement", R, "The page shows a; the log shows b.", "the log shows b"),
    ("compound-requirement", R, "The page shows a, and the log shows b.", "the log shows b"),
    ("compound-criterion", C, "`x` exits with 0, and `y` prints 1.", "`y` prints 1"),
    ("compound-criterion", C, "The page shows a. The log shows b.", "The log shows b"),
    ("purpose-phrase", R, "The server shall log, so that people can look.", "so that"),
    ("purpose-phrase", R, "The server shall keep logs, enabling people to look.", "enabling"),
    ("parentheses", R, "The server shall log (but not for a robot).", "but not for"),
    ("slash", R, "The server shall log and/or count requests.", "and/or"),
    ("slash", R, "An owner/admin can invite members.", "owner/admin"),
    ("pronoun", R, "The key expires. It is then deleted.", "it"),
    ("pronoun", R, "When it expires, the server shall delete the key.", "it"),
    ("pronoun", C, "This is shown on the page.", "this"),
    ("absolute", R, "The server shall have zero downtime.", "zero downtime"),
    ("absolute", C, "`pytest` passes at 100 %.", "100 %"),
    ("universal", R, "The server shall log both requests.", "both"),
    ("negation", R, "The server cannot be stopped.", "cannot"),
    ("comparison", R, "The page shall use the best colours.", "best"),
    ("comparison", R, "The page shall be more readable than before.", "more readable"),
    ("number-without-unit", C, "The page loads in less than 3.", "less than 3"),
    ("number-without-unit", R, "The server shall stop after a short time.", "short time"),
    ("number-without-unit", R, "The file shall hold up to 50, then rotate.", "up to 50"),
    ("range-without-bounds", R, "The page shall show 5-10 items.", "5-10 items"),
    ("range-without-bounds", R, "The key shall live from 1 h to 24 h.", "1 h to 24 h"),
    ("number-style", R, "The server shall wait 5 secs.", "secs"),
    ("number-style", R, "The server shall wait 5ms or 10 ms.", "space"),
    ("indefinite-time", R, "The server shall delete logs periodically.", "periodically"),
    ("indefinite-time", R, "The server shall wait until.", "until"),
    ("solution", R, "The server shall store keys in Redis.", "Redis"),
    ("solution", R, "The function in `src/app/main.py` shall log.", "main.py"),
    ("undefined-acronym", R, "The server shall speak XQF and QZZ.", '"XQF", "QZZ"'),
    ("vague-reference", R, "The server shall reject the above.", "the above"),
    ("placeholder", R, "The server shall keep logs for ??? days.", "???"),
    ("placeholder", "goal", "[NEEDS CLARIFICATION: who?]", "NEEDS CLARIFICATION"),
    ("placeholder", C, "The limit is to be determined.", "to be determined"),
    ("placeholder", "milestone", "Overview: TODO", "TODO"),
    ("placeholder", "plan", "Lorem ipsum dolor.", "Lorem ipsum"),
    ("one-sentence", R, "The page shows a list. Lists are good!", "2 sentences"),
    ("final-stop", R, "The server shall log", ""),
    ("doubled-word", "goal", "People can log in in the page.", "in in"),
    ("unobservable-criterion", C, "Login is implemented.", "is implemented"),
    ("unobservable-criterion", C, "Polished layout", ""),
    ("manual-wording", C, "Login works as expected.", "works"),
    ("manual-wording", "goal", "Everything behaves correctly.", "correctly"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "part", "text", "named"), FOUND)
def test_finding_names_the_words(rule, part, text, named):
    """The message of a finding names the words that it is about."""
    assert named.casefold() in findings(part, text)[rule].message.casefold()


LEFT_ALONE = [
    ("ears-form", R, "While the disk is full, when a file comes, the server shall refuse it."),
    ("ears-form", R, "Where a proxy is set, the server shall use it."),
    ("ears-form", R, "If a key is wrong, then the server shall answer 401."),
    ("ears-form", R, "User can export the list"),
    ("no-statement", R, "User can export the list"),
    ("no-statement", R, "Dashboard shows the count"),
    ("no-statement", R, "Deleted files appear in the bin"),
    ("no-statement", R, "Add a button"),
    ("no-statement", R, "`just deploy` starts the server"),
    ("one-shall", R, "The page lists must-have features."),
    ("one-shall", R, 'The page shall show "you must and shall wait".'),
    ("missing-subject", R, "When a, the server shall stop."),
    ("missing-subject", R, "`planner check` shall exit with 1."),
    ("weak-modal", R, "The server shall start in May 2026."),
    ("weak-modal", R, "A user can export the list."),
    ("passive-voice", R, "Each request shall be logged by the server."),
    ("passive-voice", R, "The server shall be ready."),
    ("unclear-condition", R, "If a or b holds, and c holds, then the server shall stop."),
    ("unclear-condition", R, "The server shall log a or b and c."),
    ("vague-term", R, "The page shall show a rich text editor with `fast` mode."),
    ("vague-term", R, 'The page shall show "quick and easy".'),
    ("vague-term", R, "The player shall have a fast-forward key."),
    ("escape-clause", R, "The server shall send what is needed."),
    ("open-ended", R, "The server shall log five and more than five calls."),
    ("open-ended", R, "The server shall call `f(a, ...)` once."),
    ("superfluous-infinitive", R, "The form shall allow empty fields."),
    ("compound-requirement", R, "The page shows a name, a date and a list."),
    ("compound-requirement", R, "A user can add, rename, and delete a list."),
    ("compound-criterion", C, "`a; b` prints 1."),
    ("compound-criterion", C, "The page shows e.g. a name."),
    ("compound-criterion", C, "The page asks when it must; otherwise it goes on."),
    ("purpose-phrase", R, "The server shall ensure order."),
    ("parentheses", R, "The server shall keep files (at most 50 MB) for a day."),
    ("parentheses", R, "The server shall log (verified by reading the log of one day)."),
    ("slash", R, "The server shall read/write `a/b` and src/app/x and TCP/IP."),
    ("slash", R, "The server shall answer on https://example.org/a/b and 3 km/h."),
    ("pronoun", R, "The server shall log a request when it comes in."),
    ("pronoun", R, "This page shows the date."),
    ("absolute", R, "While the disk is full, the server shall never write."),
    ("absolute", R, "The server shall answer with 100 lines."),
    ("absolute", R, "The build shall never take longer than 3 s."),
    ("universal", R, "The server shall log all 5 fields and none at all."),
    ("negation", R, "The server shall answer 404 when nothing is there."),
    ("comparison", R, "The page shall load better than 200 ms."),
    ("comparison", R, "The docs shall follow best practices."),
    ("number-without-unit", C, "The page loads within 3 s and shows at most 5 rows."),
    ("number-without-unit", C, "The list holds at least 5 and at most 9 rows."),
    ("number-without-unit", C, "The page shows 401."),
    ("range-without-bounds", R, "The server shall keep 5-10 files (both ends included)."),
    ("range-without-bounds", R, "The log shall have lines of 2026-01-02 and v1.2-3."),
    ("number-style", R, "The server shall wait 0.5 s on v1.5 and 10 ms on x86."),
    ("indefinite-time", R, "The server shall log immediately after the login."),
    ("indefinite-time", R, "The page shall look as before."),
    ("indefinite-time", R, "The server shall compare the key before and after."),
    ("solution", C, "Redis holds the key."),
    ("undefined-acronym", R, "The server shall send SSE over HTTP; see AUTH-01 and `XQF`."),
    ("undefined-acronym", R, "The server shall send quick zebra zones (QZZ)."),
    ("undefined-acronym", R, "The server shall send QZZ (quick zebra zones)."),
    ("undefined-acronym", R, "The server shall NOT stop."),
    ("vague-reference", R, "The page shall show values above 5 m."),
    ("placeholder", C, "No TODO or FIXME remains in the code."),
    ("placeholder", C, "The page shows the TODO list."),
    ("placeholder", C, "`grep TODO` finds nothing."),
    ("placeholder", "goal", "Fields are to be defined by the user."),
    ("one-sentence", R, "The page shows names, e.g. Ada. "),
    ("final-stop", R, "User can log in"),
    ("final-stop", R, "The server shall send:\n\n- a\n- b"),
    ("doubled-word", R, "The server knows that that is so."),
    ("unobservable-criterion", C, "The page shows the date."),
    ("unobservable-criterion", C, "Coverage at 90 %"),
    ("manual-wording", C, "Login works: the start page appears."),
    ("manual-wording", C, "The page shows work packages."),
    ("manual-wording", C, "Search works and returns 3 rows."),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "part", "text"), LEFT_ALONE)
def test_what_is_right_is_left_alone(rule, part, text):
    """Texts that look like a fault but are none."""
    assert rule not in findings(part, text)


def test_solution_is_allowed_in_a_constraint():
    """A constraint may name the library; a function should not."""
    text = "The service shall keep deliveries in PostgreSQL."
    constraint = Requirement(id="A-1", text=text, status="approved", type="constraint")
    assert "solution" in {problem.rule for problem in check_item(item_with("draft", text), TERMS)}
    assert "solution" not in {problem.rule for problem in check_item(constraint, TERMS)}


def test_placeholder_is_an_error_once_a_requirement_is_approved():
    """A draft may hold a placeholder, with a warning."""
    text = "The server shall keep TBD days of logs."
    assert findings("draft", text)["placeholder"].severity is Severity.WARNING
    assert findings("requirement", text)["placeholder"].severity is Severity.ERROR


@pytest.mark.parametrize("field", ["check", "proof"])
def test_criterion_with_a_check_or_proof_can_be_observed(field):
    """Who says how a criterion is tried need not say it again in the text."""
    value = {"check": "`just test`"} if field == "check" else {"proof": ("tests/x.py",)}
    assert "unobservable-criterion" not in findings("criterion", "Good reports", **value)


SUGGESTIONS = [
    ("superfluous-infinitive", "The planner shall be able to export it.", 'write "shall export"'),
    ("number-style", "The server shall wait .5 s.", 'write "0.5"'),
    ("number-style", "The server shall wait 5 msec.", 'write "ms"'),
    ("doubled-word", "The server shall log the the request.", 'write "the" once'),
    ("slash", "An owner/admin can invite members.", '"owner and admin" or "owner or admin"'),
    ("range-without-bounds", "The page shall show 5-10 items.", "at least 5 and at most 10"),
    ("ears-form", "If a key is wrong, the server shall stop.", "If a key is wrong, then the"),
    ("missing-subject", "Shall log each request.", "The <part> shall log each request"),
    ("vague-term", "The page shall load quickly.", "within 200 ms"),
]


@pytest.mark.parametrize(("rule", "text", "advice"), SUGGESTIONS)
def test_hint_offers_a_rewrite_where_one_is_safe(rule, text, advice):
    """The hint holds the words to write, not only a rule."""
    assert advice in findings("requirement", text)[rule].hint

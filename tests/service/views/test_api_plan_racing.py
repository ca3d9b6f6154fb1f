"""Agents that race on one item, and requests that are sent again after the service was killed."""

import http.client
import json
import signal
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.service.planned import Planned, planned_service
from tests.service.served import Answer
from tests.service.shared import rows
from tests.service.watching import eventually

API = "/api/plan"
LAMP = f"{API}/requirement/LAMP-01"
NEW = {"fields": {"text": "The lamp shall glow.", "phases": ["lamp"]}}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    with planned_service(tmp_path_factory.mktemp("shared")) as planned:
        yield planned


@pytest.fixture
def plan(shared: Planned) -> Planned:
    """The service, on the plan as it was in the beginning."""
    shared.begin_again()
    return shared


def create(plan: Planned, key: str, body: object = NEW, **headers: str) -> Answer:
    return plan.call("POST", f"{API}/requirement", body, Idempotency_Key=key, **headers)


def commits(plan: Planned, rev: str = "main") -> int:
    return int(plan.git("rev-list", "--count", rev))


def whole(plan: Planned) -> bool:
    """Whether repository, index and files agree."""
    plan.git("fsck", "--strict")
    return plan.git("status", "--porcelain") == ""


# -- racing -------------------------------------------------------------------------------------


def test_fifty_changes_at_once_are_commits_or_answered_conflicts(plan: Planned) -> None:
    """All build upon one version; half change fields of their own, half the same text."""
    base = plan.call("GET", LAMP).headers["ETag"]
    texts = [f"The lamp shall shine {number} times." for number in range(50)]

    def patch(number: int) -> Answer:
        changes: dict[str, object] = {"text": texts[number]}
        if number % 2:
            changes = {"tags": ["light", f"tag-{number}"]}
        return plan.call("PATCH", LAMP, {"changes": changes}, If_Match=base)

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(patch, range(50)))
    assert Counter(each.status for each in answers).keys() <= {200, 409}
    saved = [each for each in answers if each.status == 200]
    assert saved
    # Each that was saved is a commit of its own, and none is lost: tags of all came together.
    assert len({each.json["commit"] for each in saved}) == len(saved) == commits(plan) - 1
    tags = plan.call("GET", LAMP).json["values"]["tags"]
    for number in range(1, 50, 2):
        told = answers[number]
        assert (told.status == 200) == (f"tag-{number}" in tags), told.text
    # Each that was not has what it wanted, and what is there now.
    for number, told in enumerate(answers):
        if told.status == 409:
            (clash,) = told.json["unsaved"]["preview"]["clashes"]
            (field,) = clash["clashes"]
            assert texts[number] in str(field["yours"])
            assert field["theirs"] != field["yours"]
    assert sum(told.status == 200 for told in answers[::2]) == 1
    assert whole(plan)


def test_agents_that_settle_their_conflicts_all_get_through(plan: Planned) -> None:
    """Six agents count one number up, each upon what it was told: none of the steps is lost."""

    def count_up(_: int) -> None:
        for _ in range(2):
            while True:
                item = plan.call("GET", LAMP)
                count = int(item.json["values"]["owner"].removeprefix("Ada") or 0)
                body = {"changes": {"owner": f"Ada{count + 1}"}}
                answer = plan.call("PATCH", LAMP, body, If_Match=item.headers["ETag"])
                assert answer.status in (200, 409), answer.text
                # Two who wrote the same value both got 200: only one of them made a commit.
                if answer.status == 200 and answer.json["commit"]:
                    break

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(count_up, range(6)))
    assert plan.call("GET", LAMP).json["values"]["owner"] == "Ada12"
    assert commits(plan) == 13
    assert whole(plan)


def test_ids_that_are_made_at_once_are_different(plan: Planned) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: create(plan, str(uuid.uuid4())), range(16)))
    assert {each.status for each in answers} == {201}
    assert {each.json["id"] for each in answers} == {f"LAMP-{n:02}" for n in range(3, 19)}
    assert commits(plan) == 17


# -- the same request again -----------------------------------------------------------------------


def test_a_request_that_is_sent_again_is_answered_as_the_first_time(plan: Planned) -> None:
    key = str(uuid.uuid4())
    first, again = create(plan, key), create(plan, key)
    assert (first.status, again.status) == (201, 201)
    assert again.body == first.body
    for name in ("ETag", "Location"):
        assert again.headers[name] == first.headers[name]
    assert commits(plan) == 2
    # Also when its commit has long been built upon, and the answer is in no row any more.
    item = plan.call("GET", first.headers["Location"])
    body = {"changes": {"owner": "Grace"}}
    changed = plan.call("PATCH", first.headers["Location"], body, If_Match=item.headers["ETag"])
    assert changed.status == 200
    rows(plan.served, "DELETE FROM plan_requests")
    late = create(plan, key)
    assert late.status == 201
    for name in ("commit", "id", "kind", "blob", "branch", "message"):
        assert late.json[name] == first.json[name]
    assert commits(plan) == 3


def test_a_key_is_for_one_request_of_one_person(plan: Planned) -> None:
    key, grace = str(uuid.uuid4()), plan.key("edit", person="Grace")
    first = create(plan, key)
    for other in (
        {"fields": {"text": "The lamp shall burn."}},
        {**NEW, "message": "x"},
        {**NEW, "proposal": "x"},
    ):
        answer = create(plan, key, other)
        assert answer.status == 422
        assert answer.json["error"]["code"] == "idempotency_key_reused"
    rows(plan.served, "DELETE FROM plan_requests")
    answer = create(plan, key, {"fields": {"text": "The lamp shall burn."}})
    assert (answer.status, answer.json["error"]["code"]) == (422, "idempotency_key_reused")
    hers = create(plan, key, X_API_Key=grace)
    assert hers.status == 201
    assert hers.json["id"] != first.json["id"]
    assert commits(plan) == 3


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "ümlaut", "\x7f"])
def test_what_is_no_key_is_refused(plan: Planned, key: str) -> None:
    answer = create(plan, key)
    assert (answer.status, commits(plan)) == (400, 1)


def test_a_refused_request_may_be_mended_under_its_key(plan: Planned) -> None:
    key = str(uuid.uuid4())
    assert create(plan, key, {"fields": {"status": "nonsense"}}).status == 422
    assert create(plan, key).status == 201
    assert commits(plan) == 2


def test_two_at_once_are_one_request(plan: Planned) -> None:
    """One makes the commit; the others are told to come again, and then get its answer."""
    key = str(uuid.uuid4())
    body = {"edit": {"op": "create", "kind": "requirement", **NEW}}

    def save(_: int) -> Answer:
        return plan.call("POST", f"{API}/save", body, Idempotency_Key=key)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(save, range(8)))
    assert {each.status for each in answers} <= {200, 409}
    good = [each for each in answers if each.status == 200]
    assert good
    for each in answers:
        if each.status == 409:
            assert each.json["error"]["code"] == "in_progress"
            assert int(each.headers["Retry-After"]) >= 1
    assert save(0).body == good[0].body
    assert commits(plan) == 2


def test_rows_are_few_and_go_after_a_day(plan: Planned) -> None:
    """A row of yesterday is none."""
    key = str(uuid.uuid4())
    create(plan, key)
    rows(plan.served, "UPDATE plan_requests SET at = '2020-01-01T00:00:00.000Z'")
    assert create(plan, key, {**NEW, "message": "other"}).status == 422, "git still knows it"
    assert commits(plan) == 2
    filler = "INSERT INTO plan_requests (token, key_id, content, at) SELECT value || ?, ?, '', ?"
    mine = rows(plan.served, "SELECT key_id FROM plan_requests ORDER BY rowid DESC")[0]["key_id"]
    rows(
        plan.served,
        "WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n LIMIT 1500)"
        f" {filler} FROM n",
        "-filler", mine, "2026-01-01T00:00:00.000Z",
    )  # fmt: skip
    assert create(plan, str(uuid.uuid4())).status == 201
    counted = "SELECT count(*) AS many FROM plan_requests WHERE key_id = ?"
    assert rows(plan.served, counted, mine)[0]["many"] == 1000


# -- killed -------------------------------------------------------------------------------------


def send_and_kill(plan: Planned, key: str, after_commit: bool) -> Any:
    """Send a request and kill the service in the middle of it; the answer if it came through."""
    found: list[Any] = []

    def send() -> None:
        try:
            found.append(create(plan, key).json)
        except (OSError, ValueError, http.client.HTTPException):
            found.append(None)

    before = plan.git("rev-parse", "main")
    thread = threading.Thread(target=send)
    thread.start()
    if after_commit:
        eventually(lambda: plan.git("rev-parse", "main") != before, "the commit")
    else:
        eventually(
            lambda: rows(plan.served, "SELECT 1 FROM plan_requests WHERE answer IS NULL"),
            "the claim",
        )
    kill(plan)
    thread.join(30)
    return found[0]


def create_in_the_end(plan: Planned, key: str) -> Answer:
    """Send a request again for as long as the service says that it is to be sent again."""
    answers: list[Answer] = []

    def ready() -> bool:
        answers.append(create(plan, key))
        return answers[-1].status != 503

    eventually(ready, "the planner is there")
    return answers[-1]


def kill(plan: Planned) -> None:
    """`kill -9` of the whole service: master and worker."""
    process = plan.served.process
    assert process is not None
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.send_signal(signal.SIGKILL)
    process.wait(20)
    for child in children:
        eventually(lambda child=child: not Path(f"/proc/{child}").exists(), "the worker has ended")
    plan.served.process = None


@pytest.mark.slow
@pytest.mark.parametrize("after_commit", [True, False])
def test_a_request_whose_service_was_killed_is_saved_once(
    tmp_path: Path, after_commit: bool
) -> None:
    """Killed after the commit or before it: sent again, there is one commit and its answer."""
    with planned_service(tmp_path) as plan:
        for number in range(2):
            key = f"killed-{number}"
            answer = send_and_kill(plan, key, after_commit)
            known = commits(plan)
            plan.served.start()
            again = create_in_the_end(plan, key)
            assert again.status == 201, again.text
            assert again.json["id"] == f"LAMP-{number + 3:02}"
            assert plan.git("log", "-1", "--format=%H", "main") == again.json["commit"]
            if answer is not None and "commit" in answer:
                assert again.json["commit"] == answer["commit"]
            if after_commit:
                assert known == number + 2
            assert commits(plan) == number + 2
            assert create(plan, key).body == again.body
            assert whole(plan)
        noted = rows(plan.served, "SELECT details FROM audit WHERE action = 'plan.save'")
        made = {json.loads(each["details"])["commit"] for each in noted}
        assert made == set(plan.git("rev-list", "main").split()[:-1])

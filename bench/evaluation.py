"""Score the configured model on five briefs: wording, criteria, coverage, questions, cost.

Writes a page and the same as JSON, also when the model fails or the money is used up.  Exit code 0:
all briefs were answered; 1: some were not; 2: nothing could be asked.
"""

from gevent import monkey

monkey.patch_all()

import argparse  # noqa: E402 - gevent comes first
import os  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from collections.abc import Iterator, Sequence  # noqa: E402
from contextlib import contextmanager  # noqa: E402
from dataclasses import replace  # noqa: E402
from decimal import Decimal, InvalidOperation  # noqa: E402
from pathlib import Path  # noqa: E402

import yaml  # noqa: E402

from bench.evaluation_asking import Brief, Result, hold  # noqa: E402
from bench.evaluation_page import write_report  # noqa: E402
from service.assistant.assistant import Assistant  # noqa: E402
from service.assistant.jobs import Answer, BudgetError, Job  # noqa: E402
from service.assistant.prices import read_prices  # noqa: E402
from service.db.database import Database  # noqa: E402
from service.db.upgrade import prepare  # noqa: E402
from service.errors import ConfigurationError  # noqa: E402
from service.executions.commands import CommandBuilder  # noqa: E402
from service.executions.preparing import Preparer  # noqa: E402
from service.executions.prompts import PromptRenderer  # noqa: E402
from service.executions.runner import Runner  # noqa: E402
from service.guard.principal import Principal, Via  # noqa: E402
from service.settings import Settings, read_settings  # noqa: E402

ROOT = Path(__file__).parent.parent
BRIEFS = Path(__file__).with_name("evaluation_briefs.yaml")
# Ends after which no other brief can be answered either.
_HOPELESS = frozenset(
    {"authentication_error", "permission_error", "billing_error", "not_found_error",
     "not_configured"}
)  # fmt: skip
_LOOK_S = 0.05
_PERSON = Principal("evaluation", "Evaluation", "Evaluation", "", frozenset(), Via.KEY)


class Asking:
    """Asks the model for one brief after another, for at most `ceiling` dollars in all."""

    def __init__(self, assistant: Assistant, ceiling: Decimal) -> None:
        self._assistant = assistant
        self._left = ceiling
        self._hopeless = ""

    def ask(self, job: Job) -> Answer:
        """The answer; one that was not asked for has the state `not_asked`."""
        if self._hopeless:
            return self._none("not_asked", f"not asked, because before: {self._hopeless}")
        if self._left <= 0:
            return self._none("budget", "not asked: the ceiling of this evaluation is reached")
        try:
            made = self._assistant.start(replace(job, ceiling_usd=self._left), _PERSON)
        except BudgetError as error:
            return self._none("budget", f"not asked: {error.message}")
        answer = self._assistant.answer(made.id)
        while answer is not None and not answer.is_over:
            time.sleep(_LOOK_S)
            answer = self._assistant.answer(made.id)
        if answer is None:
            return self._none("lost", "the answer was cleared while it was waited for")
        self._left -= answer.usd or Decimal(0)
        if answer.why in _HOPELESS:
            self._hopeless = answer.reason
        return answer

    def _none(self, why: str, reason: str) -> Answer:
        return Answer(
            state="not_asked", why=why, reason=reason, model=self._assistant.model, usd=Decimal(0)
        )


@contextmanager
def assistant_of(settings: Settings, folder: Path) -> Iterator[Assistant]:
    """The assistant of the service, on a database of its own in `folder`."""
    path = folder / "evaluation.db"
    prepare(path, lambda *_: None)
    database = Database(path)
    preparer = Preparer(folder, lambda: ((), folder), CommandBuilder(), PromptRenderer())
    runner = Runner(database, preparer)
    assistant = Assistant(settings, database, runner, read_prices(settings.assistant_prices_file))
    try:
        yield assistant
    finally:
        runner.close()
        assistant.close()
        database.close()


def read_briefs(path: Path) -> tuple[Brief, ...]:
    """The briefs of a file."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))["briefs"]
    return tuple(Brief(each["id"], each["text"], each.get("answers") or {}) for each in found)


def main(words: Sequence[str] | None = None) -> int:
    """Evaluate, and write the report."""
    asked = _arguments(words)
    environ = dict(os.environ)
    if asked.rehearsal:
        environ["ASSISTANT_REHEARSAL"] = "true"
    try:
        settings = read_settings(environ, ROOT / ".env")
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder, assistant_of(settings, Path(folder)) as assistant:
        if not assistant.on:
            print(assistant.why_off, "Or test the harness: ./justw eval --rehearsal")
            return 2
        asking = Asking(assistant, asked.ceiling)
        results: list[Result] = []
        for brief in read_briefs(asked.briefs):
            results.append(hold(brief, asked.seed, asking.ask))
            print(f"{brief.id}: {results[-1].reason}", flush=True)
        page = write_report(
            asked.out, results, model=assistant.model, is_scripted=assistant.is_rehearsal,
            seed=asked.seed, ceiling=asked.ceiling,
        )  # fmt: skip
    print(page)
    return 0 if all(each.scores is not None for each in results) else 1


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rehearsal", action="store_true", help="the scripted model: no score")
    parser.add_argument("--seed", type=int, default=1, help="of the answers that are not listed")
    parser.add_argument("--ceiling", type=_dollars, default=Decimal(1), help="dollars in all")
    parser.add_argument("--briefs", type=Path, default=BRIEFS)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "evaluation")
    return parser.parse_args(words)


def _dollars(text: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount of dollars") from error
    if not found.is_finite() or found <= 0:
        raise argparse.ArgumentTypeError("a ceiling is more than 0")
    return found


if __name__ == "__main__":
    sys.exit(main())

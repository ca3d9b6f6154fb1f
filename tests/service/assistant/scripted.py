"""A service whose model is the scripted one, in a process of the tests' own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.assistant.rehearsal.server import RehearsalServer
from tests.service.served import Answer, Served, wait_for_the_left
from tests.service.shared import shared_service
from tests.service.watching import eventually

# Nobody's key: what it looks like is what counts.
API_KEY = "sk-test-8f3c1d7a9b5e2046c1d7"
PRICES = """\
prices:
  - {model: scripted-1, from: 2026-01-01, in: "10", out: "100", cache_write_5m: "12.5",
     cache_write_1h: "20", cache_read: "1", search_1000: "7", source: a test,
     checked: 2026-01-02}
"""


@dataclass(frozen=True, slots=True)
class Scripted:
    """The service and the model that it asks."""

    served: Served
    model: RehearsalServer

    def ask(self, question: str, **more: str) -> Answer:
        """Ask in words."""
        return self.served.request(
            "POST", "/admin/assistant/questions", json_body={"question": question, **more}
        )

    def begin(self, question: str, **more: str) -> str:
        """Ask, and return the execution's id."""
        answer = self.ask(question, **more)
        assert answer.status == 202, answer.text
        found: str = answer.json["id"]
        return found

    def execution(self, execution: str) -> dict[str, Any]:
        """The execution."""
        found: dict[str, Any] = self.served.get(f"/admin/executions/{execution}").json
        return found

    def answer(self, execution: str) -> dict[str, Any]:
        """The answer so far."""
        found: dict[str, Any] = self.served.get(f"/admin/assistant/answers/{execution}").json
        return found

    def ended(self, execution: str) -> dict[str, Any]:
        """The answer once the run has ended."""
        eventually(lambda: self.execution(execution)["finished_at"], f"{execution} ends")
        return self.answer(execution)

    def events(self, execution: str) -> list[dict[str, Any]]:
        """All events of a run, from the stream of its execution."""
        text = self.served.get(f"/admin/executions/{execution}/stream").text
        found = []
        for block in text.split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
            if fields.get("event") == "lines":
                data = json.loads(fields["data"])
                if data["stream"] == "out":
                    found += [json.loads(line) for line in data["lines"]]
        return found


@contextmanager
def scripted_service(folder: Path, **settings: str) -> Iterator[Scripted]:
    """Run a service that asks a scripted model of this process."""
    prices = folder / "prices.yaml"
    prices.write_text(PRICES, encoding="utf-8")
    model = RehearsalServer(pace_s=0.01)
    model.start()
    asked = {
        "ANTHROPIC_API_KEY": API_KEY,
        "ANTHROPIC_BASE_URL": model.address,
        "ASSISTANT_MODEL": "scripted-1",
        "ASSISTANT_PRICES_FILE": str(prices),
        **settings,
    }
    try:
        with shared_service(folder, **asked) as served:
            yield Scripted(served, model)
    finally:
        # Whoever still asks the model ends first.
        wait_for_the_left()
        model.close()

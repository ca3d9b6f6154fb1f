"""Prices, ceilings and the ledger."""

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from service.assistant.jobs import Answer, Estimate, Usage
from service.assistant.ledger import Entry, book, lines
from service.assistant.prices import SHIPPED, Prices, read_prices
from service.db.connection import connect
from service.db.upgrade import migrate
from service.errors import ConfigurationError
from tests.service.assistant.scripted import Scripted, scripted_service
from tests.service.shared import rows
from tests.service.watching import eventually

DAY = dt.date(2026, 11, 28)


def own_file(folder: Path, text: str) -> Path:
    path = folder / "prices.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def row(model: str, since: str, into: str, *, checked: str = "2026-11-01") -> str:
    return (
        f'  - {{model: {model}, from: {since}, in: "{into}", out: "2", cache_write_5m: "1",'
        f' cache_write_1h: "1", cache_read: "1", source: a test, checked: {checked}}}\n'
    )


def test_the_newest_price_that_holds_counts_and_ones_own_comes_first(tmp_path: Path) -> None:
    text = "prices:\n" + row("claude-opus-5-5", "2026-01-01", "7") + row("mine", "2027-01-01", "1")
    prices = read_prices(own_file(tmp_path, text))
    found = prices.of("claude-opus-5-5", DAY)
    assert found is not None
    assert found.into == 7
    assert prices.of("mine", DAY) is None
    assert prices.of("mine", dt.date(2027, 1, 2)) is not None
    assert prices.of("nobody-knows", DAY) is None
    shipped = Prices((), read_prices()._shipped)
    before, after = (shipped.of("claude-sonnet-5-5", day) for day in (dt.date(2026, 10, 6), DAY))
    assert before is not None
    assert after is not None
    assert (before.cache_read, after.cache_read) == (Decimal("0.20"), Decimal("0.10"))
    dated = shipped.of("claude-opus-5-5-20260901", DAY)
    assert dated is not None
    assert dated.model == "claude-opus-5-5"


def test_a_cost_is_exact_and_long_prompts_have_their_own_price() -> None:
    price = read_prices().of("claude-haiku-5-5", DAY)
    assert price is not None
    assert price.cost(Usage(tokens_in=100_000, tokens_out=1000)) == Decimal("0.0105")
    assert price.cost(Usage(tokens_in=100_001, tokens_out=1000)) == Decimal("0.0525005")
    read = Usage(tokens_in=1, cache_read=150_000)
    assert price.cost(read) == Decimal("0.0000005") + Decimal("0.05") * 150_000 / 1_000_000
    assert price.is_whole(read)
    assert not price.is_whole(Usage(searches=1))


def test_searches_have_a_price_of_their_own_or_none(tmp_path: Path) -> None:
    """One's own file gives it for all models; without it searches are counted, never free."""
    text = 'searches:\n  - {from: 2026-02-01, usd_1000: "9", source: a test, checked: 2026-11-01}\n'
    prices = read_prices(own_file(tmp_path, text))
    price = prices.of("claude-opus-5-5", DAY)
    assert price is not None
    assert price.cost(Usage(searches=3)) == Decimal("0.027")
    assert price.is_whole(Usage(searches=3))
    early = prices.of("claude-opus-5-5", dt.date(2026, 1, 15))
    assert early is not None
    assert not early.is_whole(Usage(searches=3))
    known = Answer(state="succeeded", usage=Usage(1, 2, searches=3), usd=Decimal(1))
    assert known.cost_words == "1 tokens in, 2 out, $1.0000"
    usage = Usage(1, 2, searches=3, unpriced_searches=3)
    unknown = Answer(state="succeeded", usage=usage, usd=Decimal(1), is_estimate=True)
    assert "3 web searches without a known price" in unknown.cost_words


def test_a_model_that_has_its_own_price_of_searches_keeps_it(tmp_path: Path) -> None:
    own = row("m", "2026-01-01", "1").replace("source:", 'search_1000: "7", source:')
    text = f"prices:\n{own}"
    text += 'searches:\n  - {from: 2026-02-01, usd_1000: "9", source: x, checked: 2026-11-02}\n'
    prices = read_prices(own_file(tmp_path, text))
    found = {name: prices.of_searches(name, DAY) for name in ("m", "claude-opus-5-5", "unheard-of")}
    told = {name: (each.usd_1000, each.age_days(DAY)) for name, each in found.items() if each}
    general = (Decimal(9), 26)
    assert told == {"m": (Decimal(7), 27), "claude-opus-5-5": general, "unheard-of": general}
    price = prices.of("m", DAY)
    assert price is not None
    assert price.cost(Usage(searches=1)) == Decimal("0.007")
    assert prices.of_searches("claude-opus-5-5", dt.date(2026, 1, 15)) is None


def test_the_ledger_counts_searches_and_says_which_have_no_price(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    with closing(connect(path)) as db:
        migrate(db)
        for number, unpriced in enumerate((0, 4)):
            usage = Usage(1, 1, searches=4, unpriced_searches=unpriced)
            entry = Entry(
                execution=f"e{number}", kind="research", session="s", item="", person="p",
                model="m", usage=usage, usd=Decimal("0.5"), is_estimate=bool(unpriced),
            )  # fmt: skip
            book(db, entry)
            book(db, entry)
        (line,) = lines(db, is_rehearsal=False)
    assert (line.searches, line.unpriced_searches, line.usd) == (8, 4, Decimal("1.0"))


def test_a_price_that_nobody_compared_for_90_days_is_old(tmp_path: Path) -> None:
    text = "prices:\n" + row("m", "2026-01-01", "1", checked="2026-08-30")
    price = read_prices(own_file(tmp_path, text)).of("m", DAY)
    assert price is not None
    assert not price.is_old(DAY)
    assert price.is_old(DAY + dt.timedelta(days=1))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("prices: [", "is no YAML"),
        ("prices:\n  - {model: m}\n", "prices.0.from"),
        ("prices:\n" + row("m", "2026-01-01", "-1"), "prices.0.in"),
        ("prices: []\nmore: 1\n", "more"),
        ("!!python/object/apply:os.getcwd []", "is no YAML"),
    ],
)
def test_a_file_that_is_wrong_is_told_at_the_start(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        read_prices(own_file(tmp_path, text))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_prices(tmp_path / "nowhere.yaml")


def test_an_unknown_price_is_no_price_of_zero() -> None:
    words = Estimate(1200, 4096, None, None).words
    assert words == "1,200 tokens in, at most 4,096 out; the price of this model is not known"
    assert "$" not in words
    assert SHIPPED.is_file()


@pytest.fixture(scope="module")
def poor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripted]:
    """A service with ceilings that a long answer reaches: out is $100 for a million tokens."""
    with scripted_service(
        tmp_path_factory.mktemp("poor"), ASSISTANT_RUN_USD="0.0090", ASSISTANT_DAY_USD="0.0200"
    ) as found:
        yield found


def test_ceilings_stop_runs_in_time(poor: Scripted) -> None:
    poor.model.pace_s = 0.05
    first = poor.begin("[[scenario:ok]] within")
    assert poor.ended(first)["why"] == "end_turn"
    # All but a little of the day is spent by the time these run side by side.
    more = [poor.begin(f"[[scenario:ok]] more {number}") for number in range(4)]
    ends = [poor.ended(each) for each in more]
    assert {each["why"] for each in ends} <= {"end_turn", "budget"}
    assert any(each["why"] == "budget" for each in ends)
    stopped = next(each for each in ends if each["why"] == "budget")
    assert stopped["state"] == "failed"
    assert stopped["text"]
    assert stopped["is_estimate"]
    eventually(lambda: poor.model.seen.open == 0, "the connections are let go")
    refused = poor.ask("[[scenario:ok]] one more")
    assert (refused.status, refused.json["error"]["code"]) == (429, "budget")
    spent = sum(
        Decimal(each["usd"]) for each in rows(poor.served, "SELECT * FROM assistant_ledger")
    )
    assert Decimal("0.02") <= spent < Decimal("0.024")
    shown = Decimal(poor.served.get("/admin/assistant").json["spent_today_usd"])
    assert abs(shown - spent) < Decimal("0.000001")
    # Who starts anew knows what the day has cost.
    poor.served.stop()
    poor.served.start()
    assert poor.ask("[[scenario:ok]] after a start").status == 429


def test_without_a_price_no_ceiling_can_be_kept_and_nothing_is_asked(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("unpriced")
    with scripted_service(folder, ASSISTANT_MODEL="unheard-of") as found:
        refused = found.ask("What is a lamp?")
        assert (refused.status, refused.json["error"]["code"]) == (429, "budget")
        assert "ASSISTANT_PRICES_FILE" in refused.json["error"]["hint"]
        assert not found.model.seen.bodies
        for name in ("ASSISTANT_RUN_USD", "ASSISTANT_DAY_USD"):
            found.served.env[name] = "0"
        found.served.stop()
        found.served.start()
        answer = found.ended(found.begin("[[scenario:ok]] What is a lamp?", session="S-0"))
        assert answer["usd"] is None
        assert answer["tokens_out"] > 0
        (line,) = found.served.get("/admin/assistant").json["ledger"]
        assert (line["usd"], line["unpriced_runs"]) == (None, 1)
        assert "not known" in found.served.get("/ops/assistant").text


def test_a_rehearsal_needs_no_key_and_spends_no_money(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("rehearsal")
    with scripted_service(folder, ANTHROPIC_API_KEY="", ANTHROPIC_BASE_URL="") as off:
        refused = off.ask("Hello?")
        assert (refused.status, refused.json["error"]["code"]) == (409, "assistant_off")
        assert "planner serve --rehearsal" in off.served.get("/ops/assistant").text
        off.served.env["ASSISTANT_REHEARSAL"] = "true"
        off.served.stop()
        off.served.start()
        answer = off.ended(off.begin("Hello?"))
        assert answer["why"] == "end_turn"
        page = off.served.get("/ops/assistant").text
        assert "Rehearsal: answers are scripted." in page
        assert not off.model.seen.bodies
        off.served.env["ASSISTANT_REHEARSAL"] = "false"
        off.served.stop()
        off.served.start()
        assert off.served.get("/admin/assistant").json["spent_today_usd"] == "0.000000"

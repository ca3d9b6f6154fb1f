"""The search index: every word can be found, and an updated index equals one built anew."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from planner.render.search_index import IndexState, SearchDocument, build_index
from planner.render.search_shards import Scale
from planner.render.search_terms import terms

WORDS = ["lamp", "tower", "re-use", "Café", "ENV-01", "認証設計", "한국어", "keeper's", "oil"]


def document(item: str, *words: str, kind: str = "requirement", status: str = "") -> SearchDocument:
    """A document whose title is its first word and whose text are all."""
    return SearchDocument(item, kind, words[0] if words else "", " ".join(words), "x/", status)


def data_of(files: dict[str, str]) -> dict[str, object]:
    """What each file hands to the browser."""
    found = {}
    for name, text in files.items():
        start = f'planSearch("{name.removesuffix(".js")}",'
        assert text.startswith(start)
        assert text.endswith(");\n")
        found[name] = json.loads(text[len(start) : -3])
    return found


def postings_of(files: dict[str, str]) -> dict[str, list[str]]:
    """Term -> the keys by place, read back from the files."""
    found = {}
    for name, data in data_of(files).items():
        if name.startswith("terms-") and data:
            for row in str(data).split(";"):
                term, *keys = row.split(",")
                assert term not in found
                found[term] = keys
    return found


def records_of(files: dict[str, str]) -> dict[str, list[str]]:
    """Id -> record."""
    records = [
        record
        for name, data in data_of(files).items()
        if name.startswith("docs-")
        for record in data  # type: ignore[attr-defined]
    ]
    assert len({record[0] for record in records}) == len(records)
    return {record[1]: record for record in records}


def colliding_ids() -> list[str]:
    """Ids of which several have the same hash, so that some are pushed on."""
    homes: dict[str, list[str]] = {}
    for number in range(2500):
        item = f"C-{number}"
        (key,) = [record[0] for record in records_of(build_index([document(item)])).values()]
        homes.setdefault(key, []).append(item)
    return [item for items in homes.values() if len(items) > 1 for item in items]


COLLIDING = colliding_ids()[:10]
IDS = [*COLLIDING, "ENV-01", "ENV-02", "env-10", "phase/one", "認証"]

documents = st.builds(
    SearchDocument,
    id=st.sampled_from(IDS),
    kind=st.sampled_from(["requirement", "phase"]),
    title=st.lists(st.sampled_from(WORDS), max_size=2).map(" ".join),
    text=st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join),
    href=st.sampled_from(["r/a/", "r/b/"]),
    status=st.sampled_from(["", "done"]),
    extra=st.lists(st.sampled_from(WORDS), max_size=2).map(tuple),
)


class Editing(RuleBasedStateMachine):
    """Edits in any order, on a plan whose size hovers where the number of shards changes."""

    @initialize(base=st.sampled_from([0, 60, 124]))
    def start(self, base: int) -> None:
        self.documents = {f"B-{n}": document(f"B-{n}", f"base{n}", "lamp") for n in range(base)}
        self.state = IndexState(self.documents.values())
        self.files = self.state.files()

    @rule(
        changed=st.lists(documents, max_size=4), removed=st.lists(st.sampled_from(IDS), max_size=3)
    )
    def edit(self, changed: list[SearchDocument], removed: list[str]) -> None:
        for item in removed:
            self.documents.pop(item, None)
        self.documents.update({one.id: one for one in changed})
        for name, text in self.state.update(changed, removed).items():
            if text is None:
                del self.files[name]
            else:
                self.files[name] = text

    @rule()
    def take_up_the_files(self) -> None:
        """As a new process does: nothing is kept but the documents and the files."""
        self.state = IndexState(self.documents.values(), read=self.files.__getitem__)

    @invariant()
    def equals_a_full_build(self) -> None:
        if hasattr(self, "state"):
            assert self.files == build_index(self.documents.values())


TestEditing = Editing.TestCase
TestEditing.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)


def test_the_ids_used_above_do_collide() -> None:
    """The property test means something: there are ids with equal hashes among its ids."""
    assert len(COLLIDING) == 10


@given(st.lists(documents, unique_by=lambda one: one.id), st.randoms())
@settings(max_examples=50, deadline=None)
def test_the_order_of_the_documents_does_not_matter(some, random) -> None:
    """The same documents in another order give the same bytes."""
    shuffled = list(some)
    random.shuffle(shuffled)
    assert build_index(some) == build_index(shuffled)


@given(st.lists(st.builds(replace, documents, text=st.text(max_size=60)), unique_by=lambda o: o.id))
@settings(max_examples=80, deadline=None)
def test_every_term_of_every_document_leads_to_it(some) -> None:
    """No word is left out, whatever the text holds, and none stands at two places."""
    files = build_index(some)
    postings, records = postings_of(files), records_of(files)
    keys_of = {
        term: [keys[at : at + 3] for keys in places for at in range(0, len(keys), 3)]
        for term, places in postings.items()
    }
    for keys in keys_of.values():
        assert len(keys) == len(set(keys))
    for one in some:
        wanted = terms(one.title) | terms(one.text) | terms(" ".join(one.extra)) | terms(one.id)
        for term in wanted:
            assert records[one.id][0] in keys_of[term]


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_any_text_gives_scripts_that_are_valid(texts) -> None:
    """Each file is one call with JSON, and can be written as UTF-8 whatever the plan says."""
    some = [
        SearchDocument(f"{n}{text}", "k", text, text, text, "", (text,))
        for n, text in enumerate(texts)
    ]
    files = build_index(some)
    assert len(records_of(files)) == len(some)
    for text in files.values():
        text.encode("utf-8")


def test_a_term_is_entered_at_its_best_place() -> None:
    """Id before title before tags before text."""
    one = SearchDocument("ENV-01", "requirement", "lamp", "lamp oil env tall", "r/", "", ("tall",))
    postings = postings_of(build_index([one]))
    places = {
        term: next(n for n, keys in enumerate(places) if keys) for term, places in postings.items()
    }
    assert places == {"env01": 0, "lamp": 1, "env": 1, "01": 1, "tall": 2, "oil": 3}


def test_an_alias_is_found_run_together() -> None:
    """A former id among the extra words is found without its dash."""
    one = SearchDocument("NEW-1", "requirement", "", "", "r/", "", ("OLD-1", "needs review"))
    postings = postings_of(build_index([one]))
    assert {"old1", "old", "review", "needs"} <= postings.keys()


def test_facets_list_every_document_in_the_natural_order_of_ids() -> None:
    """AUTH-2 stands before AUTH-10, whatever their keys are."""
    some = [
        document("AUTH-10", status="done"),
        document("AUTH-2", status="draft"),
        document("auth", kind="phase", status="done"),
    ]
    files = build_index(some)
    data, records = data_of(files), records_of(files)
    keys = {record[0]: item for item, record in records.items()}
    facets = str(data["facets.js"])
    rows = [facets[at : at + 4] for at in range(0, len(facets), 4)]
    assert [keys[row[:3]] for row in rows] == ["auth", "AUTH-2", "AUTH-10"]
    pairs = data["manifest.js"]["pairs"]  # type: ignore[index]
    assert pairs == [["phase", "done"], ["requirement", "done"], ["requirement", "draft"]]
    assert [row[3] for row in rows] == ["-", "1", "0"]


def test_very_many_kinds_and_statuses_get_longer_codes() -> None:
    """A hundred statuses do not fit one character."""
    files = build_index([document(f"A-{n}", status=f"s{n}") for n in range(100)])
    assert len(str(data_of(files)["facets.js"])) == 100 * 5


def word(number: int) -> str:
    """One of 2503 words that begin with any two letters."""
    number = number * 7919 % 2503
    return "".join(chr(ord("a") + number // 26**place % 26) for place in range(3)) + "ish"


def large(count: int) -> list[SearchDocument]:
    return [
        SearchDocument(
            f"REQ-{n:04}",
            "requirement",
            f"Title {n % 97} {word(n % 311)}",
            " ".join(word(n * 7 + k * k) for k in range(40)),
            f"r/REQ-{n:04}/",
            "draft",
        )
        for n in range(count)
    ]


def test_an_edit_changes_few_files_and_says_which() -> None:
    """Of hundreds of files, a reworded document changes those of its new and lost words."""
    some = large(2000)
    state = IndexState(some)
    files = state.files()
    reworded = replace(some[5], text=some[5].text.rsplit(" ", 2)[0] + " glowworm")
    changed = state.update([reworded])
    after = build_index([*some[:5], reworded, *some[6:]])
    assert {name for name in after if after[name] != files[name]} <= set(changed)
    assert len(files) > 100
    assert sorted({name.split("-")[0] for name in changed}) == ["docs", "terms", "words"]
    assert len(changed) <= 5


def test_an_edit_of_the_status_leaves_all_terms_alone() -> None:
    """Only the overview and the record are written."""
    some = large(500)
    state = IndexState(some)
    changed = state.update([replace(some[7], status="done")])
    assert {name.split("-")[0] for name in changed} == {"manifest.js", "facets.js", "docs"}


def test_a_new_document_moves_no_other() -> None:
    """The keys of the others stay, unless a hash collides, so their postings do too."""
    some = large(300)
    before = records_of(build_index(some[:-1]))
    after = records_of(build_index(some))
    assert {item: after[item] for item in before} == before


def test_an_index_is_taken_up_from_its_files_reading_only_those_that_an_edit_touches() -> None:
    """A new process reads a few files, and what it writes equals a full build."""
    some = large(2000)
    files = build_index(some)
    asked: list[str] = []

    def read(name: str) -> str:
        asked.append(name)
        return files[name]

    reworded = replace(some[5], text="glowworm " + some[5].text)
    changed = IndexState(some, read=read).update([reworded])
    assert {**files, **changed} == build_index([*some[:5], reworded, *some[6:]])
    assert set(asked) <= set(changed)
    assert 0 < len(asked) <= 2


@pytest.mark.parametrize(
    "text", ["", "not an index", 'planSearch("terms-00",[1]);\n', "planSearch("]
)
def test_a_foreign_file_is_noticed_when_an_index_is_taken_up(text: str) -> None:
    """It is refused, so that the caller makes the index anew."""
    state = IndexState([document("a", "lamp")], read=lambda name: text)
    with pytest.raises(ValueError):
        state.update([document("b", "oil")])


def test_the_files_of_another_plan_are_noticed_when_an_index_is_taken_up() -> None:
    """Postings that lack a document's word are not those of this plan."""
    other = build_index([document("a", "oil")])
    state = IndexState([document("a", "lamp")], read=other.__getitem__)
    with pytest.raises(ValueError, match="another"):
        state.update([document("a", "tower")])


def test_nothing_changed_is_nothing_to_write() -> None:
    """An equal document and an unknown id to remove give no files."""
    some = large(10)
    state = IndexState(some)
    assert state.update([replace(some[3])], ["unknown"]) == {}


def test_shards_double_with_the_plan_and_old_files_are_given_up() -> None:
    """Past a doubling all files are written; when the plan shrinks, the surplus is deleted."""
    some = large(65)
    assert Scale.of(64) != Scale.of(65)
    state = IndexState(some[:64])
    small = state.files()
    assert set(small) == {"manifest.js", "facets.js", "terms-00.js", "words-00.js", "docs-00.js"}
    grown = state.update(some[64:])
    assert {name: text for name, text in grown.items() if text is not None} == build_index(some)
    shrunk = state.update([], [some[64].id])
    gone = {name for name, text in shrunk.items() if text is None}
    assert gone == set(grown) - set(small)
    assert {name: text for name, text in shrunk.items() if text is not None} == small


def test_no_shard_of_words_holds_most_of_the_plan() -> None:
    """Terms spread over the shards: the browser loads a small part of them for a word."""
    files = build_index(large(2000))
    sizes = sorted(len(text) for name, text in files.items() if name.startswith("terms-"))
    assert sizes[-1] < sum(sizes) / 5


def test_the_scale_names_every_file() -> None:
    """What is written at a scale is what is deleted when the scale changes."""
    for count in (0, 64, 65, 700):
        assert sorted(build_index(large(count))) == sorted(Scale.of(count).files())


def test_excerpts_are_short_lines() -> None:
    """A long text is cut at a blank; a text without blanks is cut anyway."""
    records = records_of(
        build_index([document("a", "lamp\n\n" + "tower " * 500), document("b", "x" * 5000)])
    )
    assert records["a"][4].startswith("lamp tower tower")
    assert records["a"][4].endswith("tower…")
    assert all(len(record[4]) <= 241 for record in records.values())


def test_excerpts_are_words_not_markup() -> None:
    """Ids of criteria and marks of lists, links and code mean nothing to a reader."""
    text = "# Goal\n\n1. It is > 5. {#c1}\n   - verifies: `A_1`, **[b](../b.md)**"
    assert records_of(build_index([document("a", text)]))["a"][4] == (
        "Goal 1. It is > 5. verifies: A_1, b"
    )


def test_two_documents_of_one_id_are_refused() -> None:
    """The caller is told which id is there twice."""
    with pytest.raises(ValueError, match="'a'"):
        build_index([document("a"), document("a")])


def test_the_manifest_says_whether_addresses_name_index_html() -> None:
    """Portable sites differ in the manifest alone."""
    some = large(3)
    usual, portable = build_index(some), build_index(some, portable=True)
    assert [name for name in usual if usual[name] != portable[name]] == ["manifest.js"]
    assert data_of(portable)["manifest.js"]["portable"] is True  # type: ignore[index]

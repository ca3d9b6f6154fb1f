"""The verbs that plans are written with, and how to tell that a text states something."""

from collections.abc import Sequence

from planner.trace.wording_lists import word_list

_BASE = """
    accept access achieve acquire activate adapt add address adhere adjust advance aggregate
    alert align allocate allow analyse analyze announce answer appear append apply archive
    arrive ask assert assign associate attach attempt authenticate authorise authorize avoid
    await back become begin behave belong bind block boot break bring browse buffer build bypass
    cache calculate call cancel capture carry cascade catch cause change charge check choose
    cite claim classify clean clear click clone close collapse collect combine commit
    communicate compare compile configure complete comply compress compute confirm conform
    connect consist construct consume contain continue contribute control convert copy correct
    correlate correspond count cover crash create credit customise customize deal debit decide
    decline decode declare decrease decrypt deduplicate default defer define degrade delegate
    delete deliver demand demonstrate deny depend deploy describe deserialise deserialize detect
    determine differ disable disappear discard discover display dispatch distinguish distribute
    divide document download drag drain drive drop duplicate edit elect emit employ enable
    encode encounter encrypt end enforce enqueue ensure enter equal error escalate establish
    estimate evaluate evict exceed exclude execute exercise exhibit exist exit expand expect
    expire explain expose export express extend extract fade fail fall fetch fill filter finish
    fire fit fix flag flow flush focus follow force forget format forward freeze fulfil fulfill
    gain gate generate get give go grant group grow guarantee guard guide halt handle happen
    hash have hide highlight hold honor honour host identify ignore implement import improve
    include increase increment indicate infer inform inherit initialise initialize initiate
    inject insert inspect install instruct integrate interact intercept interrupt introduce
    invalidate invoke isolate issue iterate join jump keep kill know label lack land last launch
    lead learn leave let lie limit link list listen live load locate lock log look lose lower
    maintain make manage map mark mask match measure meet merge migrate mint mirror mock modify
    monitor move mutate name navigate need normalise normalize notice notify obey observe obtain
    occur offer omit open operate optimise optimize order organise organize orphan outlive
    output override overwrite own parse participate pass paste pause perform permit persist pick
    pin place plan play point poll populate post postpone precede prefer prepare prepend
    preserve present press prevent print process produce prohibit prompt propagate propose
    protect prove provide prune publish pull purge push put query queue quit raise reach react
    read rebuild receive recognise recognize recommend reconcile reconnect record recover redact
    redirect reduce refactor refer reflect refresh refuse register reject relate release reload
    rely remain remember remind remove rename render renew reopen repeat replace replay reply
    report represent request require reserve reset resize resolve respect respond restart
    restore restrict result resume retain retrieve retry return reuse reveal reverse revert
    review revoke roll rotate route run satisfy save say scaffold scan schedule scope score
    scroll search see select send separate serialise serialize serve set share ship show shrink
    shut sign skip sleep slide snapshot solve sort specify spawn split stand start state stay
    steer stop store stream strip submit subscribe substitute succeed suggest summarise
    summarize supersede supply support suppress survive suspend switch sync synchronise
    synchronize synthesise synthesize tag take talk target tell terminate test throttle throw
    tick time toggle tolerate trace track transfer transform transition translate transmit
    travel traverse treat trigger trim trip truncate try turn type uninstall unlock unsubscribe
    update upgrade upload upsert use validate vary verify view violate visit visualise visualize
    wait wake warn watch withhold work wrap write yield zoom
"""
BASE_VERBS = frozenset(_BASE.split())
"""Verbs in the base form, as after `shall` or `can`, or at the start of a command."""

_AUXILIARIES = frozenset(
    word_list(
        """
        is are was were be been has have had does do did can cannot can't could shall must
        should will would may might isn't aren't doesn't don't won't gets needs
        """
    )
)


def _third_person(verb: str) -> str:
    if verb.endswith(("s", "sh", "ch", "x", "z", "o")):
        return verb + "es"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + "s"


FINITE_VERBS = frozenset(_third_person(verb) for verb in BASE_VERBS) | {"has", "is", "quits"}
"""Verbs in the form that follows a subject in the singular: shows, returns, exits."""

STATING = FINITE_VERBS | _AUXILIARIES
"""A text that holds one of these words (not as its first word) states something."""

IRREGULAR_PARTICIPLES = frozenset(
    word_list(
        """
        built bound bought brought caught chosen cut done drawn driven drunk fed felt found
        forgotten frozen given gone held hidden hit kept known laid left lent lost made meant
        met overridden overwritten paid put read rebuilt reset run said seen sent set shown shut
        split spent spun stolen stored sunk sworn taken taught thrown told torn understood
        undone withheld won worn written
        """
    )
)
_NOT_PARTICIPLES = frozenset(
    ["need", "speed", "feed", "embed", "seed", "exceed", "proceed", "succeed", "bed", "red"]
)


def is_participle(word: str) -> bool:
    """Whether `word` looks like a past participle: logged, sent, overwritten."""
    return (word.endswith("ed") and word not in _NOT_PARTICIPLES) or word in IRREGULAR_PARTICIPLES


def states_something(tokens: Sequence[str]) -> bool:
    """Whether the words hold a verb that makes them a statement or a command.

    A verb is an auxiliary, a form in -s after the first word, a base form after a plural (`users
    see`, `deleted files appear`), or a base form at the very start (`Add a button`).
    """
    if not tokens:
        return False
    if tokens[0] in BASE_VERBS and tokens[1:2] not in (("for",), ["for"], ("of",), ["of"]):
        return True
    previous = tokens[0]
    for token in tokens[1:]:
        if token in STATING:
            return True
        if token in BASE_VERBS and (previous.endswith("s") or previous in _PLURALS):
            return True
        previous = token
    return False


_PLURALS = frozenset(
    ["data", "people", "children", "media", "both", "all", "we", "they", "you", "and"]
)

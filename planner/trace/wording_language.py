"""Whether a text is English: the rules that are lists of English words are silent elsewhere."""

import re
from collections.abc import Sequence

from planner.trace.wording_lists import word_list
from planner.trace.wording_verbs import FINITE_VERBS

# Words that only English has; those it shares with a neighbour (in, is, was, die, will, on, an,
# no, has) say nothing.
_ENGLISH = (
    frozenset(
        word_list(
            """
            the of and to with by from for that which when where while if then this these those
            can cannot be are not it at or each every must shall should have its their there
            without into after before only than through between during until within does new
            using as all any more both other
            """
        )
    )
    | FINITE_VERBS
)
_OTHER = frozenset(
    word_list(
        """
        der das und nicht mit von auf für fuer ist sind wird werden kann können koennen muss
        müssen eine einen einer einem des dem den zu zur zum bei beim oder alle als wenn nach
        über ueber sich vor le la les des une du et est sont dans pour avec sur peut peuvent
        doit doivent par que qui sans el los las del una por para con puede pueden debe deben
        cuando sin desde este esta como y os um uma dos das na nos nas pode podem deve devem não
        nao sem quando são sao ao pelo pela il lo gli della delle dei di che può puo possono
        sono nel nella alla dal het een van met voor niet kan kunnen moet moeten zijn wordt
        worden bij naar och att som på inte från från av med till kan ska skall är nie się sie
        jest są oraz przez dla może moze musi ze od lub ve bir ile için icin olarak bu dengan
        yang dan untuk dari pada dapat
        """
    )
)
# All beyond Latin, without the blocks of punctuation, arrows, signs and pictures.  Said by what it
# leaves out: the ranges themselves take 4 to 200 ms to compile.
_OTHER_SCRIPTS = re.compile(r"[^\x00-\u036f\u2000-\u2bff\U0001f000-\U0001faff]")
_LATIN = re.compile(r"[A-Za-z]")
_ENOUGH_WORDS = 6
"""A text of so many words holds at least one word that says which language it is."""


def is_english(text: str, tokens: Sequence[str], vocabulary: frozenset[str]) -> bool:
    """Whether `text` is mainly English, judged by its letters and its function words."""
    if not text.isascii() and _mostly_foreign_letters(text):
        return False
    english = len(vocabulary & _ENGLISH)
    if english >= _ENOUGH_WORDS:
        return True
    other = len(vocabulary & _OTHER)
    if english == 0 and other == 0:
        return len(tokens) < _ENOUGH_WORDS
    return english > other or (english == other and len(tokens) < _ENOUGH_WORDS)


def _mostly_foreign_letters(text: str) -> bool:
    """Whether letters of other scripts make up the text; one CJK letter weighs as four Latin."""
    foreign = sum(map(str.isalpha, _OTHER_SCRIPTS.findall(text)))
    return foreign > 0 and foreign * 4 > len(_LATIN.findall(text))

"""Lists of words and phrases written as running text, so that long ones stay readable."""


def word_list(text: str) -> tuple[str, ...]:
    """The words of `text`, which may run over several lines."""
    return tuple(text.split())


def phrase_list(text: str) -> tuple[str, ...]:
    """The phrases of `text`, one from the next by a semicolon."""
    return tuple(" ".join(phrase.split()) for phrase in text.split(";"))

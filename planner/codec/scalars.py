"""Texts as YAML scalars: which style can hold them, and how they are written in it.

Written is what every reader of YAML (1.1 or 1.2) takes for the same text: what could be taken for
a number, a truth value, a date or nothing is quoted, unless the line already did without.
"""

import re

# Characters that must be escaped: controls, the extra line breaks of YAML 1.1, byte-order marks.
_SPECIAL = re.compile("[\x00-\x08\n-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SPECIAL_IN_BLOCK = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_NOT_PLAIN = re.compile(r"^[\s\-?:,\[\]{}#&*!|>'\"%@`=]|:\s|:$|\s#|\t|\s$|^<<$|^$")
_NOT_IN_FLOW = re.compile(r"[,\[\]{}?]")
_NULL = re.compile("~|null", re.IGNORECASE)
_TYPED = re.compile(
    r"y|n|yes|no|on|off|true|false"
    r"|[-+.]?[0-9][0-9_.,:]*(?:e[-+]?[0-9]+)?|0x[0-9a-f_]+|0o[0-7]+|0b[01_]+|[-+]?\.(?:inf|nan)"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}[t 0-9:.z+-]*",
    re.IGNORECASE,
)
_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\n": "\\n",
    "\t": "\\t",
    "\r": "\\r",
    "\x85": "\\N",
    "\u2028": "\\L",
    "\u2029": "\\P",
}
_ESCAPED = re.compile(f'{_SPECIAL.pattern}|["\\\\\t]')


def is_plain(text: str, *, flow: bool) -> bool:
    """Whether `text` may stand without quotes (`flow`: within `[…]` or `{…}`)."""
    return (
        _NOT_PLAIN.search(text) is None
        and _SPECIAL.search(text) is None
        and _NULL.fullmatch(text) is None
        and not (flow and _NOT_IN_FLOW.search(text))
    )


def write_scalar(text: str, *, style: str | None = None, flow: bool = False) -> str:
    """`text` as a scalar on one line.

    `style` is that of the scalar it replaces ("" for plain), kept where `text` permits; None for a
    new one.
    """
    if style == "'" and _SPECIAL.search(text) is None:
        return _single(text)
    if style == '"':
        return _double(text)
    if is_plain(text, flow=flow) and (style == "" or _TYPED.fullmatch(text) is None):
        return text
    if ('"' in text or "\\" in text) and _SPECIAL.search(text) is None and "\t" not in text:
        return _single(text)
    return _double(text)


def write_block(text: str, column: int, content: int, header: str = "|") -> tuple[str, list[str]]:
    """`text` (trimmed, of several lines) as a literal block: what follows the key, and the lines.

    `column` is where the key stands, `content` where the lines begin; `header` that of the block it
    replaces.  A text that no block can hold comes back as a quoted scalar, and no lines.
    """
    if _SPECIAL_IN_BLOCK.search(text):
        return _double(text), []
    if header[:1] == ">":
        folded = _folded(text)
        if folded is None:
            header = "|" + header[1:]
        else:
            text = folded
    chomping = "".join(char for char in header if char in "+-")
    indicator = any(char.isdigit() for char in header) or text[:1] in {" ", "\t"}
    width = str(content - column) if indicator else ""
    margin = " " * content
    lines = [margin + line if line else "" for line in text.split("\n")]
    return header[0] + width + chomping, lines


def _folded(text: str) -> str | None:
    """`text` as the lines of a folded block, with one line end more where it has any.

    None where a line begins with a blank: such lines are not folded.
    """
    if re.search(r"^[ \t]", text, re.MULTILINE):
        return None
    return re.sub(r"\n+", lambda match: match[0] + "\n", text)


def _single(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _double(text: str) -> str:
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    code = ord(char)
    return _ESCAPES.get(char) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")

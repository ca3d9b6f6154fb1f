"""The rules that reading a plan applies, from the bytes of a file to the fields of an item.

The findings are made where files are read; the rows stand here with all other rules.
"""

from planner.model.problem import Severity
from planner.trace.finding import ERROR, HINT, WARNING, table
from planner.trace.rule import Rule


def _row(
    id: str, severity: Severity, title: str, why: str, hint: str, examples: tuple[str, str]
) -> Rule:
    good, bad = examples
    return Rule(
        id=id,
        group="reading",
        title=title,
        severity=severity,
        why=why,
        good=good,
        bad=bad,
        hint=hint,
    )


def _phase(keys: str, body: str = "People can log in.\n") -> str:
    return f'== phases/login.md\n---\ntitle: Login\nnumber: "01"\n{keys}---\n{body}'


def _criteria(text: str) -> str:
    return _phase("", f"People can log in.\n\n## Success criteria\n\n{text}")


_PLAIN = _phase("")
_OWN = "A right password opens the start page."

_FILES = (
    _row(
        "bad-encoding",
        ERROR,
        "File that is not UTF-8",
        "Signs would be lost or turned into others.",
        "save the file as UTF-8",
        (_PLAIN, "A file saved as Latin-1 or UTF-16, or one that holds binary data."),
    ),
    _row(
        "too-large",
        ERROR,
        "File over 1 MiB",
        "No item is that long; data of that size makes every page slow.",
        "split it, or keep the data outside the plan folder",
        (_PLAIN, "A file of more than 1,048,576 bytes."),
    ),
    _row(
        "no-front-matter",
        ERROR,
        "File without front matter",
        "Without the lines between `---` nothing is known of the item but its text.",
        "begin with `---`, then `key: value` lines, then `---` again",
        (_PLAIN, "== phases/login.md\nPeople can log in.\n"),
    ),
    _row(
        "bad-yaml",
        ERROR,
        "Front matter that is not YAML",
        "No field of the item can be read.",
        "mend the line; text with `: ` or `#` in it goes into quotes",
        (_PLAIN, _PLAIN.replace("title: Login", "title: [Login")),
    ),
    _row(
        "duplicate-key",
        ERROR,
        "Key that occurs twice",
        "One of the two values would be dropped without a word.",
        "keep one of the two",
        (_phase("owner: ada\n"), _phase("owner: ada\nowner: bob\n")),
    ),
    _row(
        "yaml-anchor",
        ERROR,
        "YAML anchor",
        "Values that stand elsewhere cannot be edited in a form; nested ones can fill the memory.",
        "write the value out where it is used",
        (_phase("owner: ada\n"), _phase("owner: &lead ada\n")),
    ),
    _row(
        "yaml-alias",
        ERROR,
        "YAML alias",
        "Values that stand elsewhere cannot be edited in a form; nested ones can fill the memory.",
        "write the value out; text that begins with `*` goes into quotes",
        (_phase("tags: [ada]\n"), _phase("owner: &lead ada\ntags: [*lead]\n")),
    ),
    _row(
        "yaml-merge",
        ERROR,
        "YAML merge key",
        "It hides which fields an item has.",
        "write the keys out",
        (_phase("owner: ada\n"), _phase("<<: {owner: ada}\n")),
    ),
    _row(
        "yaml-tag",
        ERROR,
        "YAML tag",
        "Each field has its type already, and tags can name types of a program.",
        "delete the tag; text that begins with `!` goes into quotes",
        (_phase("owner: ada\n"), _phase("owner: !!str ada\n")),
    ),
    _row(
        "bad-id",
        ERROR,
        "File name that cannot be an id",
        "An id is a file name, an address and a word in texts on every system.",
        "use letters and digits, and between them . - _",
        (_PLAIN, _PLAIN.replace("login.md", "log in.md")),
    ),
    _row(
        "no-plan",
        ERROR,
        "Folder without plan.yaml",
        "It is the file by which a plan is found, and it holds the title.",
        "write plan.yaml with the line `title: …`",
        ("== plan.yaml\ntitle: Shop\n", _PLAIN),
    ),
    _row(
        "unknown-file",
        HINT,
        "File that is no part of a plan",
        "It is not read: an item in the wrong folder would be missed.",
        "move it to its folder, or out of the plan folder",
        (_PLAIN, _PLAIN.replace("phases/", "phase/")),
    ),
)
_FIELDS = (
    _row(
        "bad-value",
        ERROR,
        "Value that the field does not take",
        "The field counts as empty until the value is mended.",
        "use one of the values that the message names",
        (_phase("status: done\n"), _phase("status: finished\n")),
    ),
    _row(
        "missing-field",
        ERROR,
        "Field that must not be empty",
        "Lists and pages have nothing to show for the item.",
        "add the field",
        (_PLAIN, _PLAIN.replace("title: Login\n", "")),
    ),
    _row(
        "unknown-key",
        HINT,
        "Key that means nothing",
        "It is kept but has no effect; often it is a slip of the pen.",
        "correct the key, or leave it: it is kept as it is",
        (_phase("status: done\n"), _phase("staus: done\n")),
    ),
    _row(
        "duplicate-section",
        WARNING,
        "Heading that occurs twice",
        "Only the text under the first one is read.",
        "put both texts under the first heading",
        (
            _criteria(f"1. {_OWN} {{#c1}}\n"),
            _criteria(f"1. {_OWN} {{#c1}}\n\n## Success criteria\n\n1. More. {{#c2}}\n"),
        ),
    ),
    _row(
        "criterion-without-id",
        HINT,
        "Criterion without an id",
        "Without `{#c1}` its place is its id, which changes when one before it is taken out.",
        "add `{#c1}` at the end of its text, with a number that no other criterion has",
        (_criteria(f"1. {_OWN} {{#c1}}\n"), _criteria(f"1. {_OWN}\n")),
    ),
    _row(
        "duplicate-criterion",
        ERROR,
        "Two criteria with one id",
        "Links and history mean either.",
        "give the second one a number that no criterion of the phase had before",
        (
            _criteria(f"1. {_OWN} {{#c1}}\n2. A wrong one does not. {{#c2}}\n"),
            _criteria(f"1. {_OWN} {{#c1}}\n2. A wrong one does not. {{#c1}}\n"),
        ),
    ),
    _row(
        "malformed-criterion",
        WARNING,
        "Entry that cannot be read as a criterion",
        "It is kept in the file but counts nowhere.",
        "write it as `1. what is true {#c1}`",
        (_criteria(f"1. {_OWN} {{#c1}}\n"), _criteria(f"- {_OWN}\n")),
    ),
)
_FOLDER = (
    _row(
        "symlink",
        ERROR,
        "Symbolic link in the plan folder",
        "It could lead to any file of the machine.",
        "put the file itself there, or remove the link",
        (_PLAIN, "phases/login.md is a link to /etc/passwd."),
    ),
    _row(
        "outside",
        ERROR,
        "Path that leaves the plan folder",
        "A plan holds its own files only.",
        "rename the file",
        (_PLAIN, "A revision with the path phases/../../login.md."),
    ),
    _row(
        "submodule",
        ERROR,
        "Other repository inside the plan folder",
        "Its files have a history of their own and are not read.",
        "keep the files of the plan in one repository",
        (_PLAIN, "phases/ is a git submodule."),
    ),
    _row(
        "bad-name",
        ERROR,
        "File name that is not UTF-8",
        "It can be neither shown nor linked.",
        "rename the file",
        (_PLAIN, "A file whose name was written as Latin-1."),
    ),
    _row(
        "special-file",
        ERROR,
        "Pipe, socket or device",
        "Reading it could wait for ever.",
        "remove it",
        (_PLAIN, "phases/login.md is a named pipe."),
    ),
    _row(
        "unreadable-file",
        ERROR,
        "File that the system does not let us read",
        "The plan is shown without it.",
        "check its permissions",
        (_PLAIN, "phases/login.md has the mode 000."),
    ),
    _row(
        "too-many-files",
        ERROR,
        "Folder with too many files",
        "It is hardly a plan, and the rest is not read.",
        "point the planner at the plan's own folder",
        (_PLAIN, "The plan folder is a whole home directory."),
    ),
    _row(
        "too-deep",
        ERROR,
        "Folders nested too deep",
        "The rest is not read; a plan has two levels of folders.",
        "move the files up",
        (_PLAIN, "research/ with hundreds of nested folders."),
    ),
    _row(
        "merge-conflict",
        ERROR,
        "Unfinished merge",
        "Two texts stand in one file, and neither can be trusted.",
        "choose between the two texts, remove the markers, then `git add` the file",
        (_PLAIN, "phases/login.md holds the lines between <<<<<<< and >>>>>>> of a merge."),
    ),
)

READING_RULES: dict[str, Rule] = table((*_FILES, *_FIELDS, *_FOLDER))

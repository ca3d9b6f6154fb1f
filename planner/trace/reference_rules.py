"""Rules about references: each names an item that is there, once, and that is not dropped.

`planner.trace.reference_check` applies them.
"""

from planner.trace.finding import ERROR, HINT, WARNING, table
from planner.trace.rule import Rule

UNRESOLVED = Rule(
    id="unresolved-reference",
    group="references",
    title="Reference that names no item",
    severity=ERROR,
    why="A reference to nothing is work that nobody plans or a criterion that checks nothing.",
    good="""\
== phases/login.md
---
title: Login
number: "01"
---
People can log in.
== requirements/AUTH-01.md
---
phase: login
---
The service shall ask for a password.
""",
    bad="""\
== phases/login.md
---
title: Login
number: "01"
---
People can log in.
== requirements/AUTH-01.md
---
phase: log-on
---
The service shall ask for a password.
""",
    hint="correct the id, or add the item",
)
REPEATED = Rule(
    id="repeated-reference",
    group="references",
    title="The same item is named twice",
    severity=HINT,
    why="The second mention says nothing, and may stand where another id was meant.",
    good="""\
== phases/login.md
---
title: Login
number: "01"
---
People can log in.

## Success criteria

1. A right password opens the start page. {#c1}
   - verifies: AUTH-01, AUTH-02
""",
    bad="""\
== phases/login.md
---
title: Login
number: "01"
---
People can log in.

## Success criteria

1. A right password opens the start page. {#c1}
   - verifies: AUTH-01, AUTH-01
""",
    hint="remove one of the two, or correct it",
)
SELF = Rule(
    id="self-dependency",
    group="references",
    title="Item that depends on itself",
    severity=ERROR,
    why="What waits for itself can never begin.",
    good="""\
== phases/login.md
---
title: Login
number: "02"
depends_on: [accounts]
---
People can log in.
""",
    bad="""\
== phases/login.md
---
title: Login
number: "02"
depends_on: [login]
---
People can log in.
""",
    hint="remove the reference, or name the item that is meant",
)
DROPPED = Rule(
    id="dropped-item-referenced",
    group="references",
    title="Reference to a dropped item",
    severity=ERROR,
    why="Nobody works on a dropped item, so what builds on it cannot be finished.",
    good="""\
== requirements/AUTH-01.md
---
status: dropped
---
The service shall ask for a password.
== requirements/AUTH-02.md
---
status: approved
links:
  - {to: AUTH-01, type: replaces}
---
The service shall ask for a passkey.
""",
    bad="""\
== requirements/AUTH-01.md
---
status: dropped
---
The service shall ask for a password.
== requirements/AUTH-02.md
---
status: approved
links:
  - {to: AUTH-01, type: depends-on}
---
The service shall lock an account after 5 wrong passwords.
""",
    hint="remove the reference, drop this item too, or take the other one up again",
)
LEVEL = Rule(
    id="verification-level-unknown",
    group="references",
    title="Verification level that plan.yaml does not name",
    severity=WARNING,
    why="Nobody knows how hard to check at a level that the plan does not define.",
    good="""\
== plan.yaml
title: Shop
verification_levels: [sanity, full]
== phases/login.md
---
title: Login
number: "01"
verification: full
---
People can log in.
""",
    bad="""\
== plan.yaml
title: Shop
verification_levels: [sanity, full]
== phases/login.md
---
title: Login
number: "01"
verification: thorough
---
People can log in.
""",
    hint="use a level of plan.yaml, or add this one to its verification_levels",
)

REFERENCE_RULES = table((UNRESOLVED, REPEATED, SELF, DROPPED, LEVEL))

"""Who a person at the service is to git."""

from service.guard.principal import Principal
from service.planning.records import PersonRecord


def author_of(who: Principal) -> PersonRecord:
    """The author of what is saved: name and e-mail of the key that signed in.

    A key without an e-mail gives a commit without one, which git takes (`Name <>`).
    """
    return PersonRecord(name=who.person, email=who.email)

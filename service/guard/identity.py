"""What the service knows about who may come in: keys, sessions, tokens, and failed attempts."""

from dataclasses import dataclass

from service.db.database import Database
from service.guard.keyring import Keyring
from service.guard.principal import Principal
from service.guard.sessions import Sessions
from service.guard.throttle import Throttle
from service.guard.tokens import Tokens
from service.state import State


@dataclass(frozen=True, slots=True)
class Identity:
    """The parts, made once."""

    keyring: Keyring
    sessions: Sessions
    tokens: Tokens
    throttle: Throttle

    def holds(self, who: Principal) -> bool:
        """Whether a principal that was admitted before would still be."""
        if self.keyring.live(who.key_id) is None:
            return False
        return not who.session_id or self.sessions.by_id(who.session_id, use=False) is not None


def identity_of(database: Database, state: State, secret_key: str) -> Identity:
    """Make the parts; the sessions that are left from before are still to be loaded."""
    return Identity(
        Keyring(database, state.keys_changed), Sessions(database), Tokens(secret_key), Throttle()
    )

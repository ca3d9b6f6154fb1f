"""What a model adds to an interview."""

from dataclasses import dataclass

from service.services import services


@dataclass(frozen=True, slots=True)
class Help:
    """Whether a model may be asked, and what came of it."""

    on: bool
    why_off: str


def help_of(session_id: str) -> Help:
    """What the page says of the model."""
    del session_id
    on = bool(str(services().settings.anthropic_api_key))
    return Help(on, "" if on else "Set ANTHROPIC_API_KEY and start the service again.")

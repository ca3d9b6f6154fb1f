"""Where log lines go and what they look like."""

from service.settings import Settings


def configure(settings: Settings) -> None:
    """Set up logging."""

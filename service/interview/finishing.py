"""What a save tells of the interview that it comes from, and what becomes of that."""

from service.errors import NotFoundError
from service.interview import sessions
from service.services import services

Trailers = tuple[tuple[str, str], ...]


def trailers_of(session_id: str) -> Trailers:
    """The lines at the end of the commit; none where there is no such interview (any more).

    The people who answered are the business of the history at `/ask/<id>/history`.
    """
    if not session_id:
        return ()
    try:
        session = services().database.read(lambda db: sessions.get(db, session_id))
    except NotFoundError:
        return ()
    models = tuple(("Assisted-by", model) for model in session.models)
    return (("Interview", session.id), *models)


def finish(session_id: str) -> None:
    """Note that what was accepted is in the plan: the same draft must not be saved twice."""
    if not session_id:
        return
    try:
        services().database.write(lambda db: sessions.set_state(db, session_id, "done"))
    except NotFoundError:
        return

"""Every failure that the service answers on purpose, with its status and its one JSON shape."""

from collections.abc import Mapping
from types import MappingProxyType

_NONE: Mapping[str, str] = MappingProxyType({})


class ServiceError(Exception):
    """A request that cannot be served.

    `status` is the HTTP status, `code` a word for programs, `message` what is wrong, `hint` how
    to mend it (may be empty), `headers` what the answer carries besides.  None of them may hold a
    secret or the text of another exception: they are shown to whoever asked.
    """

    status = 500
    code = "internal"

    def __init__(self, message: str, hint: str = "", *, headers: Mapping[str, str] = _NONE) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.headers = headers


class BadRequestError(ServiceError):
    """The request is malformed."""

    status = 400
    code = "bad_request"


class UnauthorizedError(ServiceError):
    """No valid credentials.  The answer is the same, whatever was wrong with them."""

    status = 401
    code = "unauthorized"

    def __init__(self) -> None:
        super().__init__(
            "this address needs a valid key",
            "send it in the header X-API-Key, or sign in at /login",
            headers={"WWW-Authenticate": 'ApiKey realm="agented"'},
        )


class ForbiddenError(ServiceError):
    """The credentials are valid and do not suffice, or the request comes from another site."""

    status = 403
    code = "forbidden"


class NotFoundError(ServiceError):
    """There is no such thing."""

    status = 404
    code = "not_found"


class ConflictError(ServiceError):
    """The request contradicts the present state."""

    status = 409
    code = "conflict"


class SlowBodyError(ServiceError):
    """A body that did not arrive in time."""

    status = 408
    code = "request_timeout"


class LengthRequiredError(ServiceError):
    """A body without a stated length."""

    status = 411
    code = "length_required"


class TooLargeError(ServiceError):
    """A body over the limit."""

    status = 413
    code = "too_large"


class UnsupportedTypeError(ServiceError):
    """A body of another type than the route reads."""

    status = 415
    code = "unsupported_type"


class TooManyError(ServiceError):
    """Over a limit; `Retry-After` says for how many seconds."""

    status = 429
    code = "too_many_requests"

    def __init__(
        self,
        message: str,
        retry_after_s: int,
        hint: str = "",
        *,
        more: Mapping[str, str] = _NONE,
    ) -> None:
        super().__init__(
            message,
            hint or f"try again in {retry_after_s} s",
            headers={"Retry-After": str(max(1, retry_after_s)), **more},
        )


class UnavailableError(ServiceError):
    """Something that the service needs is not there for now; the request may be repeated."""

    status = 503
    code = "unavailable"

    def __init__(self, message: str, retry_after_s: int = 5, hint: str = "") -> None:
        super().__init__(
            message,
            hint or f"try again in {retry_after_s} s",
            headers={"Retry-After": str(max(1, retry_after_s))},
        )


class ConfigurationError(Exception):
    """The service must not start like this; each problem says what is wrong and how to mend it."""

    exit_code = 78  # EX_CONFIG of sysexits.h

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems

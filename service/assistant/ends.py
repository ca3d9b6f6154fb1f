"""How a run of the model ends: one word, and what it means to people.  Pure."""

from typing import Final

from service.executions.records import State

GOOD: Final = frozenset({"end_turn", "stop_sequence"})
_WORDS: Final = {
    "end_turn": "it answered",
    "stop_sequence": "it answered",
    "max_tokens": "the answer was cut off at its greatest length; ask for less at once",
    "refusal": "the model declined to answer this; word the question in another way",
    "tool_use": "the model asked for a tool that it was not offered",
    "model_context_window_exceeded": "question and answer are too long for this model",
    "pause_turn": "the model paused too often; ask for less at once",
    "truncated": "the answer ended in the middle: the service of the model closed the connection",
    "dropped": "the connection broke in the middle of the answer; ask once more",
    "stalled": "nothing came for too long; ask once more",
    "timeout": "the service of the model did not answer in time; ask once more",
    "connection": "the service of the model cannot be reached; see ANTHROPIC_BASE_URL and network",
    "cancelled": "it was cancelled",
    "deadline": "it took longer than it may",
    "budget": "it was stopped at a ceiling of money; see the page of the assistant",
    "bad_output": "the answer has not the form that was asked for; ask once more",
    "not_configured": "the key of the model is missing or cannot be used",
    "stopped": "the service ended while it ran; it is not run again by itself",
    "rate_limit_error": "the account has reached its rate limit; ask again in a minute",
    "overloaded_error": "the service of the model is overloaded; ask again in a minute",
    "authentication_error": "the key was not accepted; mend ANTHROPIC_API_KEY",
    "permission_error": "the key may not use this model; choose another one in ASSISTANT_MODEL",
    "billing_error": "the account cannot pay; see its billing page",
    "not_found_error": "there is no such model; mend ASSISTANT_MODEL",
    "request_too_large": "the question is too long; ask about less at once",
    "invalid_request_error": "the service of the model did not accept the question",
    "api_error": "the service of the model failed; ask once more",
    "timeout_error": "the service of the model did not answer in time; ask once more",
}
_STATES: Final = {
    "cancelled": State.CANCELLED,
    "deadline": State.TIMED_OUT,
    "stopped": State.INTERRUPTED,
}
# Words that the history of executions knows for failures that may pass.
_FAILURES: Final = {
    "rate_limit_error": "rate_limit",
    "overloaded_error": "overloaded",
    "connection": "network",
    "dropped": "network",
    "stalled": "network",
    "timeout": "network",
}


def state_of(why: str) -> State:
    """The state of an execution that ended like this."""
    return State.SUCCEEDED if why in GOOD else _STATES.get(why, State.FAILED)


def reason_of(why: str) -> str:
    """The end in words."""
    return _WORDS.get(why) or "the service of the model failed in a way that is not known here"


def failure_of(why: str) -> str:
    """The end in a word for programs; empty when it is no failure."""
    return _FAILURES.get(why, why) if state_of(why) is State.FAILED else ""

"""How a command ended, as it is written down: its state, the reason in words, a word for programs.

Pure: what the supervising process, the control group and the command itself told comes in.
"""

import signal
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from service.executions.groups import Met
from service.executions.process import Ended
from service.executions.records import Execution, Outcome, State
from service.executions.usage import failure_of

_NOTHING_MET: Final = Met()


def outcome_of(ended: Ended, execution: Execution, met: Met = _NOTHING_MET) -> Outcome:
    """The state and the words for how a command ended, with the limits that it met."""
    state, reason, failure = _words(ended, execution)
    reason = "; ".join((reason, *met.words))
    if state is State.FAILED and met.memory_mib and ended.signal == signal.SIGKILL:
        failure = "memory"
    if ended.left:
        reason += f"; {ended.left} of its processes could not be killed"
    return Outcome(
        state=state,
        reason=reason,
        failure=failure,
        exit_code=ended.code,
        exit_signal=ended.signal,
    )


def failed(reason: str, failure: str) -> Outcome:
    """The outcome of what something stood in the way of."""
    return Outcome(state=State.FAILED, reason=reason, failure=failure)


def judged(outcome: Outcome, error: str, tail: Iterable[str]) -> Outcome:
    """The outcome with a word for its failure, if it is one of the command itself.

    `error` is what the command said of it by its JSON, `tail` its last lines.
    """
    if outcome.state is not State.FAILED or outcome.failure:
        return outcome
    return replace(outcome, failure=failure_of(outcome.exit_code, error, tail))


def _words(ended: Ended, execution: Execution) -> tuple[State, str, str]:
    if ended.failed:
        return State.FAILED, f"the command could not be started: {ended.failed}", "start"
    if ended.reason == "cancelled":
        return State.CANCELLED, "it was cancelled", ""
    if ended.reason == "timed_out":
        return State.TIMED_OUT, f"it ran longer than {execution.order.timeout_s} s", ""
    if ended.reason in ("stopped", "orphaned"):
        return (
            State.INTERRUPTED,
            "the service ended while it ran; it is not run again by itself",
            "",
        )
    if ended.reason == "lost":
        return State.FAILED, "its supervising process was killed", "lost"
    if ended.signal is not None:
        return State.FAILED, f"it was ended by the signal {_signal_name(ended.signal)}", ""
    if ended.code:
        return State.FAILED, f"it exited with {ended.code}", ""
    return State.SUCCEEDED, "it exited with 0", ""


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)

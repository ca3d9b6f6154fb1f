"""States of phases, and progress."""

from planner.model.items import Criterion, Dependency, Milestone, Phase, Plan, PlanTree, Requirement
from planner.trace.coverage import coverage
from planner.trace.graph import build_trace
from planner.trace.progress import PhaseState, Progress, Standings, assess

PLAN = Plan(id="plan", title="Shop")


def phase(name: str, number: int, *needs: str, **more: object) -> Phase:
    return Phase(
        id=name,
        number=str(number),
        title=name.title(),
        depends_on=tuple(Dependency(phase=each) for each in needs),
        **more,  # type: ignore[arg-type]
    )


def requirement(name: str, of: str, status: str = "approved") -> Requirement:
    return Requirement(id=name, phases=(of,) if of else (), status=status, text="x")


def stand(*items: Phase | Requirement | Milestone) -> Standings:
    return assess(
        build_trace(
            PlanTree(
                plan=PLAN,
                milestones=tuple(each for each in items if isinstance(each, Milestone)),
                phases=tuple(each for each in items if isinstance(each, Phase)),
                requirements=tuple(each for each in items if isinstance(each, Requirement)),
            )
        )
    )


def test_a_phase_is_as_far_as_its_requirements() -> None:
    """Deferred and dropped requirements do not count; begun ones are counted apart."""
    statuses = ("done", "in-progress", "approved", "draft", "blocked", "deferred", "dropped")
    standings = stand(
        phase("a", 1), *(requirement(f"R-{n}", "a", each) for n, each in enumerate(statuses))
    )
    assert standings.phase["a"].progress == Progress(done=1, total=5, started=1)
    assert standings.phase["a"].progress.percent == 20
    assert standings.phase["a"].state is PhaseState.IN_PROGRESS


def test_a_phase_is_done_when_all_its_requirements_are() -> None:
    """Whatever its own status says: the requirements win."""
    done = stand(phase("a", 1), requirement("R-1", "a", "done"), requirement("R-2", "a", "dropped"))
    assert done.phase["a"].state is PhaseState.DONE
    claimed = stand(phase("a", 1, status="done"), requirement("R-1", "a"))
    assert claimed.phase["a"].state is PhaseState.READY


def test_a_phase_without_requirements_is_as_far_as_its_criteria_or_its_status() -> None:
    """Met criteria count; a status of done outweighs criteria that nobody marked."""
    criteria = (Criterion(id="c1", text="x", status="met"), Criterion(id="c2", text="y"))
    standings = stand(
        phase("a", 1, criteria=criteria),
        phase("b", 2, criteria=criteria, status="done"),
        phase("c", 3, status="active"),
        phase("d", 4),
    )
    assert standings.phase["a"].progress == Progress(1, 2)
    assert standings.phase["a"].state is PhaseState.IN_PROGRESS
    assert standings.phase["b"].progress == Progress(2, 2)
    assert standings.phase["b"].state is PhaseState.DONE
    assert standings.phase["c"].progress == Progress(0, 1, 1)
    assert standings.phase["c"].state is PhaseState.IN_PROGRESS
    assert standings.phase["d"].state is PhaseState.READY
    assert (standings.phase["a"].criteria_met, standings.phase["a"].criteria_total) == (1, 2)


def test_a_hard_dependency_that_is_not_done_blocks() -> None:
    """Soft, done and dropped ones do not; a phase that is begun stays in progress."""
    soft = Phase(id="soft", number="5", depends_on=(Dependency(phase="a", soft=True),))
    standings = stand(
        phase("a", 1),
        phase("b", 2, status="done"),
        phase("gone", 3, status="dropped"),
        phase("late", 4, status="deferred"),
        soft,
        phase("c", 6, "b", "gone"),
        phase("d", 7, "late", "a", "b"),
        phase("e", 8, "a", status="active"),
    )
    assert standings.phase["soft"].state is PhaseState.READY
    assert standings.phase["c"].state is PhaseState.READY
    assert standings.phase["d"].state is PhaseState.BLOCKED
    assert standings.phase["d"].blocked_by == ("a", "late")
    assert standings.phase["e"].state is PhaseState.IN_PROGRESS
    assert standings.phase["e"].blocked_by == ("a",)
    assert standings.phase["gone"].state is PhaseState.DROPPED
    assert standings.phase["late"].state is PhaseState.DEFERRED
    assert standings.ready == ("a", "soft", "c")
    assert standings.blocked == ("d",)


def test_phases_that_wait_for_each_other_are_all_blocked() -> None:
    """A cycle ends nowhere, but it ends the check."""
    standings = stand(phase("a", 1, "b"), phase("b", 2, "a"))
    assert standings.blocked == ("a", "b")


def test_a_milestone_counts_each_requirement_once() -> None:
    """Also one that stands in two of its phases; phases without requirements count as they do."""
    both = Requirement(id="R-1", phases=("a", "b"), status="done")
    standings = stand(
        Milestone(id="m", title="M"),
        phase("a", 1, milestone="m"),
        phase("b", 2, milestone="m"),
        phase("c", 3, milestone="m", status="done"),
        phase("x", 4, milestone="m", status="dropped"),
        phase("loose", 5),
        both,
        requirement("R-2", "b"),
        requirement("R-3", ""),
        requirement("R-4", "x"),
    )
    assert standings.milestone == {"m": Progress(2, 3), "": Progress(0, 1)}
    assert standings.overall == Progress(2, 5)
    assert standings.requirements == Progress(1, 4)
    assert standings.phases == Progress(2, 4, 1)


def test_percent_is_full_only_when_all_is_done() -> None:
    """Rounded down, so 299 of 300 is not 100."""
    assert Progress(299, 300).percent == 99
    assert Progress(300, 300).percent == 100
    assert Progress(0, 0).percent == 0
    assert not Progress(0, 0).complete


def test_coverage_lists_the_holes_in_order() -> None:
    """Deferred and dropped items leave no hole; a reference to nothing does."""
    trace = build_trace(
        PlanTree(
            plan=PLAN,
            phases=(
                phase(
                    "a",
                    1,
                    criteria=(
                        Criterion(id="c1", text="x", verifies=("R-1",)),
                        Criterion(id="c2", text="y", verifies=("NO-1",)),
                        Criterion(id="c3", text="z"),
                    ),
                ),
                phase("b", 2),
                phase("c", 3, status="deferred", criteria=(Criterion(id="c1", text="x"),)),
            ),
            requirements=(
                requirement("R-1", "a"),
                requirement("R-10", ""),
                requirement("R-2", "nowhere"),
                requirement("R-3", "", "deferred"),
                requirement("R-4", "b", "dropped"),
            ),
        )
    )
    holes = coverage(trace)
    assert holes.requirements_without_phase == ("R-2", "R-10")
    assert holes.requirements_without_criterion == ("R-2", "R-10")
    assert holes.phases_without_requirements == ("b",)
    assert [ref.criterion.id for ref in holes.criteria_without_requirement] == ["c2", "c3"]
    assert (holes.requirements, holes.phases, holes.criteria) == (3, 2, 3)
    assert holes.requirements_with_phase == 1
    assert holes.criteria_with_requirement == 1
    assert not holes.full

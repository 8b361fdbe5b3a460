"""Runs that are ended at random moments; ``make faults`` does it two hundred times."""

from kill import outcomes


def test_a_run_that_is_ended_at_any_moment_is_made_right():
    """After each of twelve ends what is there is whole, and the same command gives the undisturbed bytes."""
    done = list(outcomes(kills=12, seed=7, jobs=2))
    assert len(done) == 12
    assert [outcome.fault for outcome in done if outcome.fault] == []
    # An end that ends nothing would prove nothing.
    assert sum(outcome.exit_code != 0 for outcome in done) >= 6

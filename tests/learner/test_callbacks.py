"""Callbacks: what may be one, and in which order they run."""

import itertools

import pytest

import minigrad as mg
from minigrad.learner import (
    Callbacks,
    CancelFittingException,
    EpochEnd,
    Metrics,
    Recorder,
    Scheduler,
    StepEnd,
    TrainingPhase,
    accuracy,
    epoch_,
    testlearner,
    throttle,
)
from minigrad.learner.ordering import in_order

from .helpers import Raising


def kind(name, *runafter):
    """A class of callbacks."""

    def on_step_end(self, learner, phase):
        learner.seen.append(name)

    return type(name, (), {"runafter": runafter, "on_step_end": on_step_end})


A, B = kind("A"), kind("B")
AfterA = kind("AfterA", A)
AfterBoth = kind("AfterBoth", AfterA, B)
Last = kind("Last", object)
VeryLast = kind("VeryLast", object, Last)


def names(callbacks):
    return [type(callback).__name__ for callback in callbacks]


def test_without_wishes_the_order_is_that_in_which_they_are_given():
    given = [B(), A(), B()]
    assert in_order(given) == given


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([AfterA, A], "A AfterA"),
        ([A, AfterA], "A AfterA"),
        ([AfterA, B, A], "B A AfterA"),
        ([AfterBoth, AfterA, B, A], "B A AfterA AfterBoth"),
        ([Last, B, A], "B A Last"),
        ([Last, AfterA, A, B], "A AfterA B Last"),
        ([VeryLast, Last, A], "A Last VeryLast"),
        ([AfterA, B], "AfterA B"),
    ],
)
def test_order(given, expected):
    assert " ".join(names(in_order([cls() for cls in given]))) == expected


def test_every_order_that_is_given_keeps_what_runafter_asks():
    for given in itertools.permutations([A, B, AfterA, AfterBoth, Last]):
        found = names(in_order([cls() for cls in given]))
        assert found.index("A") < found.index("AfterA") < found.index("AfterBoth")
        assert found.index("B") < found.index("AfterBoth") < found.index("Last")


def test_subclasses_and_wrapped_ones_count():
    sub = type("Sub", (A,), {})
    assert names(in_order([AfterA(), sub()])) == ["Sub", "AfterA"]
    wrapped = throttle(A(), StepEnd, freq=2)
    assert in_order([AfterA(), wrapped])[0] is wrapped
    late = throttle(AfterA(), StepEnd, freq=2)
    assert in_order([late, A()])[1] is late


def test_a_circle_is_named():
    class One:
        pass

    class Two:
        runafter = (One,)

    class Three:
        runafter = (Two,)

    One.runafter = (Three,)
    with pytest.raises(ValueError, match="wait for each other") as caught:
        in_order([A(), One(), Two(), Three(), AfterA()])
    text = str(caught.value)
    path = text.split("run: ")[1].split(". ")[0].split(" runs after ")
    assert path[0] == path[-1] and set(path) == {"One", "Two", "Three"}
    for one, other in itertools.pairwise(path):
        cls = {"One": One, "Two": Two, "Three": Three}
        assert cls[other] in cls[one].runafter


def test_they_run_in_that_order():
    learner = testlearner(AfterBoth(), AfterA(), B(), A(), nbatches=1)
    learner.seen = []
    epoch_(learner, TrainingPhase())
    assert learner.seen == ["B", "A", "AfterA", "AfterBoth"]


@pytest.mark.parametrize("runafter", [A, "A", (A(),), ("A",)])
def test_a_runafter_that_is_none(runafter):
    cls = type("Odd", (A,), {"runafter": runafter})
    with pytest.raises(TypeError, match=r"write runafter = \(Metrics,\)"):
        Callbacks([cls()])


# --- What may be a callback --------------------------------------------------------


class Typo:
    def on_epoch_finish(self, learner, phase):
        pass


class Short:
    def on_epoch_end(self, learner):
        pass


class Nothing:
    on_time = True


@pytest.mark.parametrize(
    ("callback", "message"),
    [
        (Recorder, r"a class: write Recorder\(\)"),
        (Typo(), r"Typo.on_epoch_finish would never be called.*There are: on_fit_beg"),
        (Short(), r"Write def on_epoch_end\(self, learner, phase\)"),
        (Nothing(), "a Nothing cannot be a callback.*on_epoch_end"),
        (print, r"CustomCallback\(f, EpochEnd\)"),
        (None, "None cannot be a callback"),
        (accuracy, r"A metric goes into Metrics\(f\)"),
        (mg.Scheduler(mg.Descent, eta=abs), r"It is a rule.*is in minigrad\.learner"),
    ],
)
def test_what_cannot_be_a_callback(callback, message):
    with pytest.raises(TypeError, match=message):
        Callbacks([callback])


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ("state_dict", "load_state_dict"),
            r"state_dict\(\) and none load_state_dict_",
        ),
        (("load_state_dict_",), r"load_state_dict_\(state\) and none state_dict\(\)"),
    ],
)
def test_half_a_memory(names, message):
    """It would be forgotten, silently, when a training is resumed."""
    half = type("Half", (A,), {name: lambda self, *state: {} for name in names})
    with pytest.raises(TypeError, match=message):
        Callbacks([half()])


def test_a_slip_of_the_pen_is_guessed():
    class Slip:
        def on_step_ends(self, learner, phase):
            pass

    with pytest.raises(TypeError, match=r"Did you mean on_step_end\?"):
        Callbacks([Slip()])


def test_nothing_needs_to_be_declared():
    class Printer:
        def on_step_end(self, learner, phase):
            self.last = learner.step.loss, learner.cbstate.history[phase].steps

    printer = Printer()
    epoch_(testlearner(printer, usedefaultcallbacks=True), TrainingPhase())
    assert printer.last[1] == 16


def test_twice_the_same():
    one = A()
    with pytest.raises(ValueError, match="was given twice"):
        Callbacks([one, one])
    with pytest.raises(ValueError, match="two callbacks Metrics"):
        Callbacks([Metrics(), Metrics()])
    Callbacks([Scheduler(eta=1), Scheduler(rho=1), A(), A()])


def test_an_error_counts_more_than_a_cancellation():
    stop = Raising(EpochEnd, CancelFittingException("stop"))
    broken = Raising(EpochEnd, ZeroDivisionError("broken"))
    with pytest.raises(ZeroDivisionError):
        epoch_(testlearner(stop, broken), TrainingPhase())

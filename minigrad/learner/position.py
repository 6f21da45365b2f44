"""Where a training stands: which `fit_`, epoch, phase and batch it has come to."""

from ..errors import ShapeError


class Position:
    """How far a training has come; what a resumed one begins with.

    Attributes:
        fit: how many `fit_` have begun in this program.
        epoch: how many epochs of it are complete.
        phase: how many phases of the next epoch are complete.
        step: how many batches of the next phase have been begun.
        phases: the names of the phases of an epoch; none outside of `fit_`.
        done: whether nothing is left to be done in this `fit_`.
        inside: whether an epoch has begun and not ended.

    >>> position = Position()
    >>> position.begin(["TrainingPhase", "ValidationPhase"])
    >>> for phase in range(3):
    ...     position.advance()
    >>> position.epoch, position.phase, position.where("ValidationPhase")
    (1, 1, ' of epoch 2 (ValidationPhase)')
    """

    numbers = "fit", "epoch", "phase", "step"

    def __init__(self):
        self.fit = self.epoch = self.phase = self.step = 0
        self.phases, self.done, self.inside = (), False, False

    def begin_epoch(self):
        """Begin to count the steps of an epoch.

        Raises:
            RuntimeError: there is one already.
        """
        if self.inside:
            raise RuntimeError(
                "An epoch was begun in the middle of another one, as by a callback "
                "that calls epoch_ at StepEnd: the numbers of both would be mixed up. "
                "Call it in on_epoch_end, or compute what you want from learner.model."
            )
        self.inside, self.step = True, 0

    def begin(self, phases):
        """Begin a `fit_` with these phases, by name."""
        self.fit += 1
        self.epoch = self.phase = self.step = 0
        self.phases, self.done = tuple(phases), False

    def end(self):
        """End a `fit_`."""
        self.phases = ()

    def advance(self):
        """Go on from a phase to the next one, or to the next epoch."""
        self.step = 0
        self.phase += 1
        if self.phase >= len(self.phases):
            self.epoch, self.phase = self.epoch + 1, 0

    def as_dict(self):
        """What a file keeps of it."""
        numbers = {name: getattr(self, name) for name in self.numbers}
        return numbers | {"phases": list(self.phases)}

    def after_phase(self):
        """The same as `as_dict`, for the moment at which the phase is complete."""
        twin = Position()
        vars(twin).update(vars(self))
        twin.advance()
        return twin.as_dict()

    def load_(self, numbers):
        """Go on from what `as_dict` gave.

        Raises:
            ShapeError: that was another kind of epoch.
        """
        if tuple(numbers["phases"]) != self.phases:
            raise ShapeError(
                f"The training in the file has the phases "
                f"{', '.join(numbers['phases'])}, and this one "
                f"{', '.join(self.phases)}."
            )
        for name in self.numbers:
            setattr(self, name, numbers[name])

    def where(self, phase):
        """The place in the training, for messages: ` in step 3 of epoch 2 (...)`."""
        step = f" in step {self.step}" if self.step else ""
        epoch = f" of epoch {self.epoch + 1}" if self.phases else ""
        name = phase if isinstance(phase, str) else type(phase).__name__
        return f"{step}{epoch} ({name})" if phase is not None else ""

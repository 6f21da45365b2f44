"""What callbacks and phases share by name: `learner.step` and `learner.cbstate`."""

from collections.abc import MutableMapping

from ..arrays import plain
from ..autodiff.tape import is_tracking
from ..walks import fmap


class PropDict(MutableMapping):
    """A dict whose entries are attributes as well.

    >>> state = PropDict(xs=1)
    >>> state.loss = 0.5
    >>> state, state["loss"], "grads" in state
    (PropDict(xs=1, loss=0.5), 0.5, False)
    """

    def __init__(self, **entries):
        vars(self).update(entries)

    def __getitem__(self, name):
        return vars(self)[name]

    def __setitem__(self, name, value):
        setattr(self, name, value)

    def __delitem__(self, name):
        del vars(self)[name]

    def __iter__(self):
        return iter(vars(self))

    def __len__(self):
        return len(vars(self))

    def __repr__(self):
        entries = (f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({', '.join(entries)})"

    def __getattr__(self, name):
        """Say what there is instead."""
        raise AttributeError(
            f"There is nothing called {name} here, only {', '.join(self) or 'nothing'}."
        )


class StepState(PropDict):
    """What is known of a step: `xs`, `ys`, `yhat`, `loss`, `grads`, and what you add.

    `ŷs` is another name of `yhat`. While a gradient is computed, what is stored here
    is tracked; callbacks, and whoever looks later, find plain values.

    >>> StepState({"yhat": 2}).ŷs
    2
    """

    __slots__ = ("_tracked",)

    def __init__(self, entries):
        object.__setattr__(self, "_tracked", set())
        vars(self).update(entries)

    def __setattr__(self, name, value):
        name = "yhat" if name == "ŷs" else name
        vars(self)[name] = value
        if is_tracking():
            self._tracked.add(name)

    def __getattr__(self, name):
        if name == "ŷs":
            return self.yhat
        return super().__getattr__(name)

    def __reduce__(self):
        return StepState, (dict(vars(self)),)

    def untrack(self):
        """Put plain values in place of tracked ones.

        Returns:
            A function that puts the tracked ones back, but for names that have got
            another value meanwhile.
        """
        entries = vars(self)
        kept = {name: entries[name] for name in self._tracked if name in entries}
        shown = {name: fmap(plain, value) for name, value in kept.items()}
        entries.update(shown)
        self._tracked.clear()

        def back():
            for name, value in kept.items():
                if entries.get(name) is shown[name]:
                    entries[name] = value
                    self._tracked.add(name)

        return back

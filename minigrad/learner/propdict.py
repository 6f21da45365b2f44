"""What callbacks and phases share by name: `learner.step` and `learner.cbstate`."""

from collections.abc import MutableMapping
from contextlib import contextmanager

import numpy as np

from ..arrays import plain
from ..autodiff.tracked import Tracked
from ..functors import is_leaf
from ..walks import fmap


class PropDict(MutableMapping):
    """A dict whose entries are attributes as well.

    >>> state = PropDict()
    >>> state.xs = 1
    >>> state.loss = 0.5
    >>> state, state["loss"], "grads" in state
    (PropDict(xs=1, loss=0.5), 0.5, False)
    """

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

    def __contains__(self, name):
        return name in self.__dict__

    def get(self, name, default=None):
        """The entry, or `default` where there is none."""
        return self.__dict__.get(name, default)

    def __repr__(self):
        entries = (f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({', '.join(entries)})"

    def __getattr__(self, name):
        """Say what there is instead."""
        others = f"only {', '.join(self)}" if len(self) else "or anything else, so far"
        raise AttributeError(f"There is nothing called {name} here, {others}.")


class StepState(PropDict):
    """What is known of a step: `xs`, `ys`, `yhat`, `loss`, `grads`, and what you add.

    `ŷs` is another name of `yhat`. While a gradient is computed, what is stored here
    is tracked; callbacks, and whoever looks later, find plain values.

    >>> state = StepState()
    >>> state.yhat = 2
    >>> state.ŷs
    2
    """

    @property
    def ŷs(self):
        """The same as `yhat`."""
        return self.yhat

    @ŷs.setter
    def ŷs(self, value):
        self.yhat = value

    def untrack(self):
        """Put plain values in place of tracked ones, for good."""
        entries = self.__dict__
        for name, value in entries.items():
            if type(value) is Tracked:
                value = value.value  # mostly this is all that `plain` would do
                entries[name] = plain(value) if type(value) is Tracked else value
            elif type(value) in NUMBERS or name in NEVER_TRACKED:
                pass
            elif not is_leaf(value):
                entries[name] = fmap(plain, value)

    @contextmanager
    def untracked(self):
        """Within it there are plain values; then the tracked ones are back.

        A name that has got another value meanwhile keeps that.
        """
        entries = self.__dict__
        before = dict(entries)
        self.untrack()
        shown = dict(entries)
        yield
        for name, value in before.items():
            if entries.get(name) is shown[name]:
                entries[name] = value


NUMBERS = frozenset((np.ndarray, np.float32, np.float64))

NEVER_TRACKED = frozenset(("xs", "ys", "grads"))
"""They come from outside of the function that is differentiated: often large trees."""

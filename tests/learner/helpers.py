"""What several tests of the learner share."""

from minigrad.learner import Event
from minigrad.learner.events import known_events


def events_of(*names):
    """The classes of events with these names."""
    return [event for event in known_events() if event.__name__ in names]


class Log:
    """A callback that notes all events, as (event, phase)."""

    def __init__(self):
        self.seen = []
        for event in known_events():
            setattr(self, event.method, self._noting(event))

    def _noting(self, event):
        def note(learner, phase):
            self.seen.append((event.__name__, type(phase).__name__))

        return note

    @property
    def events(self):
        """The names of the events."""
        return [event for event, _ in self.seen]


class Raising:
    """A callback that raises something at an event, the n-th time."""

    def __init__(self, event, error, times=1):
        assert issubclass(event, Event)
        self.error, self.times = error, times
        setattr(self, event.method, self._raise)

    def _raise(self, learner, phase):
        self.times -= 1
        if self.times == 0:
            raise self.error

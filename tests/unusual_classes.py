"""Marked classes that keep their fields in every way that Python knows."""

from dataclasses import dataclass

from minigrad import functor


@functor
class OneSlot:
    __slots__ = "weight"  # one name, and no tuple of letters

    def __init__(self, weight):
        self.weight = weight


@functor
class Slots:
    __slots__ = ("__secret", "_hidden", "unset", "weight")

    def __init__(self, weight):
        self.weight, self._hidden, self.__secret = weight, "carried along", "and this"

    def secret(self):
        return self.__secret


class SlotsBelow:
    __slots__ = ("weight",)


@functor
class DictAboveSlots(SlotsBelow):
    def __init__(self, weight):
        self.weight, self.other = weight, 3


@functor
class SlotsAboveSlots(SlotsBelow):
    __slots__ = ("other",)

    def __init__(self, weight):
        self.weight, self.other = weight, 3


@functor
class SlotsWithDict:
    __slots__ = ("__dict__", "__weakref__", "weight")

    def __init__(self, weight):
        self.weight, self.other = weight, 3


@functor
@dataclass(slots=True)
class DataSlots:
    weight: object


@functor
@dataclass(frozen=True)
class DataFrozen:
    weight: object


@functor
@dataclass(frozen=True, slots=True)
class DataFrozenSlots:
    weight: object


@functor
@dataclass(slots=True, weakref_slot=True)
class DataWeakref:
    weight: object


@functor
class ReadOnly:
    def __init__(self, weight):
        object.__setattr__(self, "weight", weight)

    def __setattr__(self, name, value):
        raise TypeError("this object does not change")


@functor
class Converting:
    """Its `__setattr__` would make other numbers of what is put into it."""

    def __init__(self, weight):
        vars(self)["weight"] = weight

    def __setattr__(self, name, value):
        vars(self)[name] = 0 * value


@functor(children=("weight",))
class Behind:
    """The field is a property, with the value behind it."""

    def __init__(self, weight):
        self._weight, self.name = weight, "carried along"

    @property
    def weight(self):
        return self._weight

    @weight.setter
    def weight(self, value):
        self._weight = value


UNUSUAL = [
    OneSlot,
    Slots,
    DictAboveSlots,
    SlotsAboveSlots,
    SlotsWithDict,
    DataSlots,
    DataFrozen,
    DataFrozenSlots,
    DataWeakref,
    ReadOnly,
    Converting,
]

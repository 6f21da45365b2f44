"""How often, and how long: functions that wrap functions called again and again.

`throttle` keeps a callback from being called too often. The others watch a number
and answer whether it is time to stop, or to change something.
"""

from math import inf
from numbers import Integral, Real
from operator import sub
from time import monotonic

from .errors import DomainError, described


def throttle(f, timeout, leading=True, trailing=False, clock=monotonic):
    """A function that calls `f`, but at most once in `timeout` seconds.

    Calls that come too early are dropped, and return what the last one returned.

    Args:
        f: the function.
        timeout: in seconds, at least 0, counted from the end of a call of `f`.
        leading: whether to call `f` at once when nothing has happened for so long. If
            not, the call waits until `timeout` is over.
        trailing: whether the last of the calls that come too early waits, too.
        clock: a function that returns the seconds since some moment; for tests.

    Returns:
        A function with the arguments and the result of `f`; its result is None as long
        as `f` has not been called. What waits is done by the first call after
        `timeout`: `f` never runs at the same time as your program, and what waits at
        its end is not done.

    Raises:
        TypeError: `f` is no function, or `timeout` is no number.
        DomainError: `timeout` is negative, NaN or infinite.

    Source: `throttle` of Flux, where a task waits beside the training.

    >>> second = 0
    >>> evaluate = throttle(lambda: f"at {second} s", 10, clock=lambda: second)
    >>> for second in range(0, 25, 4):
    ...     print(second, evaluate())
    0 at 0 s
    4 at 0 s
    8 at 0 s
    12 at 12 s
    16 at 12 s
    20 at 12 s
    24 at 24 s
    """
    _check_function(f, "throttle")
    if isinstance(timeout, bool) or not isinstance(timeout, Real):
        raise TypeError(
            f"throttle needs its timeout in seconds, not {described(timeout)}: write "
            f"throttle(f, 10)."
        )
    if not 0 <= timeout < inf:
        raise DomainError(f"throttle: {timeout} seconds cannot be waited for.")
    until = -inf  # calls before this moment come too early
    waiting = result = None

    def run(arguments, keywords):
        nonlocal result, until
        result = f(*arguments, **keywords)
        until = clock() + timeout

    def throttled(*arguments, **keywords):
        nonlocal until, waiting
        if waiting is not None and clock() >= until:
            due, waiting = waiting, None
            run(*due)
        if clock() < until:
            if trailing:
                waiting = arguments, keywords
        elif leading:
            run(arguments, keywords)
        else:
            waiting, until = (arguments, keywords), clock() + timeout
        return result

    return throttled


def patience(predicate, wait):
    """A function that is True once `predicate` has been so, `wait` times in a row.

        count <- count + 1 if predicate(...), else 0;  the answer is count >= wait

    Args:
        predicate: a function that returns whether this time counts.
        wait: how many times, a whole number, at least 1.

    Returns:
        A function with the arguments of `predicate`. It goes on counting, and stays
        True until `predicate` is not.

    Raises:
        TypeError: `predicate` is no function, or `wait` no whole number.
        DomainError: `wait` is below 1.

    Source: `patience` of Flux.

    >>> worse = patience(lambda loss: loss > 1, 2)
    >>> [worse(loss) for loss in (3, 0, 2, 2, 2, 0)]
    [False, False, False, True, True, False]
    """
    _check_function(predicate, "patience")
    _check_count(wait, "patience", "wait")
    count = 0

    def is_time(*arguments, **keywords):
        nonlocal count
        count = count + 1 if predicate(*arguments, **keywords) else 0
        return count >= wait

    return is_time


def early_stopping(f, delay, distance=sub, init_score=inf, min_dist=0):
    """A function that is True once `f` has been worse than its best, `delay` times.

        d = distance(best, f(...));  best <- f(...) unless d < 0
        the time counts if d < min_dist;  the answer is whether `delay` counted in a row

    The lower `f`, the better; for an accuracy, where more is better, give
    `distance=lambda best, score: score - best, init_score=-inf`.

    Args:
        f: a function that returns a score, such as a loss on held-out data.
        delay: how many times in a row, a whole number, at least 1.
        distance: `(best, score) -> number`, above 0 if the score is better.
        init_score: what the first score is compared with.
        min_dist: what counts as better. At 0, a score as good as the best does not
            count as worse; above 0, it does.

    Returns:
        A function with the arguments of `f`.

    Raises:
        TypeError: `f` is no function, or `delay` no whole number.
        DomainError: `delay` is below 1, or `f` returns NaN, which is neither better
            nor worse.

    Source: `early_stopping` of Flux, with the `init_score` of its release 0.16.8 (0
    before, which counted every positive loss as worse).

    >>> losses = iter([0.9, 0.5, 0.6, 0.4, 0.5, 0.7])
    >>> stop = early_stopping(lambda: next(losses), 2)
    >>> [stop() for epoch in range(6)]
    [False, False, False, False, False, True]
    """
    _check_function(f, "early_stopping")
    _check_count(delay, "early_stopping", "delay")
    best = init_score

    def is_worse(*arguments, **keywords):
        nonlocal best
        score = _score(f(*arguments, **keywords), "early_stopping")
        better_by = distance(best, score)
        best = best if better_by < 0 else score
        return better_by < min_dist

    return patience(is_worse, delay)


def plateau(f, width, distance=sub, init_score=0, min_dist=1e-6):
    """A function that is True once `f` has hardly changed, `width` times.

        d = |distance(last, f(...))|;  last <- f(...)
        the time counts if d < min_dist;  the answer is whether `width` counted in a row

    Args:
        f: a function that returns a score, such as a loss on held-out data.
        width: how many times in a row, a whole number, at least 1.
        distance: `(last, score) -> number`; its sign makes no difference.
        init_score: what the first score is compared with.
        min_dist: from which distance on a score has changed.

    Returns:
        A function with the arguments of `f`. As the `advance` of a `Stateful`
        schedule it lowers a learning rate, and goes on to do so in every step until
        `f` changes again. (`ReduceLROnPlateau` of PyTorch compares with the best score
        instead of the last, and starts to count anew after each fall of the rate.)

    Raises:
        TypeError: `f` is no function, or `width` no whole number.
        DomainError: `width` is below 1, or `f` returns NaN.

    Source: `plateau` of Flux.

    >>> losses = iter([0.9, 0.5, 0.5, 0.5, 0.4])
    >>> stuck = plateau(lambda: next(losses), 2)
    >>> [stuck() for epoch in range(5)]
    [False, False, False, True, False]
    """
    _check_function(f, "plateau")
    _check_count(width, "plateau", "width")
    last = init_score

    def is_flat(*arguments, **keywords):
        nonlocal last
        score = _score(f(*arguments, **keywords), "plateau")
        change = abs(distance(last, score))
        last = score
        return change < min_dist

    return patience(is_flat, width)


def _check_function(f, caller):
    if not callable(f):
        raise TypeError(
            f"{caller} needs a function as its first argument, not {described(f)}: "
            f"write lambda: loss(model, x, y), not loss(model, x, y)."
        )


def _check_count(given, caller, name):
    if isinstance(given, bool) or not isinstance(given, Integral):
        raise TypeError(
            f"{caller} needs a whole number of times as {name}, such as 3, not "
            f"{described(given)}."
        )
    if given < 1:
        raise DomainError(
            f"{caller}({name}={given}) would be True from the start: 1 is True as soon "
            f"as it happens once."
        )


def _score(score, caller):
    """What `f` returned, if it can be compared."""
    if isinstance(score, Real) and score != score:
        raise DomainError(
            f"{caller}: the function returned NaN, which is neither better nor worse "
            f"than anything. See where it comes from before you train on."
        )
    return score

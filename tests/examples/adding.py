"""The adding problem: an LSTM learns what to remember, and for how long.

A sequence has a random number in each step, and two of the steps are marked. The answer
is the sum of the two marked numbers, which only who remembers the first can give.
Who always says 1, the mean of all sums, has a mean squared error of 1/6.

Learnt here: a recurrent layer has no hidden memory. Its state is a pair of arrays,
`(h, c)`, that comes out of one call and goes into another: so a sequence can be read in
pieces. And: a gate that is open at the start (the bias of "what is kept" is 1) saves
most of the training, because what is forgotten has no gradient.

Sources: Hochreiter and Schmidhuber, "Long short-term memory" (1997), experiment 4, made
shorter; the bias: Jozefowicz, Zaremba and Sutskever, "An empirical exploration of
recurrent network architectures" (2015).

    python tests/examples/adding.py
"""

from typing import NamedTuple

import numpy as np

import minigrad as mg

TIME, HIDDEN, STEPS, BATCHSIZE = 40, 32, 1000, 32


class Adder(NamedTuple):
    """Reads a sequence with an LSTM, and answers from its last state."""

    lstm: mg.LSTM
    head: mg.Dense

    def __call__(self, x, state=None):
        """The answer for sequences (batch, time, 2), and the state after them."""
        _, (h, c) = self.lstm(x, state)
        return self.head(h), (h, c)


def main(seed=0):
    """Train and return the errors of the network and of always saying 1."""
    mg.seed(seed)
    rng = np.random.default_rng(seed)
    model = Adder(mg.LSTM(2, HIDDEN, return_state=True), mg.Dense(HIDDEN, 1))
    open_forget_gate_(model.lstm.cell)
    eta = mg.optimise.schedules.CosAnneal(l0=0, l1=0.01, period=STEPS, restart=False)
    rule = mg.OptimiserChain(mg.ClipGlobalNorm(1.0), mg.Scheduler(mg.Adam(), eta=eta))
    opt_state = mg.setup(rule, model)

    x_test, y_test = sequences(1000, rng)
    trivial = float(mg.mse(np.ones_like(y_test), y_test))
    for step in range(1, STEPS + 1):
        mg.trainstep_(loss, model, sequences(BATCHSIZE, rng), opt_state)
        if step % 200 == 0:
            error = float(loss(model, x_test, y_test))
            print(f"step {step}: error {error:.5f}, of always saying 1 {trivial:.5f}")

    # Read in two pieces, with the state handed on, it is the same sequence.
    early, late = x_test[:, : TIME // 2], x_test[:, TIME // 2 :]
    _, state = model(early)
    np.testing.assert_allclose(model(late, state)[0], model(x_test)[0], atol=1e-5)
    assert error < trivial / 10
    return error, trivial


def loss(model, x, y):
    """The mean squared error of the answers."""
    answer, _ = model(x)
    return mg.mse(answer, y)


def sequences(n, rng):
    """`n` sequences (n, TIME, 2) of numbers and marks, and their sums (n, 1).

    One mark is in the first half, the other in the second.
    """
    numbers = rng.random((n, TIME), np.float32)
    marks = np.zeros_like(numbers)
    half, rows = TIME // 2, np.arange(n)
    marks[rows, rng.integers(half, size=n)] = 1
    marks[rows, half + rng.integers(half, size=n)] = 1
    sums = np.sum(numbers * marks, axis=1, keepdims=True)
    return np.stack([numbers, marks], axis=-1), sums


def open_forget_gate_(cell):
    """1 for the part of the bias that decides what is kept: the second of four."""
    cell.bias[HIDDEN : 2 * HIDDEN] = 1


if __name__ == "__main__":
    main()

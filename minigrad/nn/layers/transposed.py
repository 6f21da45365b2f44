"""The transposed convolution: from small to large."""

from ...errors import ShapeError
from ...marking import functor
from ..convolution import Steps, scatter
from .conv import Conv
from .windows import per_axis, spans, uniform


@functor(children=("weight", "bias", "act"))
class ConvTranspose(Conv):
    """A convolution backwards, from small to large: the adjoint of `Conv`.

    Every number of the input is multiplied with the window and added to the output
    there. What `Conv` with the same stride, padding and dilation makes smaller, this
    makes larger again.

        size = (n - 1) stride + dilation (kernel - 1) + 1 - all pad + outpad

    With `pad=SamePad()`, the output is as large as the input times the stride.

    Args:
        args: as in `Conv`; the weights have the shape (in, out / groups, *kernel), that
            of the convolution which it is the adjoint of.
        outpad: how many rows more the output gets at its end, a number or a tuple:
            with a stride, several sizes lead to the same small one. Smaller than the
            stride.
        options: as in `Conv`.

    Source: Dumoulin and Visin (2016), as `Conv`, chapter 4.

    >>> import numpy as np
    >>> up = ConvTranspose((3, 3), 8, 1, stride=2, pad=1, outpad=1)
    >>> up(np.ones((5, 14, 14, 8), np.float32)).shape
    (5, 28, 28, 1)
    """

    layout = "(in, out / groups, *kernel)"

    def __init__(self, *args, outpad=0, **options):
        super().__init__(*args, **options)
        name = type(self).__name__
        axes = len(self.stride)
        self.outpad = per_axis(name, "outpad", outpad, axes, least=0)
        if any(o >= s for o, s in zip(self.outpad, self.stride, strict=True)):
            raise ShapeError(
                f"{name}(outpad={outpad!r}, stride={uniform(self.stride)}): outpad "
                f"must be smaller than the stride. More rows would be out of reach of "
                f"every window; np.pad(y, ...) adds them."
            )

    def _sizes(self, n, m):
        return super()._sizes(m, n)

    def _channels(self):
        n, group = self.weight.shape[:2]
        return n, group * self.groups

    def _missing(self):
        reach = spans(self.weight.shape[2:], self.dilation)
        return [n - s for n, s in zip(reach, self.stride, strict=True)]

    def __call__(self, x):
        """The adjoint of `Conv`, applied to `x`."""
        x, reach = self._prepared(x), spans(self.weight.shape[2:], self.dilation)
        axes = zip(x.shape[1:-1], self.stride, reach, self.outpad, strict=True)
        space = tuple((n - 1) * s + r + o for n, s, r, o in axes)
        axes = zip(self.pad[::2], space, self.pad[1::2], strict=True)
        inside = [(before, n - after) for before, n, after in axes]
        if any(start >= stop for start, stop in inside):
            raise ShapeError(
                f"{self!r}: of an output of {space}, nothing is left when the padding "
                f"is taken away. Pad less, or give it more than {x.shape[1:-1]}."
            )
        steps = Steps(space, self.stride, self.dilation, self.groups)
        y = scatter(x, self._window(), steps)
        return self._finished(y[:, *(slice(*each) for each in inside)])

    def _more_options(self):
        return {"outpad": (uniform(self.outpad), 0)}

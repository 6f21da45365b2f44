"""Gates: x times how far it may pass, a number that depends on x itself."""

from math import pi, sqrt

import numpy as np

from ...autodiff.recording import primitive
from ...autodiff.registry import elementwise
from ...errors import ShapeError
from .curves import softplus
from .pieces import hardsigmoid
from .steps import sigmoid


@primitive
def gelu(x):
    """gelu(x) = x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x³))).

    This is Flux's `gelu`, the tanh approximation; x times the normal distribution
    function, which it approximates, differs by less than 0.0005. See Hendrycks
    and Gimpel, "Gaussian error linear units" (2016).

    >>> gelu(np.array([-1e4, 0.0, 1.0])).round(4)
    array([-0.    ,  0.    ,  0.8412])
    """
    return 0.5 * x * (1 + np.tanh(_gelu_argument(x)))


def _gelu_argument(x):
    return sqrt(2 / pi) * x * (1 + 0.044715 * x * x)


def gelu_vjp(g, ans, x):
    """With t = tanh(u(x)): gelu' = (1 + t) / 2 + x/2 (1 - t²) u'."""
    t = np.tanh(_gelu_argument(x))
    slope = sqrt(2 / pi) * (1 + 3 * 0.044715 * x * x)
    return g * 0.5 * (1 + t + x * (1 - t * t) * slope)


elementwise(gelu, gelu_vjp)


@primitive
def swish(x):
    """swish(x) = x sigmoid(x), also called SiLU.

    See Ramachandran et al., "Searching for activation functions" (2017).

    >>> swish(np.array([-1e4, 0.0, 1e4]))
    array([   -0.,     0., 10000.])
    """
    return x * sigmoid(x)


def swish_vjp(g, ans, x):
    """With s = sigmoid(x): swish' = s + x s (1 - s)."""
    s = sigmoid(x)
    return g * (s + ans * (1 - s))


elementwise(swish, swish_vjp)


@primitive
def mish(x):
    """mish(x) = x tanh(softplus(x)).

    See Misra, "Mish: a self regularized non-monotonic activation function" (2019).

    >>> mish(np.array([-1e4, 0.0, 1e4]))
    array([   -0.,     0., 10000.])
    """
    return x * np.tanh(softplus(x))


def mish_vjp(g, ans, x):
    """With t = tanh(softplus(x)): mish' = t + x (1 - t²) sigmoid(x)."""
    t = np.tanh(softplus(x))
    return g * (t + x * (1 - t * t) * sigmoid(x))


elementwise(mish, mish_vjp)


@primitive
def hardswish(x):
    """hardswish(x) = x hardsigmoid(x): a swish without an exponential.

    Its slope is taken to be 0 at -3, and 1 at 3. See Howard et al., "Searching for
    MobileNetV3" (2019).

    >>> hardswish(np.array([-4.0, -1.5, 0.0, 4.0]))
    array([-0.   , -0.375,  0.   ,  4.   ])
    """
    return x * hardsigmoid(x)


def hardswish_vjp(g, ans, x):
    """hardswish' = hardsigmoid + x hardsigmoid', the latter 1/6 from -3 to 3."""
    return g * (hardsigmoid(x) + x * ((x > -3) & (x < 3)) / 6)


elementwise(hardswish, hardswish_vjp)


@primitive
def lisht(x):
    """lisht(x) = x tanh(x): like x² near 0 and like |x| far out.

    See Roy et al., "LiSHT: non-parametric linearly scaled hyperbolic tangent
    activation function for neural networks" (2019).

    >>> lisht(np.array([-1e4, 0.0, 1e4]))
    array([10000.,     0., 10000.])
    """
    return x * np.tanh(1.0 * x)  # of small integers np.tanh would be float16


def lisht_vjp(g, ans, x):
    """With t = tanh(x): lisht' = t + x (1 - t²)."""
    t = np.tanh(x)
    return g * (t + x * (1 - t * t))


elementwise(lisht, lisht_vjp)


def glu(x, axis=-1):
    """glu(x) = a sigmoid(b), where a and b are the halves of x: b is the gate of a.

    See Dauphin et al., "Language modeling with gated convolutional networks" (2016).

    Args:
        x: an array, of even size along `axis`.
        axis: the axis that is halved.

    Returns:
        An array of half that size along `axis`.

    Raises:
        ShapeError: the size along `axis` is odd.

    >>> glu(np.array([[1.0, 2.0, 0.0, -1e4]]))
    array([[0.5, 0. ]])
    """
    if np.shape(x)[axis] % 2:
        raise ShapeError(
            f"glu halves axis {axis}, and x of shape {np.shape(x)} has an odd size "
            f"there. Let the layer before it return twice as many features as you need."
        )
    a, b = np.split(x, 2, axis)
    return a * sigmoid(b)

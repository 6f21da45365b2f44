import warnings

import numpy as np
import pytest

import minigrad as mg
from minigrad import legacy

GRADIENTS = np.array([[0.1, -0.2, 0.3], [0.4, 0.5, -0.6], [-0.7, 0.8, 0]])
START = np.array([1, -2, 0.5])

# What features.md (A003) states after three steps from START, digit for digit: the
# arguments of the page's example, and the numbers.
G3 = [
    ("Descent", (), "1.02 -2.11 .53"),
    ("Descent", (0.3,), "1.06 -2.33 .59"),
    ("Momentum", (), ".99669 -2.01208 .50327"),
    ("Momentum", (0.01, 0.99), ".9960699 -2.0120098 .5030297"),
    ("Nesterov", (), ".9999021 -2.0021872 .5005943"),
    ("Nesterov", (0.003, 0.95), ".9995590375 -2.006732825 .5017956125"),
    ("RMSProp", (), ".99652326 -2.00246481 .49969487"),
    ("RMSProp", (0.002, 0.95), ".9901254124 -2.006875185 .4990960314"),
    ("ADAM", (), ".99831931 -2.00016305 .49964910"),
    ("ADAM", (0.001, (0.9, 0.8)), ".9983447684 -2.000099564 .499645734"),
    ("RADAM", (), ".99973768 -2.00036990 .49998328"),
    ("RADAM", (0.001, (0.9, 0.8)), ".99973768 -2.00036990 .49998328"),
    ("AdaMax", (), ".99849179 -1.99983869 .49947231"),
    ("AdaMax", (0.001, (0.9, 0.995)), ".9984917946 -1.999838687 .4994730484"),
    ("ADAGrad", (), ".88914986 -2.07580382 .48944273"),
    ("ADAGrad", (0.001,), ".9988914986 -2.000758038 .4998944273"),
    ("ADADelta", (), ".99978667 -2.00061197 .50008783"),
    ("ADADelta", (0.89,), ".9997965884 -2.000584143 .5000841395"),
    ("AMSGrad", (), ".99408947 -2.00228563 .49979387"),
    ("AMSGrad", (0.001, (0.89, 0.995)), ".997106658 -2.001129234 .4999046204"),
    ("NADAM", (), ".99794027 -2.00053784 .49962349"),
    ("NADAM", (0.002, (0.89, 0.995)), ".9958927643 -2.001103525 .4992617836"),
    ("ADAMW", (0.001, (0.89, 0.995), 0.1), ".9980239607 -1.999573673 .4995067928"),
    ("OADAM", (), ".99910934 -2.00167335 .50029462"),
    ("OADAM", (0.0001,), ".99991093 -2.00016733 .50002946"),
    ("OADAM", (0.001, (0.9, 0.995)), ".9985231841 -2.000881712 .4999321105"),
    ("AdaBelief", (), ".99809880 -2.00017790 .49958190"),
    ("AdaBelief", (0.001, (0.9, 0.8)), ".9981278962 -2.000109492 .4995771118"),
]
OLDER = "ADAM RADAM NADAM OADAM ADAGrad ADADelta ADAMW".split()
NEWER = "Adam RAdam NAdam OAdam AdaGrad AdaDelta AdamW".split()


def after(opt, gradients=GRADIENTS):
    x = START.copy()
    for dx in gradients:
        legacy.update_(opt, x, dx)
    return x


@pytest.mark.parametrize(("name", "arguments", "numbers"), G3)
def test_three_steps_lead_to_the_stated_numbers(name, arguments, numbers):
    found = after(getattr(legacy, name)(*arguments))
    for number, stated in zip(found, numbers.split(), strict=True):
        digits = len(stated.partition(".")[2])
        assert abs(number - float(stated)) <= 0.5001 * 10.0**-digits


def test_adamw_without_decay_is_adam():
    np.testing.assert_allclose(after(legacy.AdamW()), after(legacy.Adam()), rtol=1e-15)


@pytest.mark.parametrize(("older", "newer"), [*zip(OLDER, NEWER, strict=True)])
def test_names_of_2021_are_the_same_and_say_so_once(older, newer):
    legacy.allow_deprecated(False)
    with pytest.warns(DeprecationWarning, match=f"legacy.{older} .* write {newer}"):
        opt = getattr(legacy, older)()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        getattr(legacy, older)()
    assert np.array_equal(after(opt), after(getattr(legacy, newer)()))


@pytest.mark.parametrize("name", [name for name in NEWER if name != "AdamW"])
def test_old_and_new_are_distinct_types(name):
    old, new = getattr(legacy, name), getattr(mg, name)
    assert not issubclass(old, new)
    assert not issubclass(new, old)
    assert isinstance(old(), legacy.AbstractOptimiser)


def defaults(opt):
    return {name: getattr(opt, name) for name in opt.numbers}


def test_defaults_are_those_of_the_page():
    beta, epsilon = (0.9, 0.999), 1e-8
    moments = {"eta": 0.001, "beta": beta, "epsilon": epsilon}
    assert defaults(legacy.Descent()) == {"eta": 0.1}
    assert defaults(legacy.Momentum()) == {"eta": 0.01, "rho": 0.9}
    assert defaults(legacy.Nesterov()) == {"eta": 0.001, "rho": 0.9}
    assert defaults(legacy.RMSProp()) == {"eta": 0.001, "rho": 0.9, "epsilon": epsilon}
    assert defaults(legacy.AdaGrad()) == {"eta": 0.1, "epsilon": epsilon}
    assert defaults(legacy.AdaDelta()) == {"rho": 0.9, "epsilon": epsilon}
    for name in ("Adam", "RAdam", "AdaMax", "AMSGrad", "NAdam"):
        assert defaults(getattr(legacy, name)()) == moments
    assert defaults(legacy.OAdam()) == moments | {"beta": (0.5, 0.9)}
    assert defaults(legacy.AdaBelief()) == moments | {"epsilon": 1e-16}
    adam, decay, descent = legacy.AdamW()
    assert defaults(adam) == moments | {"eta": 1.0}
    assert (decay.wd, descent.eta) == (0.0, 0.001)


ALL = [getattr(legacy, name) for name in legacy.__all__]
MAKES_STEPS = [
    each
    for each in ALL
    if isinstance(each, type)
    and issubclass(each, legacy.AbstractOptimiser)
    and each.__module__.endswith("descents")
]


@pytest.mark.parametrize("kind", MAKES_STEPS, ids=lambda kind: kind.__name__)
def test_its_steps_are_those_of_the_rule_bit_for_bit(kind):
    """The maths is the new rule's: a state tree of that rule goes the same way."""
    rng = np.random.default_rng(0)
    gradients = rng.standard_normal((20, 3))
    opt, model = kind(), {"x": START.copy()}
    tree = mg.setup(opt, model)
    for dx in gradients:
        mg.update_(tree, model, {"x": dx})
    assert np.array_equal(after(opt, gradients), model["x"])


def test_momentum_keeps_its_velocity_downhill_and_nesterov_too():
    x, dx = np.zeros(1), np.ones(1)
    for opt, velocity in ((legacy.Momentum(0.1), -0.1), (legacy.Nesterov(0.1), -0.1)):
        legacy.update_(opt, x, dx)
        np.testing.assert_allclose(opt.state[x], [velocity])


def test_the_first_steps_of_radam_are_those_of_momentum():
    """Its rectification begins with step 5: features.md, A003-15."""
    x, opt = np.zeros(1), legacy.RAdam(eta=1.0)
    steps = [float(legacy.apply_(opt, x, np.array([100.0]))[0]) for _ in range(5)]
    np.testing.assert_allclose(steps[:4], 100)
    assert steps[4] < 1

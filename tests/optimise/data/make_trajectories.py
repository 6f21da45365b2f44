"""Write trajectories.npz: a hundred steps of every rule by PyTorch and by optax.

    python make_trajectories.py        (needs torch and optax; minigrad is not used)

The gradients are fixed, drawn once: for each of ten numbers another kind (see
`gradients`). All is float64. The names and hyperparameters in the file are ours.
Last written with torch 2.13.0 and optax 0.2.8.

Which of their rules are ours? (ε = epsilon, η = the rate, λ = weight decay)

    rule        PyTorch                             optax
    Descent     same: SGD                           same: sgd
    Momentum    same: SGD; keeps v/η instead of v   same: sgd; as PyTorch
    Nesterov    same: SGD; keeps -v/η               same: sgd; as PyTorch
    Rprop       same                                different: returns the step of the
                                                    gradient before; the first is 0
    RMSProp     same                                same after eps_in_sqrt=False
      centred   same                                same after eps_in_sqrt=False
    Adam        same                                same
    AdamW       same as couple=True; couple=False   same as couple=True
                after λ ours = η λ theirs
    RAdam       different: rectifies from ρ > 5 on, same after threshold=4 (default 5:
                ours from ρ > 4, as in the paper;   from ρ >= 5 on)
                and √v + ε is taken before v is
                unbiased
    AdaMax      same after ε = 1e-30: it takes      same after ε = 1e-30, as PyTorch
                max(β₂ u, |g| + ε), ours adds ε
                to u afterwards, as in Flux
    AdaGrad     same after its accumulator starts   different: η g / √(sum + ε)
                at ε (default 0)
    AdaDelta    same after lr=1                     same after learning_rate=1
    NAdam       same after momentum_decay is so     same after η and ε divided by √β₂
                large that μ_t = β₁ (default
                0.004: μ grows from β₁/2), and
                after η and ε divided by √β₂:
                the β₂ of Dozat's algorithm 2
                under the root is kept by ours only
    AMSGrad     different: m and v are unbiased,    same after bias_correction_*=False
                as in Adam; all averages start at   and all three averages start at ε
                0, ours at ε                        (set in the state)
    AdaBelief   (none)                              same after eps=eps_root=ε
    Lion        (none)                              same after weight_decay=0
    OAdam       (none)                              same after nesterov=False and the
                                                    flag of the first step unset: else
                                                    that step is a, ours is 2 a
    Muon        same after weight_decay=0 and with  different: Nesterov's two parts are
                the cast to bfloat16 taken out;     unbiased by 1 - ρ^(t+1) and 1 - ρ^t;
                matrices are (out, in)              matrices are (in, out); divides by
                                                    ‖M‖ + eps (here 1e-30)
    ClipGrad    same: clip_grad_value_              same: clip
    ClipNorm    different: clip_grad_norm_ divides  same: clip_by_global_norm, given one
                by ‖g‖ + 1e-6                       array
    ClipGlobalNorm  different, as ClipNorm          same: clip_by_global_norm
    WeightDecay same: weight_decay of Adam, SGD     same: add_decayed_weights
    AccumGrad   (none)                              same: MultiSteps after its
                                                    accumulator_dtype is float64
    SignDecay, MixedPrecision   neither framework has them as rules

An entry marked different is stored too, with `"same": false`: test_recurrences.py
shows that what the table says is all that differs.
"""

import json
from math import sqrt
from pathlib import Path

import numpy as np

STEPS, MATRIX, PAIR = 100, [[3, 2]], [[3, 2], [4]]
X0 = np.array([1.0, -2.0, 0.5, 0.25, -0.75, 3.0, 0.1, -0.2, 0.3, 1.5])
ENTRIES = []  # (what the file says of it, the function that computes it)


def gradients():
    """One row for each step, one column for each number."""
    rng = np.random.default_rng(20261121)
    g = rng.normal(size=(STEPS, 10))
    g[:20, 1] = 0  # begins with zeros
    g[:, 2] *= 1e-10  # tiny
    g[::7, 3] *= 1e6  # now and then huge
    g[:, 4] = 0.3 + 0.2 * np.sin(np.arange(STEPS))  # never turns
    g[:, 5] *= 10.0 ** rng.uniform(-6, 2, STEPS)  # of all sizes,
    g[rng.random(STEPS) < 0.2, 5] = 0  # with zeros in between
    g[50:, 9] = 0  # ends with zeros
    return g


def cut(flat, shapes):
    ends = np.cumsum([np.prod(shape) for shape in shapes])
    pieces = np.split(flat[: ends[-1]], ends[:-1])
    return [p.reshape(shape) for p, shape in zip(pieces, shapes, strict=True)]


def entry(name, source, arguments, compute, same=True, shapes=MATRIX):
    about = {"name": name, "source": source, "arguments": arguments}
    ENTRIES.append(({**about, "same": same, "shapes": shapes}, compute))


# --- Running the frameworks ------------------------------------------------------


def by_torch(make, shapes, before=lambda parameters: None):
    """Every x as a vector; `before` may change the gradients of the parameters."""
    import torch

    parameters = [torch.nn.Parameter(torch.tensor(x)) for x in cut(X0, shapes)]
    optimiser, path = make(parameters), []
    for flat in gradients():
        for x, g in zip(parameters, cut(flat, shapes), strict=True):
            x.grad = torch.tensor(g)
        before(parameters)
        optimiser.step()
        path.append(np.concatenate([x.detach().numpy().ravel() for x in parameters]))
    return path


def by_optax(rule, shapes, start=lambda state: state):
    """Every x as a vector; `start` may change the state before the first step."""
    import jax
    import optax

    xs = [jax.numpy.asarray(x) for x in cut(X0, shapes)]
    state, path = start(rule.init(xs)), []
    for flat in gradients():
        updates, state = rule.update(cut(flat, shapes), state, xs)
        xs = optax.apply_updates(xs, updates)
        path.append(np.concatenate([np.ravel(x) for x in xs]))
    return path


# --- PyTorch ---------------------------------------------------------------------


def torch_same():
    from torch import optim
    from torch.nn.utils import clip_grad_value_

    def add(ours, arguments, theirs, before=(), **options):
        call = ", ".join(f"{key}={value!r}" for key, value in options.items())
        name = f"{ours}, PyTorch" + (" with weight decay" if before else "")
        entry(
            name,
            f"torch.optim.{theirs.__name__}({call})",
            [*before, (ours, arguments)],
            lambda shapes: by_torch(lambda ps: theirs(ps, **options), shapes),
        )

    fast = {"eta": 0.02}
    add("Descent", {"eta": 0.1}, optim.SGD, lr=0.1)
    add("Momentum", {"eta": 0.02, "rho": 0.9}, optim.SGD, lr=0.02, momentum=0.9)
    nesterov = {"lr": 0.02, "momentum": 0.9, "nesterov": True}
    add("Nesterov", {"eta": 0.02, "rho": 0.9}, optim.SGD, **nesterov)
    add("Rprop", {"eta": 0.001}, optim.Rprop, lr=0.001)
    add("RMSProp", fast, optim.RMSprop, lr=0.02, alpha=0.9)
    entry(
        "RMSProp centred, PyTorch",
        "torch.optim.RMSprop(lr=0.02, alpha=0.9, centered=True)",
        [("RMSProp", {"eta": 0.02, "centred": True})],
        lambda shapes: by_torch(
            lambda ps: optim.RMSprop(ps, lr=0.02, alpha=0.9, centered=True), shapes
        ),
    )
    add("Adam", fast, optim.Adam, lr=0.02)
    decay = ("WeightDecay", {"lambda_": 0.1})
    add("Adam", fast, optim.Adam, [decay], lr=0.02, weight_decay=0.1)
    add("AdamW", {"eta": 0.02, "lambda_": 0.1}, optim.AdamW, lr=0.02, weight_decay=0.1)
    entry(
        "AdamW uncoupled, PyTorch",
        "torch.optim.AdamW(lr=0.02, weight_decay=0.1)",
        [("AdamW", {"eta": 0.02, "lambda_": 0.02 * 0.1, "couple": False})],
        lambda shapes: by_torch(
            lambda ps: optim.AdamW(ps, lr=0.02, weight_decay=0.1), shapes
        ),
    )
    add("AdaMax", {"eta": 0.02, "epsilon": 1e-30}, optim.Adamax, lr=0.02, eps=1e-30)
    start = {"eps": 1e-8, "initial_accumulator_value": 1e-8}
    add("AdaGrad", {"eta": 0.1}, optim.Adagrad, lr=0.1, **start)
    add("AdaDelta", {}, optim.Adadelta, lr=1.0, rho=0.9, eps=1e-8)
    root = sqrt(0.999)
    dozat = {"lr": 0.02 / root, "eps": 1e-8 / root, "momentum_decay": 1e9}
    add("NAdam", fast, optim.NAdam, **dozat)
    entry(
        "ClipGrad, PyTorch",
        "clip_grad_value_(1.0), torch.optim.Adam(lr=0.02)",
        [("ClipGrad", {"delta": 1.0}), ("Adam", fast)],
        lambda shapes: by_torch(
            lambda ps: optim.Adam(ps, lr=0.02),
            shapes,
            lambda ps: clip_grad_value_(ps, 1.0),
        ),
    )
    entry(
        "Muon, PyTorch without bfloat16",
        "torch.optim.Muon(lr=0.02, weight_decay=0.0), in float64 throughout",
        [("Muon", fast)],
        muon_in_float64,
    )


def muon_in_float64(shapes):
    """PyTorch's Muon casts to bfloat16, two digits: without that, its own formula."""
    import torch

    cast = torch.Tensor.bfloat16
    torch.Tensor.bfloat16 = torch.Tensor.clone
    try:
        return by_torch(
            lambda ps: torch.optim.Muon(ps, lr=0.02, weight_decay=0.0), shapes
        )
    finally:
        torch.Tensor.bfloat16 = cast


def torch_different():
    from torch.nn.utils import clip_grad_norm_
    from torch.optim import Adam, NAdam, RAdam

    def add(ours, theirs, before=lambda parameters: None, shapes=MATRIX, **options):
        call = ", ".join(f"{key}={value!r}" for key, value in options.items())
        entry(
            f"{ours[0][0]}, PyTorch's own",
            f"torch.optim.{theirs.__name__}({call})",
            ours,
            lambda shapes: by_torch(lambda ps: theirs(ps, **options), shapes, before),
            same=False,
            shapes=shapes,
        )

    fast = {"eta": 0.02}
    add([("RAdam", fast)], RAdam, lr=0.02)
    add([("NAdam", fast)], NAdam, lr=0.02)
    add([("AMSGrad", fast)], Adam, lr=0.02, amsgrad=True)

    def clip(parameters):
        clip_grad_norm_(parameters, 2.0)

    add([("ClipNorm", {"omega": 2.0}), ("Adam", fast)], Adam, clip, lr=0.02)
    both = [("ClipGlobalNorm", {"omega": 2.0}), ("Adam", fast)]
    add(both, Adam, clip, PAIR, lr=0.02)


# --- optax -----------------------------------------------------------------------


def optax_same():
    import optax

    def add(name, arguments, source, rule, shapes=MATRIX, **more):
        chain = arguments if isinstance(arguments, list) else [(name, arguments)]
        entry(
            f"{name}, optax",
            source,
            chain,
            lambda shapes: by_optax(rule, shapes, **more),
            shapes=shapes,
        )

    def plain(name, arguments, theirs, **options):
        call = ", ".join(f"{key}={value!r}" for key, value in options.items())
        rule = getattr(optax, theirs)(**options)
        add(name, arguments, f"optax.{theirs}({call})", rule)

    def amsgrad(state):
        first, *rest = state
        epsilon = [0 * x + 1e-8 for x in first.mu]
        first = first._replace(mu=epsilon, nu=epsilon, nu_max=epsilon)
        return (first, *rest)

    def oadam(state):
        adam, optimism, *rest = state
        flag = optimism.is_initial_step
        return (adam, optimism._replace(is_initial_step=~flag), *rest)

    fast, rate = {"eta": 0.02}, {"learning_rate": 0.02}
    plain("Descent", {"eta": 0.1}, "sgd", learning_rate=0.1)
    plain("Momentum", fast, "sgd", **rate, momentum=0.9)
    plain("Nesterov", fast, "sgd", **rate, momentum=0.9, nesterov=True)
    plain("RMSProp", fast, "rmsprop", **rate, eps_in_sqrt=False)
    centred = {"eta": 0.02, "centred": True}
    source = "optax.rmsprop(learning_rate=0.02, eps_in_sqrt=False, centered=True)"
    rule = optax.rmsprop(0.02, eps_in_sqrt=False, centered=True)
    add("RMSProp centred", [("RMSProp", centred)], source, rule)
    plain("Adam", fast, "adam", **rate)
    plain("AdamW", {**fast, "lambda_": 0.1}, "adamw", **rate, weight_decay=0.1)
    plain("AdaMax", {**fast, "epsilon": 1e-30}, "adamax", **rate, eps=1e-30)
    plain("AdaDelta", {}, "adadelta", learning_rate=1.0, eps=1e-8)
    root = sqrt(0.999)
    plain("NAdam", fast, "nadam", learning_rate=0.02 / root, eps=1e-8 / root)
    plain("AdaBelief", fast, "adabelief", **rate)
    plain("Lion", fast, "lion", **rate, b1=0.9, b2=0.999, weight_decay=0.0)
    source = "scale_by_radam(threshold=4), scale(-0.02)"
    rule = optax.chain(optax.scale_by_radam(threshold=4.0), optax.scale(-0.02))
    add("RAdam", fast, source, rule)
    source = "scale_by_amsgrad(bias_correction_*=False), scale(-0.02); started at ε"
    rule = optax.chain(
        optax.scale_by_amsgrad(bias_correction_mu=False, bias_correction_nu=False),
        optax.scale(-0.02),
    )
    add("AMSGrad", fast, source, rule, start=amsgrad)
    source = "optimistic_adam_v2(0.02, b1=0.5, b2=0.9, nesterov=False); flag unset"
    rule = optax.optimistic_adam_v2(0.02, b1=0.5, b2=0.9, nesterov=False)
    add("OAdam", fast, source, rule, start=oadam)
    optax_chains(add, optax)


def optax_chains(add, optax):
    adam, fast = optax.adam(0.02), ("Adam", {"eta": 0.02})

    def chain(name, arguments, source, theirs, shapes=MATRIX):
        rule = optax.chain(theirs, adam)
        add(name, [(name, arguments), fast], f"{source}, adam(0.02)", rule, shapes)

    chain("ClipGrad", {"delta": 1.0}, "clip(1.0)", optax.clip(1.0))
    clip = "clip_by_global_norm(2.0)", optax.clip_by_global_norm(2.0)
    chain("ClipNorm", {"omega": 2.0}, *clip)
    chain("ClipGlobalNorm", {"omega": 2.0}, *clip, PAIR)
    decay = "add_decayed_weights(0.1)", optax.add_decayed_weights(0.1)
    chain("WeightDecay", {"lambda_": 0.1}, *decay)
    every = optax.MultiSteps(adam, 4, accumulator_dtype=np.float64)
    source = "MultiSteps(adam(0.02), 4, accumulator_dtype=float64)"
    add("AccumGrad", [("AccumGrad", {"n": 4}), fast], source, every)


def optax_different():
    import optax
    from optax import contrib

    def add(ours, arguments, source, rule):
        entry(
            f"{ours}, optax's own",
            source,
            [(ours, arguments)],
            lambda shapes: by_optax(rule, shapes),
            same=False,
        )

    source = "optax.adagrad(0.1, initial_accumulator_value=1e-8, eps=1e-8)"
    add("AdaGrad", {"eta": 0.1}, source, optax.adagrad(0.1, 1e-8, 1e-8))
    add("Rprop", {"eta": 0.001}, "optax.rprop(0.001)", optax.rprop(0.001))
    add("RAdam", {"eta": 0.02}, "optax.radam(0.02)", optax.radam(0.02))
    source = "optax.optimistic_adam_v2(0.02, b1=0.5, b2=0.9, nesterov=False)"
    rule = optax.optimistic_adam_v2(0.02, b1=0.5, b2=0.9, nesterov=False)
    add("OAdam", {"eta": 0.02}, source, rule)
    source = "optax.contrib.muon(0.02, eps=1e-30)"
    add("Muon", {"eta": 0.02}, source, contrib.muon(0.02, eps=1e-30))


def use_float64():
    """Before any rule is made: some keep a number of their own in the default dtype."""
    import jax
    import torch

    jax.config.update("jax_enable_x64", True)
    torch.set_default_dtype(torch.float64)


def main():
    use_float64()
    for add in torch_same, torch_different, optax_same, optax_different:
        add()
    table = [about for about, _ in ENTRIES]
    arrays = {about["name"]: compute(about["shapes"]) for about, compute in ENTRIES}
    assert len(arrays) == len(table), "every name once"
    assert all(np.isfinite(array).all() for array in arrays.values())
    np.savez_compressed(
        Path(__file__).with_name("trajectories.npz"),
        table=json.dumps(table),
        x0=X0,
        gradients=gradients(),
        **arrays,
    )


if __name__ == "__main__":
    main()

"""Write schedules.json: forty learning rates of each schedule of PyTorch and optax.

    python make_schedules.py        (needs torch, jax and optax; minigrad is not used)

The first number is the rate of the first step, as `schedule(1)`. All is float64. Last
written with torch 2.13.0 and optax 0.2.8. Which of their schedules are ours, and how
they are written there, is in `test_schedules.py` and `test_sequences.py`.
"""

import json
import warnings
from pathlib import Path

STEPS = 40
START = 0.1
SCORES = {
    "short": [1.0, 0.8, 0.8, 0.8, 0.6, 0.5, 0.5, 0.5, 0.4],
    "long": [1.0, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.4],
}


def main():
    """Compute everything and write it beside this file."""
    found = {"torch": by_torch(), "plateau": plateaus(), "optax": by_optax()}
    found["scores"] = SCORES
    path = Path(__file__).with_name("schedules.json")
    path.write_text(json.dumps(found) + "\n")


def by_torch():
    """The rates that PyTorch's schedulers set."""
    from torch.optim import lr_scheduler as torch

    makers = {
        "StepLR": lambda o: torch.StepLR(o, 7, gamma=0.5),
        "MultiStepLR": lambda o: torch.MultiStepLR(o, [10, 15, 30], gamma=0.5),
        "ExponentialLR": lambda o: torch.ExponentialLR(o, 0.9),
        "PolynomialLR": lambda o: torch.PolynomialLR(o, 25, power=2.0),
        "CosineAnnealingLR": lambda o: torch.CosineAnnealingLR(o, 10, 0.01),
        "CosineAnnealingWarmRestarts": lambda o: torch.CosineAnnealingWarmRestarts(
            o, 10, eta_min=0.01
        ),
        "CosineAnnealingWarmRestarts, T_mult=2": (
            lambda o: torch.CosineAnnealingWarmRestarts(o, 5, T_mult=2, eta_min=0.01)
        ),
        "OneCycleLR": lambda o: torch.OneCycleLR(
            o, 0.1, total_steps=STEPS, pct_start=0.275, cycle_momentum=False
        ),
        "CyclicLR, triangular": lambda o: torch.CyclicLR(
            o, 0.01, 0.1, step_size_up=4, cycle_momentum=False
        ),
        "CyclicLR, triangular2": lambda o: torch.CyclicLR(
            o, 0.01, 0.1, 4, mode="triangular2", cycle_momentum=False
        ),
        "CyclicLR, exp_range": lambda o: torch.CyclicLR(
            o, 0.01, 0.1, 4, mode="exp_range", gamma=0.95, cycle_momentum=False
        ),
        "LinearLR, then ExponentialLR": lambda o: torch.SequentialLR(
            o,
            [torch.LinearLR(o, 0.1, 1.0, 5), torch.ExponentialLR(o, 0.9)],
            milestones=[5],
        ),
    }
    return {name: rates(maker) for name, maker in makers.items()}


def optimizer():
    """Any optimiser, to have a rate that a scheduler can set."""
    import torch

    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=START)


def rates(maker):
    """The rate of every step."""
    o = optimizer()
    with warnings.catch_warnings(action="ignore"):  # SequentialLR steps the old way
        scheduler = maker(o)
        found = []
        for _ in range(STEPS):
            found.append(float(o.param_groups[0]["lr"]))
            o.step()
            if len(found) < STEPS:
                scheduler.step()
    return found


def plateaus():
    """The rates of ReduceLROnPlateau: before the first score, and after each."""
    from torch.optim.lr_scheduler import ReduceLROnPlateau

    found = {}
    for name, scores in SCORES.items():
        o = optimizer()
        scheduler = ReduceLROnPlateau(
            o, factor=0.1, patience=1, threshold=1e-6, threshold_mode="abs"
        )
        found[name] = [START]
        for score in scores:
            scheduler.step(score)
            found[name].append(float(o.param_groups[0]["lr"]))
    return found


def by_optax():
    """The values of optax's schedules, whose first step is 0."""
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    schedules = {
        "exponential_decay": optax.exponential_decay(START, 5, 0.5),
        "exponential_decay, staircase": optax.exponential_decay(
            START, 5, 0.5, staircase=True
        ),
        "polynomial_schedule": optax.polynomial_schedule(START, 0.0, 2, 25),
        "cosine_decay_schedule": optax.cosine_decay_schedule(START, 25, alpha=0.1),
        "cosine_onecycle_schedule": optax.cosine_onecycle_schedule(
            STEPS, START, pct_start=0.25, div_factor=25.0, final_div_factor=4000.0
        ),
        "warmup_cosine_decay_schedule": optax.warmup_cosine_decay_schedule(
            0.01, START, warmup_steps=5, decay_steps=STEPS, end_value=0.02
        ),
        "piecewise_constant_schedule": optax.piecewise_constant_schedule(
            START, {9: 0.5, 20: 0.1}
        ),
    }
    return {
        name: [float(schedule(step)) for step in range(STEPS)]
        for name, schedule in schedules.items()
    }


if __name__ == "__main__":
    main()

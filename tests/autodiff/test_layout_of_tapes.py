"""Layered drawings: order, distance, and ways around the boxes."""

from itertools import pairwise

import numpy as np
import pytest

from minigrad.autodiff.layout import layered, with_repeats


def random_graph(n, seed):
    rng = np.random.default_rng(seed)
    parents = [[]]
    for k in range(1, n):
        count = min(int(rng.integers(0, 4)), k)
        parents.append(sorted(rng.choice(k, count, replace=False).tolist()))
    return parents, rng.uniform(20, 120, n).tolist()


@pytest.mark.parametrize("seed", range(8))
def test_parents_stand_above_and_boxes_apart(seed):
    parents, widths = random_graph(40, seed)
    layers, centres, routes = layered(parents, widths, gap=10.0)
    for child, above in enumerate(parents):
        assert all(layers[parent] < layers[child] for parent in above)
    for layer in set(layers):
        row = sorted((centres[k], k) for k in range(40) if layers[k] == layer)
        for (x, a), (y, b) in pairwise(row):
            assert y - x >= (widths[a] + widths[b]) / 2 + 10.0 - 1e-6
    for (parent, child), passed in routes.items():
        assert len(passed) == layers[child] - layers[parent] - 1


@pytest.mark.parametrize("seed", range(8))
def test_edges_pass_beside_the_boxes(seed):
    parents, widths = random_graph(40, seed)
    layers, centres, routes = layered(parents, widths, gap=10.0)
    for (parent, _), passed in routes.items():
        for step, x in enumerate(passed, 1):
            for k in range(40):
                if layers[k] == layers[parent] + step:
                    assert abs(x - centres[k]) >= widths[k] / 2 + 10.0 - 1e-6


def test_a_chain_is_straight_and_a_ladder_has_no_crossing():
    _, centres, _ = layered([[], [0], [1], [2]], [30.0, 80.0, 20.0, 50.0])
    assert np.ptp(centres) < 1e-9
    ladder = [[], [], [1], [0], [2], [3]]  # two chains, named crosswise
    _, x, _ = layered(ladder, [30.0] * 6)
    assert (x[0] < x[1]) == (x[3] < x[2]) == (x[5] < x[4])


def test_an_input_stands_just_above_its_first_use():
    layers, _, _ = layered([[], [0], [1], [], [2, 3]], [30.0] * 5)
    assert layers == [0, 1, 2, 2, 3]


def test_nothing_to_lay_out():
    assert layered([], []) == ([], [], {})


@pytest.mark.parametrize("seed", range(8))
def test_repeats_change_no_connection(seed):
    parents, _ = random_graph(40, seed)
    inputs = {k for k, above in enumerate(parents) if not above}
    boxes, above = with_repeats(parents, inputs)
    assert len(boxes) > len(set(boxes)) and set(boxes) == set(range(40))
    assert all(parent < place for place, row in enumerate(above) for parent in row)
    found = [[] for _ in parents]
    for place, box in enumerate(boxes):
        found[box] += [boxes[parent] for parent in above[place]]
    assert found == parents
    layers, _, routes = layered(above, [20.0] * len(boxes))
    far = [layers[b] - layers[a] for a, b in routes if boxes[a] in inputs]
    assert max(far) <= 2


def test_what_leads_from_an_input_to_one_use_stands_beside_it():
    # 0 > 1 > 2 > 5, and 3 > 4 > 5
    layers, centres, _ = layered([[], [0], [1], [], [3], [2, 4]], [20.0] * 6)
    assert layers == [0, 1, 2, 1, 2, 3]
    assert abs(centres[5] - centres[2]) < abs(centres[5] - centres[4])

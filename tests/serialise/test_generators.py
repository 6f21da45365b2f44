"""Generators go on where they were; states that are none are refused."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.serialise.generators import KINDS, decode_generator, encode_generator


def generator(kind):
    rng = np.random.Generator(getattr(np.random, kind)(3))
    rng.random(5, np.float32)  # half of 64 bits are left over
    return rng


@pytest.mark.parametrize("kind", KINDS)
def test_they_go_on(kind, tmp_path):
    rng, twin = generator(kind), generator(kind)
    mg.save(tmp_path / "a.npz", rng=rng)
    found = mg.load(tmp_path / "a.npz")["rng"]
    twin.random(3)
    mg.load_into_(None, tmp_path / "a.npz", rng=twin)
    for other in (found, twin):
        state = rng.bit_generator.state
        np.testing.assert_array_equal(
            other.random(9, np.float32), rng.random(9, np.float32)
        )
        np.testing.assert_array_equal(other.normal(size=700), rng.normal(size=700))
        rng.bit_generator.state = state


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_state(kind):
    state = encode_generator(generator(kind), "rng")

    def places(node, path=()):
        if isinstance(node, dict | list):
            keys = node if isinstance(node, dict) else range(min(len(node), 3))
            yield from (p for key in keys for p in places(node[key], (*path, key)))
        yield path

    def put(node, path, value):
        if not path:
            return value
        key, *rest = path
        twin = node.copy()
        twin[key] = put(node[key], rest, value)
        return twin

    for path in places(state):
        for value in (-1, 2**128, 0.5, None, "x", True, [], {}, [1] * 700):
            if path:
                with pytest.raises(mg.FileError):
                    decode_generator(put(state, path, value))


def test_places_in_memory_are_checked():
    # NumPy would read past the end of its own numbers.
    state = encode_generator(generator("MT19937"), "rng")
    state["state"]["pos"] = 625
    with pytest.raises(mg.FileError, match="pos=625"):
        decode_generator(state)
    state = encode_generator(generator("Philox"), "rng")
    state["buffer_pos"] = 5
    with pytest.raises(mg.FileError, match="buffer_pos=5"):
        decode_generator(state)


def test_states_that_never_change_are_refused():
    state = encode_generator(generator("PCG64"), "rng")
    state["state"] = {"state": 0, "inc": 0}
    with pytest.raises(mg.FileError, match="even increment"):
        decode_generator(state)
    state = encode_generator(generator("MT19937"), "rng")
    state["state"]["key"] = [0] * 624
    with pytest.raises(mg.FileError, match="zero"):
        decode_generator(state)


def test_a_generator_of_another_kind_is_refused():
    class Mine(np.random.PCG64):
        pass

    with pytest.raises(TypeError, match=r"generator at a\.rng has the bit .* Mine"):
        encode_generator(np.random.Generator(Mine(0)), "a.rng")

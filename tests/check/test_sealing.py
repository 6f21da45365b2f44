import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad.check import Finding
from minigrad.check.sealing import check_sealed, normal_form, seal


def test_seals_are_of_the_rounded_answer():
    right = seal("01.2", 0.12345, 3)
    for same in (0.12345, 0.1234, np.float32(0.12345), np.array([0.1230]), 0.1226):
        check_sealed("01.2", same, right, 3)
    for other in (0.1245, -0.12345, 1.2345, 0.0):
        with pytest.raises(Finding, match="It is not"):
            check_sealed("01.2", other, right, 3)


def test_seals_are_salted():
    assert seal("01.2", 5) != seal("01.3", 5)
    assert re.fullmatch("[0-9a-f]{16}", seal("01.2", 5))


def test_seals_of_known_mistakes_have_something_to_say():
    known = {seal("01.2", "left"): "The other side."}
    with pytest.raises(Finding, match=r"It is not 'Left'. The other side."):
        check_sealed("01.2", "Left", seal("01.2", "right"), known=known)


@pytest.mark.parametrize("answer", [[1.0, 2.0], None, 1j, np.zeros(3), len])
def test_answers_are_one_number_or_word(answer):
    with pytest.raises(Finding, match="one number or word") as caught:
        check_sealed("01.2", answer, seal("01.2", 1))
    assert caught.value.state == "dtype"


@settings(max_examples=20)
@given(st.integers(-(10**6), 10**6))
def test_whole_numbers_are_the_same_however_they_are_written(n):
    forms = {normal_form(x) for x in (n, float(n), np.int64(n), np.float64(n))}
    assert len(forms) == 1
    assert normal_form(n) != normal_form(n + 1)

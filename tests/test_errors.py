import pytest

from minigrad.errors import DomainError, MutabilityError, NoGradientError, ShapeError


@pytest.mark.parametrize(
    ("error", "base"),
    [
        (DomainError, ValueError),
        (ShapeError, ValueError),
        (MutabilityError, TypeError),
        (NoGradientError, TypeError),
    ],
)
def test_each_is_the_python_error_one_expects(error, base):
    assert issubclass(error, base)


def test_places_are_put_in_front_from_the_inside_out():
    error = ShapeError("is wrong").at("layers.head").at("layers[1]")
    assert str(error) == "layers[1].layers.head is wrong"
    assert str(ShapeError("is wrong").at("[2]").at("layers")) == "layers[2] is wrong"
    assert str(ShapeError("is wrong")) == "is wrong"

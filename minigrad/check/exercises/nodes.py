"""Values as those of notebook 02, and programs on them, to try walks out on."""

from ..states import VALUE, Finding


class Node:
    """What walks need of a value; notices when it is visited too often.

    Has `data`, `parents` and `slopes`, as the student's `Value` does.
    """

    patience = 0

    def __init__(self, data, parents=(), slopes=(), name=""):
        self.data, self._parents, self.slopes, self.sign = data, parents, slopes, name

    @property
    def parents(self):
        """The parents; a Finding if somebody goes around in circles."""
        Node.patience -= 1
        if Node.patience < 0:
            raise Finding(
                VALUE,
                "It looks at the same values again and again. After 60 doublings "
                "(`a = a + a`) that would not end in this century: remember which "
                "values are done.",
            )
        return self._parents

    def __add__(self, other):
        other = other if isinstance(other, Node) else Node(other)
        return Node(self.data + other.data, (self, other), (1.0, 1.0), "+")

    def __mul__(self, other):
        other = other if isinstance(other, Node) else Node(other)
        slopes = other.data, self.data
        return Node(self.data * other.data, (self, other), slopes, "×")

    __radd__, __rmul__ = __add__, __mul__

    def refuse(self, *_):
        """Programs of this notebook are made of sums and products."""
        raise Finding(VALUE, "The program is to be made of `+` and `*` only.")

    __sub__ = __rsub__ = __neg__ = __truediv__ = __rtruediv__ = __pow__ = tanh = refuse

    def __repr__(self):
        return f"Value({self.data:.4g})"


def everything(result):
    """All nodes that a result was made from, parents first."""
    order, done, stack = [], set(), [result]
    while stack:
        node = stack[-1]
        missing = [parent for parent in node._parents if parent not in done]
        stack.extend(missing)
        if not missing:
            stack.pop()
            if node not in done:
                done.add(node)
                order.append(node)
    return order


def tree(a):
    """No value is used twice."""
    return a * 3.0 + 1.0


def diamond(a):
    """Two ways of different lengths."""
    near = a * a
    return near * near + near


def mirrored(a):
    """The same, the other way round."""
    near = a * a
    return near + near * near


def doubled(a):
    """One value, used twice, twice."""
    b = a + a
    return b + b


def ladder(a):
    """Each value uses the last two."""
    b = a * 0.5
    for _ in range(8):
        a, b = b, a * b + 0.25 * a
    return b


GRAPHS = (tree, doubled, diamond, mirrored, ladder)


def many(operation, n):
    """A function that does the same n times over."""

    def repeated(a):
        for _ in range(n):
            a = operation(a)
        return a

    repeated.__name__ = f"{n} times {operation.__name__}"
    return repeated


def doubling(a):
    """Its paths double with every step."""
    return a + a


def growth(a):
    """A long way with one path."""
    return a * 1.0001

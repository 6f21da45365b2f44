"""Where the boxes of a drawn tape stand: layers from top to bottom, few crossings.

The method of Sugiyama, Tagawa & Toda, "Methods for visual understanding of
hierarchical system structures" (1981): layers by the longest path, stand-ins where an
edge passes a layer, and each layer sorted by the mean place of its neighbours.
"""

SWEEPS = 12
NEAR = 2
"""Over so many layers an input sends its arrows itself."""


def with_repeats(parents, inputs):
    """The boxes to draw if an input is repeated where it is used far below itself.

    An input that is used all over a page would send lines past everything on it. A
    layer further down than `NEAR` gets a box of its own for it.

    Args:
        parents: for each box a list of earlier boxes.
        inputs: the boxes that may be repeated; they have no parents.

    Returns:
        `(boxes, parents)`: the boxes, repeated ones anew, each before its uses; and
        for each place in this list the places of its parents.

    >>> with_repeats([[], [0], [1], [0, 2]], {0})
    ([0, 1, 2, 0, 3], [[], [0], [1], [], [3, 2]])
    """
    layers = _layers(parents)
    boxes, above, at = [], [], {}
    for box, its_parents in enumerate(parents):
        keys = []
        for parent in its_parents:
            far = parent in inputs and layers[box] - layers[parent] > NEAR
            keys.append((parent, layers[box]) if far else parent)
            if keys[-1] not in at:
                at[keys[-1]] = len(boxes)
                boxes.append(parent)
                above.append([])
        at[box] = len(boxes)
        boxes.append(box)
        above.append([at[key] for key in keys])
    return boxes, above


def layered(parents, widths, gap=24.0):
    """Places for boxes that are connected to their parents.

    Args:
        parents: for each box a list of earlier boxes.
        widths: for each box its width.
        gap: the least space between two boxes.

    Returns:
        `(layers, centres, routes)`: the layer and the horizontal centre of each box;
        and for each edge (parent, child) its centres in the layers between.

    >>> layers, centres, routes = layered([[], [0], [0], [1, 2]], [10.0] * 4)
    >>> layers, centres[0] == centres[3], routes[1, 3]
    ([0, 1, 1, 2], True, [])
    """
    layers = _layers(parents)
    nodes, ups, routes = _with_stand_ins(parents, layers)
    weights = _weights(parents, ups)
    widths = dict(enumerate(widths))
    rows = [[] for _ in range(max(layers, default=-1) + 1)]
    for node, layer in nodes.items():
        rows[layer].append(node)
    downs = {node: [] for node in nodes}
    for node, above in ups.items():
        for parent in above:
            downs[parent].append(node)
    places = {node: float(k) for row in rows for k, node in enumerate(row)}
    for sweep in range(SWEEPS):
        neighbours = ups if sweep % 2 == 0 else downs
        for row in rows if sweep % 2 == 0 else reversed(rows):
            row.sort(key=lambda node: _mean(neighbours[node], places, weights, node))
            places.update((node, float(k)) for k, node in enumerate(row))
    centres = _centres(rows, ups, downs, weights, widths, gap)
    between = {edge: [centres[k] for k in path] for edge, path in routes.items()}
    return layers, [centres[k] for k in range(len(parents))], between


def _layers(parents):
    """The longest way from an input.

    An input stands just above its first use, and so does what leads from inputs to one
    use only: `x * 3` in a loop stands beside the step that needs it.
    """
    layers, light, uses = _depths(parents), [], [set() for _ in parents]
    for node, above in enumerate(parents):
        for parent in above:
            uses[parent].add(node)
    for node, above in enumerate(parents):
        leads_on = len(uses[node]) == 1 and all(light[k] for k in above)
        light.append(leads_on or not above)
    for node in reversed(range(len(parents))):
        if light[node] and uses[node]:
            layers[node] = min(layers[k] for k in uses[node]) - 1
    return layers


def _depths(parents):
    """How many steps each node is from the inputs, on the longest way."""
    depths = []
    for above in parents:
        depths.append(1 + max((depths[k] for k in above), default=-1))
    return depths


def _with_stand_ins(parents, layers):
    """Nodes with their layers, the nodes above each, and the stand-ins of each edge."""
    nodes = dict(enumerate(layers))
    ups, routes = {node: [] for node in nodes}, {}
    for child, above in enumerate(parents):
        for parent in dict.fromkeys(above):
            last, path = parent, []
            for layer in range(layers[parent] + 1, layers[child]):
                new = len(nodes)
                nodes[new], ups[new] = layer, [last]
                path.append(new)
                last = new
            ups[child].append(last)
            routes[parent, child] = path
    return nodes, ups, routes


def _weights(parents, ups):
    """How much a node pulls at its neighbours: the more, the more has led to it.

    So the main way through a loop stays straight, and inputs stand beside it.
    """
    weights = {k: (1 + depth) ** 2 for k, depth in enumerate(_depths(parents))}
    for node in range(len(parents), len(ups)):
        weights[node] = weights[ups[node][0]]  # a stand-in pulls as what it stands for
    return weights


def _mean(neighbours, places, weights, node):
    """The weighted mean of the places of the neighbours; its own, if it has none."""
    if not neighbours:
        return places[node]
    total = sum(weights[k] for k in neighbours)
    return sum(weights[k] * places[k] for k in neighbours) / total


def _centres(rows, ups, downs, weights, widths, gap):
    """Centres near those of the neighbours, in the order of the rows, never closer."""
    centres = {}
    for row in rows:
        right = 0.0
        for node in row:
            half = widths.get(node, 0) / 2
            centres[node] = right + half
            right += 2 * half + gap
    for sweep in range(SWEEPS):
        neighbours = ups if sweep % 2 == 0 else downs
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = [_mean(neighbours[k], centres, weights, k) for k in row]
            moved = _apart(row, wanted, weights, widths, gap)
            centres.update(zip(row, moved, strict=True))
    return centres


def _apart(row, wanted, weights, widths, gap):
    """The wanted centres, moved as little as keeps the boxes apart.

    Boxes that want the same place form a block around the mean of what they want.
    """
    blocks = []  # [weighted sum of the wanted starts, weight, offsets within the block]
    for node, centre in zip(row, wanted, strict=True):
        blocks.append([weights[node] * centre, weights[node], [(node, 0.0)]])
        while len(blocks) > 1 and _overlap(*blocks[-2:], widths, gap):
            right, left = blocks.pop(), blocks.pop()
            shift = left[2][-1][1] + _distance(
                left[2][-1][0], right[2][0][0], widths, gap
            )
            total = left[0] + right[0] - shift * right[1]
            members = left[2] + [(k, at + shift) for k, at in right[2]]
            blocks.append([total, left[1] + right[1], members])
    return [total / w + at for total, w, members in blocks for _, at in members]


def _overlap(left, right, widths, gap):
    end = left[0] / left[1] + left[2][-1][1]
    start = right[0] / right[1] + right[2][0][1]
    return start - end < _distance(left[2][-1][0], right[2][0][0], widths, gap) - 1e-9


def _distance(a, b, widths, gap):
    return (widths.get(a, 0) + widths.get(b, 0)) / 2 + gap

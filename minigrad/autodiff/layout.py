"""Where the boxes of a drawn tape stand: layers from top to bottom, few crossings.

The method of Sugiyama, Tagawa & Toda, "Methods for visual understanding of
hierarchical system structures" (1981): layers by the longest path, stand-ins where an
edge passes a layer, and each layer sorted by the mean place of its neighbours.
"""

SWEEPS = 12


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
            row.sort(key=lambda node: _mean(neighbours[node], places, places[node]))
            places.update((node, float(k)) for k, node in enumerate(row))
    centres = _centres(rows, ups, downs, widths, gap)
    between = {edge: [centres[k] for k in path] for edge, path in routes.items()}
    return layers, [centres[k] for k in range(len(parents))], between


def _layers(parents):
    """The longest way from an input; an input stands just above its first use."""
    layers = []
    for above in parents:
        layers.append(1 + max((layers[k] for k in above), default=-1))
    first_use = {}
    for node, above in enumerate(parents):
        for parent in above:
            use = first_use.get(parent, layers[node])
            first_use[parent] = min(use, layers[node])
    for node, above in enumerate(parents):
        if not above and node in first_use:
            layers[node] = first_use[node] - 1
    return layers


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


def _mean(neighbours, places, otherwise):
    if not neighbours:
        return otherwise
    return sum(places[k] for k in neighbours) / len(neighbours)


def _centres(rows, ups, downs, widths, gap):
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
            wanted = [_mean(neighbours[k], centres, centres[k]) for k in row]
            centres.update(zip(row, _apart(row, wanted, widths, gap), strict=True))
    return centres


def _apart(row, wanted, widths, gap):
    """The wanted centres, moved as little as keeps the boxes apart.

    Boxes that want the same place form a block around the mean of what they want.
    """
    blocks = []  # [sum of the wanted starts, how many, offsets within the block]
    for node, centre in zip(row, wanted, strict=True):
        blocks.append([centre, 1, [(node, 0.0)]])
        while len(blocks) > 1 and _overlap(*blocks[-2:], widths, gap):
            right, left = blocks.pop(), blocks.pop()
            shift = left[2][-1][1] + _distance(
                left[2][-1][0], right[2][0][0], widths, gap
            )
            total = left[0] + right[0] - shift * right[1]
            members = left[2] + [(k, at + shift) for k, at in right[2]]
            blocks.append([total, left[1] + right[1], members])
    return [total / n + at for total, n, members in blocks for _, at in members]


def _overlap(left, right, widths, gap):
    end = left[0] / left[1] + left[2][-1][1]
    start = right[0] / right[1] + right[2][0][1]
    return start - end < _distance(left[2][-1][0], right[2][0][0], widths, gap) - 1e-9


def _distance(a, b, widths, gap):
    return (widths.get(a, 0) + widths.get(b, 0)) / 2 + gap

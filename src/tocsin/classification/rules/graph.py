"""Where the graph of allowed moves is drawn: boxes in the order of the work, lines with right angles.

Statuses stand in a row. Those that pause the clock stand in a second row below, between their neighbours. A move to the
next one is a straight line; one that jumps over others climbs to a lane above the row; one to or from the second row goes
around its corner. The nearer two statuses are, the further inside their line lies, so that nested lines do not cross.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tocsin.classification.rules.flow import Move, Stop

WIDTH, HEIGHT = 132, 60
PITCH = 190
"""From one box's left side to the next one's."""
LANE = 18
DROP = 46
"""Between the row and the second row."""
EDGE = 10
"""Free space around everything."""
PORTS = 14
"""Between two lines at the same side of a box, where there is room."""
CORNER = 8
TIP = 8

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Node:
    """A status's box."""

    key: str
    x: float
    y: float
    width: float = WIDTH
    height: float = HEIGHT

    @property
    def middle(self) -> float:
        """Where it is, along the row."""
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Edge:
    """A move's line, as the data of an SVG path, and its arrow's tip."""

    origin: str
    target: str
    points: tuple[Point, ...]

    @property
    def path(self) -> str:
        """The line with rounded corners; it ends where the tip begins."""
        points = [*self.points[:-1], _towards(self.points[-1], self.points[-2], TIP - 1)]
        found = [f"M{_at(points[0])}"]
        for before, corner, after in zip(points, points[1:], points[2:], strict=False):
            found.append(f"L{_at(_towards(corner, before, CORNER))}")
            found.append(f"Q{_at(corner)} {_at(_towards(corner, after, CORNER))}")
        return " ".join([*found, f"L{_at(points[-1])}"])

    @property
    def tip(self) -> str:
        """The arrow's tip."""
        end = self.points[-1]
        base = _towards(end, self.points[-2], TIP)
        along = (end[0] - base[0], end[1] - base[1])
        one = (base[0] - along[1] / 2, base[1] + along[0] / 2)
        other = (base[0] + along[1] / 2, base[1] - along[0] / 2)
        return f"M{_at(end)} L{_at(one)} L{_at(other)} Z"


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything to draw, and how large it is."""

    width: float
    height: float
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def _at(point: Point) -> str:
    return f"{point[0]:g} {point[1]:g}"


def _towards(start: Point, goal: Point, most: float) -> Point:
    """The point at most `most`, and at most half the way, from one point towards another."""
    dx, dy = goal[0] - start[0], goal[1] - start[1]
    length = abs(dx) + abs(dy)  # lines are upright or level
    share = min(most / length, 0.5) if length else 0
    return (round(start[0] + dx * share, 2), round(start[1] + dy * share, 2))


def draw(stops: Sequence[Stop], moves: Iterable[Move]) -> Drawing:
    """The drawing of some statuses, in the order of the work, and the moves between them (others are left out)."""
    known = {stop.key for stop in stops}
    wanted = [m for m in dict.fromkeys(moves) if {m.origin, m.target} <= known and m.origin != m.target]
    row = {stop.key: column for column, stop in enumerate(s for s in stops if not s.aside)}
    over = _lanes([m for m in wanted if _jumps(row, m)], row)
    top = EDGE + (max(over.values(), default=-1) + 1) * LANE + (LANE if over else 0)
    nodes = _boxes(stops, top)
    below = [m for m in wanted if m.origin not in row and m.target not in row]
    under = _lanes(below, {key: node.middle for key, node in nodes.items()})
    ports = _Ports(nodes, row, wanted)
    edges = tuple(_edge(nodes, row, ports, move, over, under) for move in wanted)
    right = max((node.x + node.width for node in nodes.values()), default=0) + EDGE
    foot = max((node.y + node.height for node in nodes.values()), default=0) + EDGE
    foot += (max(under.values(), default=-1) + 1) * LANE + (LANE if under else 0)
    return Drawing(right, foot, tuple(nodes.values()), edges)


def _jumps(row: dict[str, int], move: Move) -> bool:
    return move.origin in row and move.target in row and abs(row[move.origin] - row[move.target]) > 1


def _boxes(stops: Sequence[Stop], top: float) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    column, free = 0, float(EDGE)
    for stop in stops:
        if stop.aside:
            x = max(EDGE + (column - 0.5) * PITCH if column else EDGE, free)
            free = x + PITCH
            nodes[stop.key] = Node(stop.key, x, top + HEIGHT + DROP)
        else:
            nodes[stop.key] = Node(stop.key, EDGE + column * PITCH, top)
            column += 1
    return nodes


def _lanes(moves: Iterable[Move], place: dict[str, int] | dict[str, float]) -> dict[Move, int]:
    """A lane for each move, counted from the row: short ones inside, none beside another in the same lane."""
    found: dict[Move, int] = {}
    taken: dict[int, list[tuple[float, float]]] = defaultdict(list)
    spans = {move: tuple(sorted((place[move.origin], place[move.target]))) for move in moves}
    for move in sorted(spans, key=lambda m: (spans[m][1] - spans[m][0], spans[m], place[m.origin] > place[m.target])):
        low, high = spans[move]
        lane = 0
        while any(low <= other_high and other_low <= high for other_low, other_high in taken[lane]):
            lane += 1
        # A longer line never runs inside a shorter one that it covers.
        inside = [found[m] for m in found if low <= spans[m][0] and spans[m][1] <= high]
        lane = max([lane, *(n + 1 for n in inside)])
        while any(low <= other_high and other_low <= high for other_low, other_high in taken[lane]):
            lane += 1
        found[move] = lane
        taken[lane].append((low, high))
    return found


@dataclass
class _Ports:
    """Where each line meets its boxes: lines at one side of a box share it out, nearer ones inside."""

    nodes: dict[str, Node]
    row: dict[str, int]
    moves: Sequence[Move]
    at: dict[tuple[Move, str], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        sides: dict[tuple[str, str], list[Move]] = defaultdict(list)
        for move in self.moves:
            for key in (move.origin, move.target):
                if (side := self.side(move, key)) is not None:
                    sides[key, side].append(move)
        for (key, side), moves in sides.items():
            self._share(self.nodes[key], side, moves)

    def side(self, move: Move, key: str) -> str | None:
        """The side of a box that a move's line meets; None for straight lines between neighbours."""
        both_below = move.origin not in self.row and move.target not in self.row
        if _jumps(self.row, move):
            return "top"
        if both_below or (key in self.row and not (move.origin in self.row and move.target in self.row)):
            return "bottom"
        if key not in self.row:
            other = move.target if key == move.origin else move.origin
            return "left" if self.nodes[other].middle < self.nodes[key].middle else "right"
        return None

    def _share(self, node: Node, side: str, moves: list[Move]) -> None:
        """Top and bottom: from the left, far left ones last among those that go left, far right ones first among the others.

        Left and right sides: the nearest on top.
        """

        def other(move: Move) -> float:
            return self.nodes[move.target if move.origin == node.key else move.origin].middle - node.middle

        if side in ("left", "right"):
            ordered = sorted(moves, key=lambda m: (abs(other(m)), m.origin == node.key))
            start, length = node.y, node.height
        else:
            ordered = sorted(moves, key=lambda m: (other(m) > 0, -other(m), self._is_last(m, node.key, other(m))))
            start, length = node.x, node.width
        step = min(PORTS, length / (len(ordered) + 1))
        first = start + length / 2 - step * (len(ordered) - 1) / 2
        for count, move in enumerate(ordered):
            self.at[move, node.key] = round(first + step * count, 2)

    def _is_last(self, move: Move, key: str, distance: float) -> bool:
        """Which of a move and the one back stands to the right, so that the two do not cross."""
        around = (move.origin in self.row) != (move.target in self.row)
        return (move.origin == key) != (around and distance < 0)


def _edge(
    nodes: dict[str, Node],
    row: dict[str, int],
    ports: _Ports,
    move: Move,
    over: dict[Move, int],
    under: dict[Move, int],
) -> Edge:
    origin, target = nodes[move.origin], nodes[move.target]
    if move in over:
        lane = origin.y - (over[move] + 1) * LANE
        start, end = ports.at[move, origin.key], ports.at[move, target.key]
        return _line(move, (start, origin.y), (start, lane), (end, lane), (end, target.y))
    if move in under:
        lane = origin.y + HEIGHT + (under[move] + 1) * LANE
        start, end = ports.at[move, origin.key], ports.at[move, target.key]
        return _line(move, (start, origin.y + HEIGHT), (start, lane), (end, lane), (end, target.y + HEIGHT))
    if origin.key in row and target.key in row:
        return _neighbours(move, origin, target, ports.moves)
    upper, lower = (origin, target) if origin.key in row else (target, origin)
    x, y = ports.at[move, upper.key], ports.at[move, lower.key]
    side = lower.x if ports.side(move, lower.key) == "left" else lower.x + lower.width
    points = ((x, upper.y + upper.height), (x, y), (side, y))
    return _line(move, *(points if origin is upper else points[::-1]))


def _neighbours(move: Move, origin: Node, target: Node, moves: Sequence[Move]) -> Edge:
    """A straight line; with one back, the two run beside each other."""
    forward = origin.x < target.x
    shift = (9 if not forward else -9) if Move(move.target, move.origin) in moves else 0
    y = origin.y + origin.height / 2 + shift
    start = origin.x + origin.width if forward else origin.x
    end = target.x if forward else target.x + target.width
    return _line(move, (start, y), (end, y))


def _line(move: Move, *points: Point) -> Edge:
    return Edge(move.origin, move.target, points)

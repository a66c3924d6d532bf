"""The drawing of allowed moves: boxes stand apart, lines run from border to border, levels and uprights only."""

from __future__ import annotations

from hypothesis import given, strategies as st

from tocsin.classification.rules import Drawing, Move, Node, Stop, dead_ends, draw, unreachable

KEYS = [f"s{n}" for n in range(9)]
SEEDED = [
    Stop("open", starts=True),
    Stop("triaged"),
    Stop("in-progress"),
    Stop("waiting", aside=True),
    Stop("resolved"),
    Stop("closed", ends=True),
]
ALL = [Move(a.key, b.key) for a in SEEDED if not a.ends for b in SEEDED if a != b]


@st.composite
def flows(draw_: st.DrawFn) -> tuple[list[Stop], list[Move]]:
    keys = KEYS[: draw_(st.integers(1, len(KEYS)))]
    aside = draw_(st.sets(st.sampled_from(keys)))
    pairs = draw_(st.sets(st.tuples(st.sampled_from(keys), st.sampled_from(keys))))
    stops = [Stop(key, aside=key in aside, starts=key == keys[0], ends=key == keys[-1]) for key in keys]
    return stops, [Move(a, b) for a, b in sorted(pairs)]


def nodes_of(drawing: Drawing) -> dict[str, Node]:
    return {node.key: node for node in drawing.nodes}


def on_border(node: Node, point: tuple[float, float]) -> bool:
    x, y = point
    inside_x, inside_y = node.x <= x <= node.x + node.width, node.y <= y <= node.y + node.height
    at_side = x in (node.x, node.x + node.width) and inside_y
    return at_side or (y in (node.y, node.y + node.height) and inside_x)


@given(flows())
def test_boxes_stand_apart_and_inside(flow):
    drawing = draw(*flow)
    for node in drawing.nodes:
        assert node.x >= 0
        assert node.y >= 0
        assert node.x + node.width <= drawing.width
        assert node.y + node.height <= drawing.height
        for other in drawing.nodes:
            if other.key < node.key:
                beside = other.x + other.width <= node.x or node.x + node.width <= other.x
                assert beside or other.y + other.height <= node.y or node.y + node.height <= other.y


@given(flows())
def test_every_move_has_one_line_from_border_to_border(flow):
    stops, moves = flow
    drawing, nodes = draw(stops, moves), nodes_of(draw(stops, moves))
    assert sorted((e.origin, e.target) for e in drawing.edges) == sorted(
        (m.origin, m.target) for m in moves if m.origin != m.target
    )
    for edge in drawing.edges:
        assert on_border(nodes[edge.origin], edge.points[0])
        assert on_border(nodes[edge.target], edge.points[-1])
        for (ax, ay), (bx, by) in zip(edge.points, edge.points[1:], strict=False):
            assert ax == bx or ay == by
        for x, y in edge.points:
            assert 0 <= x <= drawing.width
            assert 0 <= y <= drawing.height
        assert edge.path.startswith("M")
        assert edge.tip.endswith("Z")


@given(flows())
def test_lines_that_leave_or_reach_a_side_do_not_share_a_place(flow):
    ends = [point for edge in draw(*flow).edges for point in (edge.points[0], edge.points[-1])]
    assert len(ends) == len(set(ends))


@given(flows())
def test_no_two_lines_above_the_row_run_over_each_other(flow):
    stops, moves = flow
    row = {stop.key for stop in stops if not stop.aside}
    above = [e for e in draw(stops, moves).edges if len(e.points) == 4 and {e.origin, e.target} <= row]
    for edge in above:
        low, high = sorted((edge.points[1][0], edge.points[2][0]))
        for other in above:
            if other is not edge and other.points[1][1] == edge.points[1][1]:
                start, end = sorted((other.points[1][0], other.points[2][0]))
                assert end < low or high < start


def test_the_seeded_statuses_stand_in_the_order_of_the_work_with_waiting_below():
    nodes = nodes_of(draw(SEEDED, ALL))
    row = [nodes[key] for key in ("open", "triaged", "in-progress", "resolved", "closed")]
    assert [node.y for node in row] == [row[0].y] * 5
    assert [node.x for node in row] == sorted(node.x for node in row)
    assert nodes["waiting"].y > row[0].y
    assert nodes["in-progress"].middle < nodes["waiting"].middle < nodes["resolved"].middle


def test_a_move_and_the_one_back_run_beside_each_other():
    drawing = draw(SEEDED, [Move("open", "triaged"), Move("triaged", "open")])
    there, back = drawing.edges
    assert there.points[0][1] != back.points[0][1]
    alone = draw(SEEDED, [Move("open", "triaged")]).edges[0]
    assert alone.points[0][1] == nodes_of(drawing)["open"].y + 30 or alone.points[0][1] == alone.points[1][1]


def test_moves_of_statuses_that_are_not_drawn_are_left_out():
    assert draw(SEEDED[:2], ALL).edges == draw(SEEDED[:2], [Move("open", "triaged"), Move("triaged", "open")]).edges
    assert draw([], ALL).nodes == ()


def test_what_cannot_be_reached_and_what_cannot_be_left_is_named():
    assert unreachable(SEEDED, ALL) == []
    assert dead_ends(SEEDED, ALL) == []
    some = [Move("open", "triaged"), Move("waiting", "resolved"), Move("resolved", "closed")]
    assert unreachable(SEEDED, some) == ["in-progress", "waiting", "resolved", "closed"]
    assert dead_ends(SEEDED, some) == ["triaged", "in-progress"]

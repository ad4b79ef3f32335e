"""Print the table of mutants: `python -m policy_tests.mutation.table`, with names of operators to choose from."""

from __future__ import annotations

import sys

from policy_tests.mutation.counts import table
from policy_tests.mutation.verdicts import OPERATORS, judged, tally

__all__: list[str] = []


def _main(names: list[str]) -> int:
    tallies, faults = [], []
    for operator in OPERATORS:
        if not names or operator.name in names:
            mutants = list(judged(operator))
            tallies.append(tally(operator.name, mutants))
            faults += [fault for mutant in mutants for fault in mutant.faults]
            sys.stderr.write(f"{operator.name}: {operator.about}\n")
    sys.stdout.write(table(tallies) + "".join(f"error: {fault}\n" for fault in faults))
    return 1 if faults or not tallies else 0


if __name__ == "__main__":
    raise SystemExit(_main(sys.argv[1:]))

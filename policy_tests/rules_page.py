"""Write docs/rules.md: `make docs`.

Nothing in it is written twice. What is said of a rule is the docstring of its module; its severity, promise and whether
it needs a layout are the rule's; the example is what the engine prints about the rule's own case,
`policy_tests/cases/ID/wrong`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from arco.policy.judge import judge
from arco.policy.report import render_findings
from arco.policy.rules import RULES, Rule
from policy_tests.pairs import CASES, PairOfInputs

__all__ = ["PAGE", "page", "prose"]

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "rules.md"

_INTRODUCTION = """\
# Rules

<!-- Written by `make docs` from arco/policy/rules/ and policy_tests/cases/: edit those. -->

`arco policy check` asks these. Each finding names the rule, the grant, the line where the offending characters are
written, and a **witness**: the shortest object name that shows the claim. Rules marked *layout* are asked only with
`--matrix FILE`, since only an access matrix says which folder belongs to whom; without it, the summary lists them as
*not asked*. One finding of severity *error* makes the exit code 1; a *warning* does not.

Snippets speak of a bucket `demo` and leave out what does not matter. A condition's prefix is
`projects/_/buckets/demo/objects/` and then the object's name. Under each rule stands what it says of the wrong half of
its case in `policy_tests/cases/`; the right half, without the mistake, has no finding.
"""


def page() -> str:
    """Give the whole page. Raises ValueError for a rule without prose, or without a case of its name that it finds."""
    return "\n".join((_INTRODUCTION, *_table(), *(_section(rule) for rule in RULES)))


def prose(rule: Rule) -> str:
    """Give what the rule's module says of it: the sentence behind the id, then the paragraphs."""
    text = sys.modules[rule.check.__module__].__doc__ or ""
    name, _, said = text.strip().partition(": ")
    if name != rule.id or "\n\n" not in said:
        message = f"the docstring of {rule.check.__module__} is not `{rule.id}: SENTENCE` and paragraphs"
        raise ValueError(message)
    return said[0].upper() + said[1:]


def _table() -> Iterator[str]:
    yield "| rule | severity | asked | promise |"
    yield "|---|---|---|---|"
    for rule in RULES:
        promise = rule.summary.replace('"', "`")
        yield f"| [`{rule.id}`](#{rule.id}) | {rule.severity} | {_asked(rule)} | {promise} |"
    yield ""


def _asked(rule: Rule) -> str:
    return "layout" if rule.needs_layout else "always"


def _section(rule: Rule) -> str:
    need = "asked only with a layout" if rule.needs_layout else "always asked"
    case = next((case for case in CASES if case.name == rule.id), None)
    if case is None:
        message = f"there is no case policy_tests/cases/{rule.id}"
        raise ValueError(message)
    return f"""\
## `{rule.id}`

*{rule.severity.capitalize()}, {need}.* {prose(rule)}

**Example.** {case.about} In `policy_tests/cases/{rule.id}/wrong/`:

```text
{_example(rule, case)}
```
"""


def _example(rule: Rule, case: PairOfInputs) -> str:
    """Print the first finding that the rule itself makes of the wrong input, with places as seen from the root."""
    judgement = judge(case.open("wrong"), [rule.id])
    first = next((finding for finding in judgement.findings if finding.rule == rule.id), None)
    if first is None:
        message = f"{rule.id} does not find policy_tests/cases/{rule.id}/wrong"
        raise ValueError(message)
    text = render_findings(replace(judgement, findings=(first,)), colour=False, source=str(case.source("wrong")))
    return text.replace(f"{ROOT}/", "").rstrip("\n")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

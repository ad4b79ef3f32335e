"""Waivers: findings that people decided to live with, each with its reason, and until a day.

Invariants:

* What a waiver covers is spelled, never matched: one rule and one instance, and nothing that is only similar.
* Nothing is waived in silence: what is covered is shown, and a waiver that covers nothing, or no longer, is a finding.
* What was not decided cannot be waived, nor can the access matrix, whose exceptions are its own letters.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from arco.errors import InputError
from arco.policy.findings import Finding
from arco.policy.values import Origin

__all__ = ["Waived", "Waiver", "Waivers", "parse_waivers", "read_waivers"]

_REQUIRED = ("rule", "address", "reason", "expiry")
_OPTIONAL = ("binding", "member", "fingerprint")
_HEADER = re.compile(r"[ \t]*\[\[[ \t]*waiver[ \t]*\]\]")
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")


@dataclass(frozen=True, slots=True)
class Waiver:
    """Covers the findings of `rule` at `address` through the day `expiry`; what else it names narrows it.

    `binding` is its title, or the whole label of a finding, `member` who holds the grant, and `fingerprint` the grant
    as it stood.
    """

    rule: str
    address: str
    reason: str
    expiry: date
    origin: Origin
    binding: str = ""
    member: str = ""
    fingerprint: str = ""

    def names(self, finding: Finding) -> bool:
        """Whether this waiver speaks of `finding`, expired or not. None speaks of what cannot be waived."""
        return (
            finding.waivable
            and (self.rule, self.address) == (finding.rule, finding.address)
            and (self.binding in {"", finding.label} or f'binding "{self.binding}"' == finding.label)
            and self.member in {"", finding.member}
            and self.fingerprint in {"", finding.fingerprint}
        )


@dataclass(frozen=True, slots=True)
class Waived:
    """A finding, and the waiver that covers it."""

    finding: Finding
    waiver: Waiver


@dataclass(slots=True)
class Waivers:
    """The waivers of one file on one day. `unused` are those that covered nothing when rules were asked."""

    items: tuple[Waiver, ...] = ()
    today: date = date.max
    unused: tuple[Waiver, ...] = ()

    @property
    def expired(self) -> tuple[Waiver, ...]:
        """Those whose last day is over."""
        return tuple(waiver for waiver in self.items if waiver.expiry < self.today)

    def split(self, findings: Iterable[Finding], asked: Collection[str]) -> tuple[list[Finding], list[Waived]]:
        """Tell what counts from what is waived, the first waiver that names a finding covering it.

        A waiver is unused only if its rule was among those `asked`: of the others nobody knows.
        """
        valid = [waiver for waiver in self.items if waiver.expiry >= self.today]
        kept: list[Finding] = []
        waived: list[Waived] = []
        for finding in findings:
            waiver = next((waiver for waiver in valid if waiver.names(finding)), None)
            if waiver is None:
                kept.append(finding)
            else:
                waived.append(Waived(finding, waiver))
        used = {one.waiver for one in waived}
        self.unused = tuple(waiver for waiver in valid if waiver not in used and waiver.rule in asked)
        return kept, waived


def read_waivers(path: str, today: date, rules: Mapping[str, bool]) -> Waivers:
    """Read a file of waivers; `rules` says of each rule's id whether it can be waived. Raises InputError."""
    try:
        text = Path(path).read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        message = f"cannot read the waivers: {error}"
        raise InputError(message, source=path) from error
    return Waivers(tuple(parse_waivers(text, path, rules)), today)


def parse_waivers(text: str, source: str, rules: Mapping[str, bool]) -> Iterator[Waiver]:
    """Parse TOML whose tables are all `[[waiver]]`. Raises InputError with the line that does not fit."""
    document = _document(text, source)
    tables = document.pop("waiver", [])
    if document:
        message = f"unknown key {min(document)!r}: everything stands in tables [[waiver]]"
        raise InputError(message, source=source)
    starts = _starts(text)
    if not isinstance(tables, list) or len(tables) != len(starts):
        message = "write each waiver as a table of its own, under a line [[waiver]]"
        raise InputError(message, source=source)
    lines = text.split("\n")
    for table, start, end in zip(tables, starts, [*starts, len(lines)][1:], strict=True):
        yield _waiver(table, _Lines(source, start + 1, lines[start:end]), rules)


def _document(text: str, source: str) -> dict[str, object]:
    import tomllib  # noqa: PLC0415 (only a file of waivers needs it)

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        message = f"this is no TOML: {str(error).partition(' (at ')[0].lower()}"
        line, column = (int(place[1]), int(place[2])) if place else (None, None)
        raise InputError(message, source=source, line=line, column=column) from error
    except (RecursionError, ValueError) as error:
        message = "this is no file of waivers: a value is too deep or too long"
        raise InputError(message, source=source) from error


def _starts(text: str) -> list[int]:
    """Give the indices of the lines that open a table; one inside a string over several lines opens none."""
    import tomllib  # noqa: PLC0415 (as above)

    lines = text.split("\n")
    found = [index for index, line in enumerate(lines) if _HEADER.match(line)]
    if '"""' not in text and "'''" not in text:
        return found
    starts: list[int] = []
    for index in found:
        try:
            tomllib.loads("\n".join(lines[:index]))
        except tomllib.TOMLDecodeError:
            continue
        starts.append(index)
    return starts


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of one table, for errors."""

    source: str
    first: int
    lines: Sequence[str]

    def error(self, message: str, key: str = "") -> InputError:
        """Make an error at the line of `key`, else at the table's first."""
        spelled = re.compile(rf"[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*=")
        offsets = (number for number, line in enumerate(self.lines) if key and spelled.match(line))
        return InputError(message, source=self.source, line=self.first + next(offsets, 0))


def _waiver(table: Mapping[str, object], lines: _Lines, rules: Mapping[str, bool]) -> Waiver:
    for key in table:
        if key not in _REQUIRED + _OPTIONAL:
            message = f"unknown key {key!r}: expected {', '.join(_REQUIRED)}, and perhaps {', '.join(_OPTIONAL)}"
            raise lines.error(message, key)
    for key in _REQUIRED:
        if key not in table:
            message = f"the waiver has no {key!r}"
            raise lines.error(message)
    expiry = table["expiry"]
    if not isinstance(expiry, date) or isinstance(expiry, datetime):
        message = "'expiry' is a date without quotes: the last day of the waiver, as 2027-01-31"
        raise lines.error(message, "expiry")
    texts: dict[str, str] = {}
    for key, value in table.items():
        if key != "expiry":
            if not isinstance(value, str) or not value.strip():
                message = f"{key!r} is not text that says something"
                raise lines.error(message, key)
            texts[key] = value
    _check_rule(texts["rule"], lines, rules)
    return Waiver(**texts, expiry=expiry, origin=Origin(lines.source, lines.first, 1))


def _check_rule(rule: str, lines: _Lines, rules: Mapping[str, bool]) -> None:
    if rule not in rules:
        message = f"there is no rule {rule!r}: choose from {', '.join(sorted(rules))}"
        raise lines.error(message, "rule")
    if not rules[rule]:
        message = f"{rule!r} cannot be waived: see docs/policy.md#waivers"
        raise lines.error(message, "rule")

"""Measure the access matrix with the real client, as each account, and compare it with the reviewed one.

    python -m smoke TERRAFORM --var-file FILE --matrix FILE [--out FILE]

Exit codes: 0 the same, 1 not the same or not certain, 2 could not run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from google.api_core.exceptions import GoogleAPICallError
from google.auth.exceptions import GoogleAuthError

from arco.errors import ArcoError
from arco.runtime import SystemClock
from smoke.emulated import emulated
from smoke.live import live
from smoke.measure import measure
from smoke.report import measured_body, rendered
from smoke.survey import ELSEWHERE, Survey, Target, open_survey

__all__ = ["main"]

DIFFERENT, COULD_NOT_RUN = 1, 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="smoke", description=(__doc__ or "").partition("\n")[0], allow_abbrev=False)
    parser.add_argument("terraform", metavar="TERRAFORM", type=Path, help="root module's directory")
    parser.add_argument("--var-file", metavar="FILE", type=Path, required=True, help="tfvars of the environment")
    parser.add_argument("--matrix", metavar="FILE", type=Path, required=True, help="the reviewed access matrix")
    parser.add_argument("--out", metavar="FILE", type=Path, help="write the measured matrix there as well")
    group = parser.add_argument_group("a live bucket, instead of the emulator")
    group.add_argument("--bucket", help="bucket of one of the workspaces; throw it away afterwards")
    group.add_argument("--project", help="its project, which must be the one of the variables")
    group.add_argument("--elsewhere", help="a bucket of that project that is not Arco's")
    group.add_argument("--allowed-projects", metavar="FILE", type=Path, help="one project a line")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one measurement; the last line is the verdict."""
    arguments = _parser().parse_args(argv)
    clock = SystemClock()
    start = clock.monotonic_seconds()
    try:
        survey = open_survey(
            arguments.terraform,
            arguments.var_file,
            arguments.matrix,
            bucket=arguments.bucket,
            elsewhere=arguments.elsewhere or ELSEWHERE,
        )
        with _target(arguments, survey) as target:
            sys.stderr.write(f"==> measuring {target.title} as each account\n")
            measured = measure(survey, target)
    except (ArcoError, GoogleAuthError, GoogleAPICallError) as error:
        sys.stderr.write(f"error: {error}\n")
        return COULD_NOT_RUN
    if arguments.out is not None:
        arguments.out.write_text(measured_body(survey.matrix.layout, measured), encoding="utf-8")
    seconds = clock.monotonic_seconds() - start
    text, same = rendered(survey, measured, f"{arguments.var_file}, {target.title}, {seconds:.1f} s")
    sys.stdout.write(text)
    return 0 if same else DIFFERENT


def _target(arguments: argparse.Namespace, survey: Survey) -> AbstractContextManager[Target]:
    if arguments.bucket is None and arguments.project is None:
        return emulated(arguments.terraform, arguments.var_file, survey.standing, elsewhere=survey.elsewhere)
    return live(survey, arguments.bucket, arguments.project, arguments.elsewhere, arguments.allowed_projects)


if __name__ == "__main__":
    sys.exit(main())

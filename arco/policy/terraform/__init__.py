"""Load a Terraform input: a plan in JSON, or a directory of source."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from arco.errors import InputError, UsageError
from arco.policy.deployment import Deployment

__all__ = ["load", "load_bytes"]

_NO_VAR_FILES = "a plan has its variables: --var-file goes with a directory, and {} is a plan"


def load(path: str | Path, var_files: Sequence[str | Path] = ()) -> Deployment:
    """Load a plan (`terraform show -json`) or a root module's directory with its variable files.

    Raises InputError (EmptyInputError where there is nothing in it), and UsageError for variable files beside a plan.
    """
    if Path(path).is_dir():
        from arco.policy.terraform.static import load_directory  # noqa: PLC0415 (its parser is not for plans)

        return load_directory(path, var_files)
    if not Path(path).exists():
        message = "there is no such file or directory"
        raise InputError(message, source=str(path))
    if var_files:
        raise UsageError(_NO_VAR_FILES.format(path))
    if Path(path).suffix in {".tf", ".tfvars"}:
        message = "one file of a root module: name its directory"
        raise InputError(message, source=str(path))
    from arco.policy.terraform.plan import load_plan  # noqa: PLC0415 (see above)

    return load_plan(path)


def load_bytes(data: bytes, source: str, var_files: Sequence[str | Path] = ()) -> Deployment:
    """Load a plan that comes from elsewhere than a file; `source` names it in errors. Raises as `load`."""
    if var_files:
        raise UsageError(_NO_VAR_FILES.format(source))
    from arco.policy.terraform.plan import load_plan_bytes  # noqa: PLC0415 (as above)

    return load_plan_bytes(data, source)

"""Write small roots and load them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from arco.policy.deployment import Deployment
from arco.policy.terraform.static import load_directory

Loader = Callable[..., Deployment]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loader:
    """Give a function that writes files, by name, and loads the root in `infra`."""
    monkeypatch.chdir(tmp_path)

    def write_and_load(files: str | Mapping[str, str | bytes], *var_files: str) -> Deployment:
        for name, content in ({"main.tf": files} if isinstance(files, str) else files).items():
            path = Path("infra") / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_directory("infra", [f"infra/{name}" for name in var_files])

    return write_and_load

"""An account that the plan makes can call, whatever it is granted: it is there to be refused."""

from __future__ import annotations

from arco.emulator.policies import Policy
from arco.policy.terraform import load
from tests.tree import ROOT


def test_account_without_a_grant_is_there() -> None:
    """The invoker holds nothing in storage, and is an account of the policy all the same, like every other."""
    policy = Policy.of(load(str(ROOT / "infra/terraform"), [str(ROOT / "infra/environments/dev.tfvars")]))

    assert sum(email.startswith("invoker-") for email in policy.accounts) == 3
    assert sum(email.startswith("api-") for email in policy.accounts) == 3
    assert all(grants == () for grants in policy.accounts.values())

"""The rules, in the order in which they are asked.

`unknown` reports what those before it could not decide, and `waiver`, the last, what none of them needed to be told.
"""

from arco.policy.rules import (
    bucket_wide_grant,
    condition_dead,
    condition_no_slash,
    condition_refused,
    condition_type_guard,
    condition_unanchored,
    condition_vacuous,
    cross_scope,
    default_bindings,
    escalation,
    fast_path_list,
    immutable_root_overwrite,
    lifecycle_delete,
    limits,
    matrix_mismatch,
    outside_prefix,
    policy_conflict,
    public_access,
    public_access_prevention,
    sole_writer,
    standing_key,
    uniform_access,
    unknown,
    waiver,
)
from arco.policy.rules.rule import ERROR, WARNING, Rule

__all__ = ["ERROR", "RULES", "WARNING", "Rule"]

RULES: tuple[Rule, ...] = (
    sole_writer.RULE,
    immutable_root_overwrite.RULE,
    fast_path_list.RULE,
    outside_prefix.RULE,
    cross_scope.RULE,
    lifecycle_delete.RULE,
    public_access.RULE,
    bucket_wide_grant.RULE,
    escalation.RULE,
    standing_key.RULE,
    default_bindings.RULE,
    uniform_access.RULE,
    public_access_prevention.RULE,
    policy_conflict.RULE,
    condition_unanchored.RULE,
    condition_no_slash.RULE,
    condition_vacuous.RULE,
    condition_dead.RULE,
    condition_refused.RULE,
    condition_type_guard.RULE,
    limits.RULE,
    matrix_mismatch.RULE,
    unknown.RULE,
    waiver.RULE,
)

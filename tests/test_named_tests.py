"""The tests that the requirements name exist under these names, so that whoever reads one finds the other."""

from __future__ import annotations

import ast

from tests.tree import files, read

# What must be refused by the type checkers is a snippet of that name (`tests/typing/forbidden/`), not a function.
SNIPPETS = {"ledger_cannot_state", "putstore_cannot_cas_ledger", "putstore_cannot_cas_state"}
SNIPPETS |= {"reader_cannot_list", "reader_cannot_put"}

NOW = {
    "test_api_can_write_ledger",
    "test_api_cannot_write_manifests",
    "test_api_cannot_write_state",
    "test_artifact_verification_uses_metastore",
    "test_bypass_attempt_has_no_api_surface",
    "test_commit_ulid_monotonic",
    "test_compactor_fastpath_cannot_list",
    "test_different_locks_different_tokens",
    "test_fencing_token_from_issuer",
    "test_fencing_token_unforgeable",
    "test_mid_write_crash_never_referenced",
    "test_no_visibility_without_pointer_swap",
    "test_parent_hash_detects_concurrent_modification",
    "test_permit_cannot_consume_twice",
    "test_permit_consumes_once",
    "test_pointer_regression_rejected",
    "test_reader_only_calls_get_operations",
    "test_stale_holder_cannot_publish_even_with_fresh_version",
    "test_stale_lock_holder_loses",
}

# Each with what it waits for. Whoever writes one moves it up.
LATER = {
    "test_notifications_disabled_converges_without_global_scan": "anti-entropy",
    "test_past_gap_found_via_cursor_progression": "anti-entropy",
    "test_search_index_hot_token_skew": "search",
}


def _functions() -> set[str]:
    """Give the name of every test function of the repository."""
    places = ("tests", "policy_tests", "smoke")
    tests = [path for path in files(".py") if path.parts[0] in places and path.name.startswith("test_")]
    # At the top of a module alone: pytest collects nothing deeper.
    bodies = (ast.parse(read(path)).body for path in tests)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for body in bodies for node in body if isinstance(node, kinds)}


def test_every_named_test_is_there() -> None:
    """A named test that was renamed or lost is missed."""
    missing = NOW - _functions()

    assert not missing


def test_what_is_there_is_not_called_later() -> None:
    """A named test that has come is held from then on."""
    there = set(LATER) & _functions()

    assert not there, f"move to NOW: {sorted(there)}"


def test_every_named_snippet_is_there() -> None:
    """A named snippet that was renamed or lost is missed."""
    names = {path.stem for path in files(".py") if path.parts[:3] == ("tests", "typing", "forbidden")}

    assert names >= SNIPPETS

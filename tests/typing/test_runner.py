"""The runner of negative snippets catches each way in which a snippet can prove nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.typing.checkers import ALLOWED, FORBIDDEN, Verdicts, check, flaws

SNIPPET = FORBIDDEN / "reader_cannot_list.py"
TWIN = ALLOWED / "reader_cannot_list.py"
FORBIDDEN_USE = "    await reader.list_page("
MARK = "  # E: attr-defined reportAttributeAccessIssue"

# How a copy is spoilt: what is replaced by what, and the words of the flaw.
SPOILT = {
    "permitted_call": ("await reader.list_page(", "await lister.list_page(", "accepts what must be attr-defined"),
    "wrong_code": ("attr-defined reportAttr", "arg-type reportAttr", "mypy reports attr-defined, unexpected"),
    "wrong_code_of_the_other": ("ributeAccessIssue", "ributeAccess", "basedpyright reports reportAttributeAccessIssue"),
    "commented_out": (FORBIDDEN_USE, "    # await reader.list_page(", "one live line is marked as forbidden, not []"),
    "unmarked": (MARK, "", "one live line is marked as forbidden, not []"),
    "unreachable": (FORBIDDEN_USE, "    raise ValueError\n" + FORBIDDEN_USE, "accepts what must be attr-defined"),
    "failed_import": ("from arco.storage.capabilities", "from arco.storage.gone", "accepts what must be attr-defined"),
    "type_ignored": (MARK, "  # type: ignore[attr-defined]" + MARK, "mypy accepts what must be attr-defined"),
    "second_use": (FORBIDDEN_USE, "    await reader.put()\n" + FORBIDDEN_USE, "reports attr-defined, unexpected"),
    "untyped": ("reader: ReadStore[ManifestKey]", "reader", "accepts what must be attr-defined"),
}


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write the spoilt copies, and one that is not."""
    folder = tmp_path_factory.mktemp("copies")
    text = SNIPPET.read_text(encoding="utf-8")
    found = {}
    for name, (old, new, _) in SPOILT.items():
        assert text.count(old) == 1, name
        found[name] = folder / f"copy_{name}.py"
        found[name].write_text(text.replace(old, new), encoding="utf-8")
    found["whole"] = folder / "copy_whole.py"
    found["whole"].write_text(text, encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory, copies: dict[str, Path]) -> Verdicts:
    """Run both checkers once over all copies."""
    return check(copies.values(), tmp_path_factory.mktemp("checkers"))


@pytest.mark.parametrize("name", SPOILT)
def test_compile_negative_runner_refuses(name: str, copies: dict[str, Path], verdicts: Verdicts) -> None:
    """A copy that proves nothing has the flaw that says why."""
    found = flaws(copies[name], verdicts, forbidden=True)

    assert any(SPOILT[name][2] in flaw for flaw in found), found


def test_compile_negative_runner_accepts_an_unspoilt_copy(copies: dict[str, Path], verdicts: Verdicts) -> None:
    """Where a copy lies makes no difference: the flaws above come from how it was spoilt."""
    assert not flaws(copies["whole"], verdicts, forbidden=True)


def test_compile_negative_runner_refuses_an_error_in_a_twin(tmp_path: Path, copies: dict[str, Path]) -> None:
    """A twin in which anything is reported is no proof that its surroundings are right."""
    spoilt = tmp_path / "copy_twin.py"
    spoilt.write_text(TWIN.read_text(encoding="utf-8").replace("lister.list_page", "reader.list_page"))
    found = flaws(spoilt, check([spoilt, copies["whole"]], tmp_path), forbidden=False)

    assert len(found) == 2
    assert all("unexpected" in flaw for flaw in found)


def test_compile_negative_runner_refuses_to_check_nothing(tmp_path: Path) -> None:
    """No snippets is an error, and not a pass."""
    with pytest.raises(ValueError, match="nothing checked"):
        check([], tmp_path)

"""A matrix file says one thing in one way; what is not understood is refused, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from arco.errors import InputError
from arco.policy.matrix import Root, parse_matrix, read_matrix, render_body, workspaces_of
from arco.policy.values import Unknown
from tests.fakes.deployments import Plain, deployed
from tests.fakes.lake import BODY, HEADER, MATRIX, account

_VARIABLES: dict[str, Plain] = {
    "project": "demo-project",
    "workspaces": [{"name": "a"}, {"name": "b"}],
    "admins": ["group:Admins@Example.com", "user:root@example.com"],
}


def _refusal(text: str) -> InputError:
    with pytest.raises(InputError) as caught:
        parse_matrix(text, "matrix.txt")
    return caught.value


def test_a_header_declares_the_layout() -> None:
    """Roots with their flags, who lists, whose policy it is."""
    layout = parse_matrix(MATRIX, "matrix.txt").layout

    assert layout.roots == (Root("heads", immutable=False, shared=False), Root("state", immutable=True, shared=False))
    assert layout.owned
    assert layout.listers == {"gc"}
    assert layout.columns == ("heads/", "state/", "other names", "other buckets", "bucket", "project")


def test_a_body_gives_letters_and_the_line_of_each_row() -> None:
    """Findings about a row point at it."""
    matrix = parse_matrix(MATRIX, "matrix.txt")

    assert matrix.rows["compactor"]["heads/"] == "cro"
    assert matrix.rows["api"]["bucket"] == ""
    assert MATRIX.splitlines()[matrix.lines["gc"] - 1].startswith("gc ")


def test_what_is_read_is_written_again() -> None:
    """One text for these rows: computing the same rows gives the same bytes."""
    matrix = parse_matrix(MATRIX, "matrix.txt")

    assert render_body(matrix.layout, matrix.rows) == BODY == matrix.body
    assert matrix.head == HEADER


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("project     var", "projekt     var", "unknown statement 'projekt'"),
        ("list        gc\n", "list        gc\nlist gc\n", "'list' is stated twice"),
        ("policy      owned", "policy", "'policy' has no value"),
        ("policy      owned", "policy      mine", "policy is 'owned' or 'shared', not 'mine'"),
        ("members     admins var.admins", "members     admins", "members takes a role and a variable"),
        ("root        heads\n", "root        heads/\n", "root takes a name"),
        ("state   immutable", "state   constant", "root takes a name"),
        ("root        heads\nroot        state   immutable", "root state\nroot heads", "roots are sorted and distinct"),
        ("root        heads\nroot        state   immutable", "root heads\nroot heads", "roots are sorted and distinct"),
        ("role       heads/", "role       head/", "the columns must be: role  heads/"),
        ("gc         -       d       -", "gc         -       d", "a row has a role and 6 cells"),
        ("cro     cr", "orc     cr", "'orc' is not a cell"),
        ("cro     cr", "cxo     cr", "'cxo' is not a cell"),
        ("cro     cr", "cro     ccr", "'ccr' is not a cell"),
        ("gc         -", "ab         -", "rows are sorted and distinct"),
        ("gc         -", "compactor  -", "rows are sorted and distinct"),
        ("list        gc", "list", "disagree on 'l'"),
        ("list        gc", "list        gc api", "disagree on 'l'"),
        ("list        gc", "list        gc nobody", "the role 'nobody', which has no row"),
        ("members     admins", "members     owners", "the role 'owners', which has no row"),
        ("api        r       r", "api        r       cr", "state/ is not 'shared', and api and compactor create there"),
        ("cro     cr", "cro     cro", "state/ is 'immutable', and compactor may change objects there"),
        ("cro     cr", "cro     cru", "state/ is 'immutable', and compactor may change objects there"),
    ],
)
def test_what_does_not_fit_is_refused(old: str, new: str, words: str) -> None:
    """A misspelt or contradictory matrix says less than its reviewers think."""
    assert MATRIX.count(old) == 1, old
    error = _refusal(MATRIX.replace(old, new))

    assert words in str(error)
    assert str(error).startswith("matrix.txt:")


@pytest.mark.parametrize("keyword", ["project", "workspaces", "bucket", "scope", "account", "root"])
def test_a_header_without_a_statement_is_refused(keyword: str) -> None:
    """What is not stated is not guessed."""
    lines = [line for line in MATRIX.splitlines(keepends=True) if not line.startswith(keyword)]

    error = _refusal("".join(lines))

    assert keyword in error.message or "columns must be" in error.message


@pytest.mark.parametrize("text", ["", HEADER, HEADER + BODY.splitlines()[0] + "\n"])
def test_a_matrix_without_rows_is_refused(text: str) -> None:
    """Nothing declared is nothing reviewed."""
    error = _refusal(text)

    assert "table" in error.message


def test_a_refusal_names_the_line() -> None:
    """The line of the row that does not fit."""
    error = _refusal(MATRIX.replace("cro     cr", "orc     cr"))

    assert (
        error.line == MATRIX.splitlines().index("compactor  cro     cr      -            -              -       -") + 1
    )


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_refused(content: bytes | None, tmp_path: Path) -> None:
    """Missing, or not text."""
    path = tmp_path / "matrix.txt"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(InputError, match="cannot read the access matrix"):
        read_matrix(path)


def test_another_end_of_line_is_refused(tmp_path: Path) -> None:
    """The body is compared byte for byte, and such a difference would not be seen in a diff."""
    path = tmp_path / "matrix.txt"
    path.write_bytes(MATRIX.encode().replace(b"\n", b"\r\n"))

    with pytest.raises(InputError, match="ends in a carriage return") as caught:
        read_matrix(path)

    assert caught.value.line == 1


def test_workspaces_come_from_the_variables() -> None:
    """Names of buckets, scopes and accounts are filled in; members are taken from their variable, in lower case."""
    found = workspaces_of(parse_matrix(MATRIX, "matrix.txt"), deployed(variables=_VARIABLES))

    assert [(w.label, w.bucket, w.scope) for w in found] == [("a", "lake-a", "ws=a/"), ("b", "lake-b", "ws=b/")]
    assert found[0].members["api"] == (account("api"),)
    assert found[1].members["admins"] == ("group:admins@example.com", "user:root@example.com")


def test_a_digest_is_cut_to_its_length() -> None:
    """`{digest:4}` are the first four hexadecimal digits of the SHA-256 of the stated text."""
    text = MATRIX.replace("lake-{name}", "lake-{digest:4}").replace("bucket  ", "digest sha256 {name}\nbucket  ", 1)

    found = workspaces_of(parse_matrix(text, "matrix.txt"), deployed(variables=_VARIABLES))

    # printf a | sha256sum
    assert found[0].bucket == "lake-ca97"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"project": Unknown("later")}, "variable 'project' is not known: later"),
        ({"project": 1}, "var.project is not a known string"),
        ({"workspaces": []}, "names no workspace"),
        ({"workspaces": ["a"]}, "is not a collection of objects"),
        ({"workspaces": [{"label": "a"}]}, "names {name}, which the workspaces do not have"),
        ({"workspaces": [{"name": Unknown("later")}]}, "names {name}, which the workspaces do not have"),
        ({"admins": []}, "var.admins must be a list of known members that is not empty"),
        ({"admins": Unknown("later")}, "variable 'admins' is not known"),
    ],
)
def test_variables_that_do_not_settle_the_layout_are_refused(changes: dict[str, Plain], words: str) -> None:
    """Who plays which role must be known before anything is judged."""
    built = deployed(variables=_VARIABLES | changes)

    with pytest.raises(InputError) as caught:
        workspaces_of(parse_matrix(MATRIX, "matrix.txt"), built)

    assert words in str(caught.value)


def test_two_workspaces_with_one_bucket_are_refused() -> None:
    """Names that collide would judge one workspace by the other's grants."""
    text = MATRIX.replace("lake-{name}", "lake")

    with pytest.raises(InputError, match="workspaces a and b share the name lake"):
        workspaces_of(parse_matrix(text, "matrix.txt"), deployed(variables=_VARIABLES))


@pytest.mark.parametrize("cell", ["crd", "ro", "o", "rc", "x", "cc", "d-"])
def test_a_cell_has_one_spelling(cell: str) -> None:
    """What is computed is spelled one way; a second way would be a difference that no letter explains."""
    text = MATRIX.replace("compactor  cro ", f"compactor  {cell.ljust(3)} ")

    with pytest.raises(InputError, match="is not a cell"):
        parse_matrix(text, "matrix.txt")


def test_a_digest_that_nobody_knows_is_refused() -> None:
    """It would be taken for a part of the template."""
    with pytest.raises(InputError, match="digest is 'sha256' and a template"):
        parse_matrix(MATRIX.replace("bucket  ", "digest  md5 {name}\nbucket  ", 1), "matrix.txt")


def test_members_are_stated_once() -> None:
    """The last of two would win without a word."""
    with pytest.raises(InputError, match="the members of 'admins' are stated twice"):
        parse_matrix(MATRIX.replace("policy  ", "members admins var.others\npolicy  ", 1), "matrix.txt")

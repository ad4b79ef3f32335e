"""The command: what a start says, what it refuses, how it reads its plan again, and how it ends."""

from __future__ import annotations

import json
import shlex
import signal
import socket
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from arco.cli import main
from arco.emulator.assumptions import ASSUMPTIONS
from arco.emulator.credentials import EmulatorCredentials, endpoint_of
from tests.fakes.emulated import ALICE, BOB
from tests.fakes.emulator_process import Running, command, grant, running, tokens_of, write_plan

_ROOT = Path(__file__).parents[3]
_OBJECTS = "/storage/v1/b/demo/o"
_UPLOAD = "/upload/storage/v1/b/demo/o?uploadType=media&name="
_ADMIN = "roles/storage.objectAdmin"

# Stands in for curl, which not every machine has: a header, and an address.
_CURL = """#!{python}
import sys, urllib.request
option, header, address = sys.argv[1:]
assert option == "-H"
name, _, value = header.partition(": ")
print(urllib.request.urlopen(urllib.request.Request(address, headers={{name: value}})).read().decode())
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """Give a plan in which Alice may do everything with objects, and Bob nothing."""
    return write_plan(tmp_path / "plan.json", grant(ALICE), grant(BOB, "roles/storage.bucketViewer"))


def _recipes(started: Running) -> tuple[str, str]:
    """Give the program and the command of the screen, as a reader copies them."""
    text = "\n".join(started.said)
    program = text.partition("in Python")[2].partition("\n")[2].partition("in a shell:")[0]
    shell = text.partition("in a shell:")[2].partition("assumed")[0]
    return textwrap.dedent(program), textwrap.dedent(shell)


def test_start_says_what_works(plan: Path, tmp_path: Path) -> None:
    """The program and the command on the screen run as they stand there."""
    shim = tmp_path / "bin" / "curl"
    shim.parent.mkdir()
    shim.write_text(_CURL.format(python=sys.executable), encoding="utf-8")
    shim.chmod(0o755)
    with running("--plan", str(plan)) as started:
        started.wait_for("Ctrl-C")
        program, shell = _recipes(started)
        path = f"{shim.parent}:{Path(sys.executable).parent}:/usr/bin:/bin"
        python = subprocess.run([sys.executable, "-c", program], cwd=_ROOT, capture_output=True, text=True, check=True)
        curl = subprocess.run(["/bin/sh", "-ec", shell], env={"PATH": path}, capture_output=True, text=True, check=True)

    assert python.stdout == "['storage.objects.list']\n"
    assert json.loads(curl.stdout)["kind"] == "storage#objects"


def test_screen_fits_one(plan: Path) -> None:
    """Nobody scrolls for the address, and no token is on it."""
    with running("--plan", str(plan)) as started:
        started.wait_for("Ctrl-C")
        secrets = [started.start["tokens_file"], *tokens_of(started.start["tokens_file"]).values()][1:]

        assert len(started.said) <= 40
        assert started.said[0] == f"serving 1 buckets on {started.endpoint}"
        assert not [line for line in started.said if any(secret in line for secret in secrets)]
        assert not [number for number, _ in ASSUMPTIONS if not any(f"  {number} " in line for line in started.said)]


def test_programs_read_one_document(plan: Path, tmp_path: Path) -> None:
    """With everything that the screen says, and nothing that opens anything."""
    tokens = tmp_path / "tokens.json"
    with running("--plan", str(plan), "--tokens-out", str(tokens)) as started:
        document = json.loads(tokens.read_text(encoding="utf-8"))

        assert started.start["buckets"] == ["demo"]
        assert started.start["accounts"] == sorted(document_member["member"] for document_member in document["tokens"])
        assert (started.start["tokens_file"], started.start["pid"]) == (str(tokens), started.process.pid)
        assert document["admin"] not in json.dumps(started.start)
        assert stat.S_IMODE(tokens.stat().st_mode) == 0o600


def test_credentials_come_from_the_file(plan: Path, tmp_path: Path) -> None:
    """By member or by address, without the server's modules."""
    tokens = tmp_path / "tokens.json"
    program = (
        "import sys; from arco.emulator.credentials import EmulatorCredentials as C; "
        f"print(C(sys.argv[1], {ALICE.partition(':')[2]!r}).token); print('aiohttp' in sys.modules)"
    )
    with running("--plan", str(plan), "--tokens-out", str(tokens)) as started:
        run = [sys.executable, "-c", program, str(tokens)]
        done = subprocess.run(run, cwd=_ROOT, capture_output=True, text=True, check=True)

        assert done.stdout.splitlines() == [EmulatorCredentials(tokens, ALICE).token, "False"]
        assert endpoint_of(tokens) == started.endpoint


def test_help_says_what_is_assumed(capsys: pytest.CaptureFixture[str]) -> None:
    """Each assumption, by its number."""
    with pytest.raises(SystemExit):
        main(["emulator", "--help"])

    output = capsys.readouterr().out
    assert not [text for _, text in ASSUMPTIONS if text not in output]
    assert "docs/emulator.md" in output


def _refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["emulator", *arguments])
    return code, capsys.readouterr().err


def test_port_that_is_taken_is_told(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = _refused(capsys, "--plan", str(plan), "--port", str(port))

    assert code == 2
    assert said == f"error: cannot listen on 127.0.0.1:{port}: address already in use; --port 0 takes a free port\n"


@pytest.mark.parametrize("flag", ["--data", "--audit", "--tokens-out"])
def test_file_that_cannot_be_is_told(plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], flag: str) -> None:
    """The path, and why."""
    place = plan / "x" if flag == "--data" else tmp_path / "absent" / "x"
    code, said = _refused(capsys, "--plan", str(plan), "--port", "0", flag, str(place))

    assert code == 2
    assert said.startswith(f"error: {place}")
    assert said.count("\n") == 1


def test_folder_has_one_emulator(plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second one would part what is known of an object from its bytes."""
    data = tmp_path / "data"
    with running("--plan", str(plan), "--data", str(data)):
        code, said = _refused(capsys, "--plan", str(plan), "--port", "0", "--data", str(data))

    assert code == 2
    assert said == f"error: --data {data}: another emulator is running on this folder\n"


def test_plan_that_cannot_be_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not there, no plan, and one without anything to serve."""
    torn = tmp_path / "torn.json"
    torn.write_text("{", encoding="utf-8")
    empty = write_plan(tmp_path / "empty.json", bucket=None)
    codes = [_refused(capsys, "--plan", str(path), "--port", "0")[0] for path in (tmp_path / "none", torn, empty)]

    assert codes == [2, 2, 3]


def test_errors_are_documents_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As those of the gate."""
    code = main(["emulator", "--plan", str(tmp_path / "none"), "--json"])

    assert code == 2
    assert "no such file" in json.dumps(json.loads(capsys.readouterr().out))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "65536"],
        ["--port", "x"],
        ["--propagation-seconds", "-1"],
        ["--propagation-seconds", "inf"],
        ["--create-of-existing", "404"],
        ["--read-of-missing", "412"],
        ["--terraform", "x"],
    ],
)
def test_arguments_are_checked(plan: Path, arguments: list[str]) -> None:
    """Before anything is read."""
    with pytest.raises(SystemExit) as caught:
        main(["emulator", "--plan", str(plan), *arguments])

    assert caught.value.code == 2


_UNCERTAIN = (
    (grant(BOB, "roles/nobody.knows"), "roles/nobody.knows"),
    (grant(BOB, _ADMIN, 'resource.name.matches("a.*")'), "IAM would refuse its condition"),
    (grant(BOB, _ADMIN, 'resource.hasTagKey("x")'), "hasTagKey"),
)


def test_plan_that_is_not_certain_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each grant is named: an emulator without it would be narrower than the deployment, without a word."""
    path = write_plan(tmp_path / "plan.json", *(one for one, _ in _UNCERTAIN))
    code, said = _refused(capsys, "--plan", str(path), "--port", "0")

    assert code == 2
    assert not [text for _, text in _UNCERTAIN if text not in said]
    assert said.splitlines()[-1] == ("error: not all is certain: --allow-unknown starts without these grants count=3")


def test_what_is_not_certain_grants_nothing(tmp_path: Path) -> None:
    """If the operator allows it, and each is named all the same."""
    path = write_plan(tmp_path / "plan.json", grant(ALICE), *(one for one, _ in _UNCERTAIN))
    with running("--plan", str(path), "--allow-unknown") as started:
        lines = [started.wait_for(text) for _, text in _UNCERTAIN]

        assert not [line for line in lines if not line.startswith("warning: grants nothing here: ")]
        assert len(started.start["grants_nothing"]) == 3
        assert started.send("POST", f"{_UPLOAD}a", BOB, b"x")[0] == 403


def test_decisions_are_logged(plan: Path, tmp_path: Path) -> None:
    """To the file and to stderr, in the same lines."""
    audit = tmp_path / "audit.jsonl"
    with running("--plan", str(plan), "--audit", str(audit), "--log-decisions") as started:
        statuses = [started.send("POST", f"{_UPLOAD}a", who, b"x")[0] for who in (ALICE, BOB)]
        logged = [json.loads(started.wait_for(text)) for text in ('"granted"', '"denied"')]
    kept = [json.loads(line) for line in audit.read_text(encoding="utf-8").splitlines()]

    assert statuses == [200, 403]
    assert [(line["principal"], line["verdict"]) for line in kept] == [(ALICE, "granted"), (BOB, "denied")]
    assert [{**line, "time": ""} for line in logged] == [{**line, "time": ""} for line in kept]


def test_undocumented_answers_are_chosen(plan: Path, tmp_path: Path) -> None:
    """Both switches, from the command line."""
    creator = write_plan(
        tmp_path / "creator.json",
        grant(ALICE),
        grant(BOB, "roles/storage.objectCreator"),
        grant(BOB, "roles/storage.legacyObjectReader"),
    )
    found = []
    for flags in ([], ["--create-of-existing", "412", "--read-of-missing", "403"]):
        with running("--plan", str(creator), *flags) as started:
            started.send("POST", f"{_UPLOAD}a", ALICE, b"x")
            create = started.send("POST", f"{_UPLOAD}a&ifGenerationMatch=0", BOB, b"x")[0]
            found.append((create, started.send("GET", f"{_OBJECTS}/missing", BOB)[0]))

    assert plan.exists()
    assert found == [(403, 404), (412, 403)]


def test_hang_up_reads_the_plan_again(plan: Path) -> None:
    """What is broken is not taken, and says so; what is good counts for the next request, and brings its tokens."""
    carol = "serviceAccount:carol@demo-project.iam.gserviceaccount.com"
    with running("--plan", str(plan)) as started:
        plan.write_text("{", encoding="utf-8")
        started.process.send_signal(signal.SIGHUP)
        started.wait_for("the old policy stays")
        kept = started.send("POST", f"{_UPLOAD}a", ALICE, b"x")[0]
        write_plan(plan, grant(carol))
        started.process.send_signal(signal.SIGHUP)
        started.wait_for("the plan was read again")
        taken = started.send("POST", f"{_UPLOAD}b", carol, b"x")[0]
        left = ALICE in tokens_of(started.start["tokens_file"])

        assert (kept, taken, left) == (200, 200, False)


def test_new_plan_counts_after_its_propagation(plan: Path) -> None:
    """Until then the old one answers: here, for longer than the test lasts."""
    with running("--plan", str(plan), "--propagation-seconds", "3600") as started:
        write_plan(plan, grant(ALICE, "roles/storage.bucketViewer"))
        started.process.send_signal(signal.SIGHUP)
        started.wait_for("the plan was read again")

        assert started.send("POST", f"{_UPLOAD}a", ALICE, b"x")[0] == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stop_finishes_what_is_under_way(plan: Path, number: signal.Signals) -> None:
    """A request that has begun is answered, then the process ends with 0, and leaves no file."""
    with running("--plan", str(plan)) as started:
        tokens = Path(started.start["tokens_file"])
        host, _, port = started.address.partition(":")
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            head = (
                f"POST {_UPLOAD}a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {tokens_of(tokens)[ALICE]}\r\n"
                "Expect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
            )
            connection.sendall(head.encode())
            # The server has begun with it: it asks for the body.
            asked = connection.recv(100)
            started.process.send_signal(number)
            started.wait_for("stopping")
            connection.sendall(b"xx")
            answer = connection.recv(20)
        code = started.process.wait(30)

    assert asked.startswith(b"HTTP/1.1 100 ")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert (code, tokens.parent.exists()) == (0, False)


def test_second_interrupt_does_not_wait(plan: Path) -> None:
    """For a request that never ends."""
    with running("--plan", str(plan)) as started:
        token = tokens_of(started.start["tokens_file"])[ALICE]
        host, _, port = started.address.partition(":")
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            head = (
                f"POST {_UPLOAD}a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
                "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
            )
            connection.sendall(head.encode())
            connection.recv(100)
            started.process.send_signal(signal.SIGINT)
            started.wait_for("stopping")
            code = started.stop(signal.SIGINT)

    assert code == 130


def test_objects_outlive_the_process(plan: Path, tmp_path: Path) -> None:
    """In a folder: the same port, the same objects, whether it was stopped or killed."""
    data = ("--plan", str(plan), "--data", str(tmp_path / "data"))
    port = "0"
    for name in ("a", "b"):
        with running(*data, "--port", port) as started:
            port = started.address.partition(":")[2]
            assert started.send("POST", f"{_UPLOAD}{name}", ALICE, name.encode())[0] == 200
            started.stop(signal.SIGTERM if name == "a" else signal.SIGKILL)
    with running(*data, "--port", port) as started:
        found = [started.send("GET", f"{_OBJECTS}/{name}?alt=media", ALICE)[1] for name in ("a", "b")]

    assert found == [b"a", b"b"]


def test_command_line_of_the_fake_is_that_of_users() -> None:
    """It starts `arco emulator`, and nothing beside it."""
    assert shlex.join(command("--plan", "x")).endswith("-m arco emulator --plan x")

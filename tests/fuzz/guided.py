"""Drive one parser to code that no input has reached yet, for a while, and print what was reached (`make fuzz`).

Whatever a parser raises but a refusal ends the run, and so does an input that takes too long: it is written into
`found/TARGET/`, where `test_found.py` replays it. Not a test: it needs Atheris, which
lives in an environment of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS_MAX, BYTES_MAX = 10, 16_384


def main() -> None:
    """Instrument the gate, seed the corpus, and run until the time is over."""
    parser = argparse.ArgumentParser(description="Drive one parser to code that no input has reached yet.")
    parser.add_argument("target", choices=["condition", "matrix", "plan", "source"])
    parser.add_argument("--seconds", type=int, default=60, help="how long (default: 60)")
    parser.add_argument("--corpus", type=Path, help="folder that keeps what reached new code (default: none)")
    arguments = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["arco"]):
        targets = importlib.import_module("tests.fuzz.targets")
    read: Callable[[bytes], object] = targets.TARGETS[arguments.target]
    seeds: Mapping[str, bytes] = targets.seeds(arguments.target)
    with contextlib.ExitStack() as stack:
        folder = arguments.corpus or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in seeds.items():
            (folder / name).write_bytes(data)
        found = ROOT / "tests/fuzz/found" / arguments.target
        found.mkdir(parents=True, exist_ok=True)
        limits = [f"-max_total_time={arguments.seconds}", f"-timeout={SECONDS_MAX}", f"-max_len={BYTES_MAX}"]
        options = [*limits, f"-artifact_prefix={found}/", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], *options, str(folder)], read)
        atheris.Fuzz()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""How much longer a server with many plugins takes to start.

    cargo build --release && cargo build --release -p fixture-streaming
    tests/perf/plugins.py target/release/datasette target/release/libfixture_streaming.so

Makes 50 plugins of one library, each with a name of its own, and asks for one answer without and with them. The first
start tries each library in a process of its own; what is measured are the starts after it.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COUNT = 50
RUNS = 15
NAME = b"fixture-streaming"


def main(program: str, library: str) -> None:
    text = Path(library).read_bytes()
    assert NAME in text, f"{library} is another plugin"
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home, "plugins")
        folder.mkdir()
        for number in range(COUNT):
            # Of the same length: the places of everything stay as they are.
            name = NAME[:-4] + b"%04d" % number
            file = Path(folder, f"p{number:04}.so")
            file.write_bytes(text.replace(NAME, name))
        env = {"HOME": home, "XDG_CACHE_HOME": home, "PATH": "/usr/bin:/bin"}
        ask = [str(Path(program).resolve()), "--memory", "--get", "/-/versions.json"]

        def start(more: list[str]) -> float:
            began = time.perf_counter()
            done = subprocess.run(ask + more, env=env, cwd=home, capture_output=True, check=True)
            assert b"skipped" not in done.stderr, done.stderr
            return (time.perf_counter() - began) * 1000

        with_all = ["--plugins-dir", str(folder)]
        listed = subprocess.run(ask[:-1] + ["/-/plugins.json"] + with_all, env=env, cwd=home, capture_output=True, check=True)
        assert listed.stdout.count(b'"name"') == COUNT, "not all of them were loaded"
        # What was changed just now is not remembered.
        time.sleep(3)
        start(with_all)
        pairs = [(start([]), start(with_all)) for _ in range(RUNS)]
        without, loaded = (statistics.median(times) for times in zip(*pairs))
        print(f"without plugins {without:.0f} ms, with {COUNT} {loaded:.0f} ms: {loaded - without:.0f} ms more")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])

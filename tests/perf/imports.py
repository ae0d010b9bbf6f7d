#!/usr/bin/env python3
"""How fast a file becomes a table: `datasette insert`, `sqlite-utils insert` and the `.import` of the sqlite3 shell.

usage: imports.py --bin target/release/datasette [--sqlite-utils PATH] [--rows 1000000] [--rounds 3] [--json FILE]

The same CSV goes into a new database with each of them, in turns; every figure is the median of the rounds, and only
ratios mean anything. The shell stores everything as text; the other two also with the types that they find.
"""
import argparse
import json
import os
import random
import shlex
import shutil
import statistics
import subprocess
import tempfile
import time


def make_csv(path, rows):
    dice = random.Random(1)
    with open(path, "w") as file:
        file.write("id,name,price,code,city,note\n")
        for number in range(rows):
            price, code, city = f"{dice.random() * 100:.2f}", f"{number % 1000:04d}", dice.randrange(50)
            file.write(f'{number},name {number},{price},{code},"City, {city}",\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--sqlite-utils")
    parser.add_argument("--sqlite3", default=shutil.which("sqlite3"))
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file, database = os.path.join(folder, "t.csv"), os.path.join(folder, "t.db")
        make_csv(file, args.rows)
        ways = {
            "datasette insert": shlex.split(args.bin) + ["insert", database, "t", file],
            "datasette insert --no-detect-types": shlex.split(args.bin) + ["insert", database, "t", file, "--no-detect-types"],
        }
        if args.sqlite3:
            ways["sqlite3 .import"] = [args.sqlite3, database, f".import --csv {file} t"]
        if args.sqlite_utils:
            tool = shlex.split(args.sqlite_utils)
            insert = tool + ["insert", database, "t", file, "--csv", "--silent"]
            ways["sqlite-utils insert"] = insert
            ways["sqlite-utils insert --no-detect-types"] = insert + ["--no-detect-types"]
        seconds = {name: [] for name in ways}
        for _ in range(args.rounds):
            for name, words in ways.items():
                began = time.monotonic()
                subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                seconds[name].append(time.monotonic() - began)
                os.remove(database)
        medians = {name: statistics.median(times) for name, times in seconds.items()}
        own = medians["datasette insert"]
        for name, time_taken in medians.items():
            print(f"{name:40} {time_taken:8.2f} s {args.rows / time_taken:12,.0f} rows/s {time_taken / own:7.2f} times as long")
        if args.json:
            with open(args.json, "w") as out:
                json.dump(medians, out, indent=2)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""How fast writes are, and how fast reads stay meanwhile: this server and Datasette side by side, in one run.

usage: writes.py --bin target/release/datasette [--reference REFERENCE] [--seconds 3] [--rounds 3] [--json FILE]

Each server has a copy of the same database, once with a rollback journal and once with a write-ahead log. Rounds
alternate between the servers, so that a drift of the machine's speed hits both; every figure is the median of the
rounds, and only ratios mean anything. Needs wrk. Servers are ended by their process id.
"""
import argparse
import json
import os
import re
import shlex
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

CONFIG = {"permissions": {"insert-row": True, "update-row": True, "view-table": True}}
ROW = {"name": "a name of some length", "price": 12.5, "amount": 7, "note": "nothing to see here"}
CLIENTS = 16
READS = "/data/read.json?_size=20&_nocount=1&_nofacet=1&_nosuggest=1"


def make_database(path, journal):
    database = sqlite3.connect(path)
    database.execute(f"pragma journal_mode = {journal}")
    for table in ("write", "read"):
        database.execute(f'create table "{table}" (id integer primary key, name text, price real, amount integer, note text)')
    rows = ((f"name {n}", n / 7, n, "note " * 5) for n in range(20_000))
    database.executemany("insert into read (name, price, amount, note) values (?, ?, ?, ?)", rows)
    database.commit()
    database.close()


def wrk_script(folder, name, body):
    path = os.path.join(folder, f"{name}.lua")
    with open(path, "w") as script:
        script.write(f'wrk.method = "POST"\nwrk.headers["content-type"] = "application/json"\nwrk.body = [[{json.dumps(body)}]]\n')
    return path


class Server:
    def __init__(self, name, command, folder, journal):
        self.name, self.log = name, open(os.path.join(folder, f"{name}-{journal}.log"), "w")
        database = os.path.join(folder, f"{name}-{journal}", "data.db")
        os.makedirs(os.path.dirname(database))
        make_database(database, journal)
        config = os.path.join(folder, "datasette.json")
        with open(config, "w") as file:
            json.dump(CONFIG, file)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        words = shlex.split(command) + ["serve", database, "-c", config, "-p", str(self.port)]
        self.process = subprocess.Popen(words, stdout=self.log, stderr=self.log)
        began = time.monotonic()
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/data.json", timeout=10).read()
                return
            except OSError as error:
                if self.process.poll() is not None or time.monotonic() - began > 90:
                    sys.exit(f"{name} did not start: {error}; see {self.log.name}")
                time.sleep(0.02)

    def start_load(self, path, seconds, clients, script=None):
        words = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "30s"]
        words += ["-s", script] if script else []
        url = f"http://127.0.0.1:{self.port}{path}"
        return subprocess.Popen(words + [url], stdout=subprocess.PIPE, text=True)

    def load(self, *args):
        return rate(self.start_load(*args))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()


def rate(running):
    """Requests a second; 0 if some were refused."""
    out = running.communicate()[0]
    found = re.search(r"Requests/sec:\s+([\d.]+)", out)
    return 0.0 if "Non-2xx" in out or not found else float(found.group(1))


def measure(server, seconds, scripts):
    single = server.load("/data/write/-/insert", seconds, CLIENTS, scripts["single"])
    bulk = server.load("/data/write/-/insert", seconds, CLIENTS, scripts["bulk"])
    reads = server.load(READS, seconds, 8)
    writing = server.start_load("/data/write/-/insert", seconds + 1, 4, scripts["paced"])
    time.sleep(0.5)
    meanwhile = server.load(READS, seconds, 8)
    writes = rate(writing)
    return {"single": single, "bulk": bulk, "reads": reads, "reads_meanwhile": meanwhile, "writes_meanwhile": writes}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--reference")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json")
    args = parser.parse_args()
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        scripts = {
            "single": wrk_script(folder, "single", {"row": ROW}),
            "bulk": wrk_script(folder, "bulk", {"rows": [ROW] * 100}),
            "paced": wrk_script(folder, "paced", {"row": ROW}),
        }
        # A write load that both can carry: 4 clients that pause between their writes.
        with open(scripts["paced"], "a") as script:
            script.write("function delay() return 20 end\n")
        commands = {"this": args.bin, "reference": args.reference}
        for journal in ("delete", "wal"):
            servers = [Server(name, command, folder, journal) for name, command in commands.items() if command]
            rounds = {server.name: [] for server in servers}
            try:
                for _ in range(args.rounds):
                    for server in servers:
                        rounds[server.name].append(measure(server, args.seconds, scripts))
            finally:
                for server in servers:
                    server.stop()
            medians = lambda rows: {key: statistics.median(row[key] for row in rows) for key in rows[0]}
            results[journal] = {name: medians(rows) for name, rows in rounds.items()}
            show(journal, results[journal])
    if args.json:
        with open(args.json, "w") as file:
            json.dump(results, file, indent=2)


def show(journal, result):
    this, reference = result["this"], result.get("reference")
    print(f"\njournal_mode = {journal}")
    lines = [
        ("single-row inserts a second, 16 clients", "single"),
        ("inserts of 100 rows a second, 16 clients", "bulk"),
        ("reads a second", "reads"),
        ("reads a second while others write", "reads_meanwhile"),
        ("  and writes a second beside them", "writes_meanwhile"),
    ]
    for label, key in lines:
        times = f"{this[key] / reference[key]:8.1f} times {reference[key]:9.1f}" if reference and reference[key] else ""
        print(f"  {label:45} {this[key]:10.1f} {times}")
    for name, figures in result.items():
        kept = figures["reads_meanwhile"] / figures["reads"] if figures["reads"] else 0
        print(f"  {name}: reads keep {kept:.0%} of their speed")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Flips bits in a data folder and looks what comes of it: bit_flips.sh says what is claimed.

bit_flips.py MILLRACE BASE EXPECTED WORK FLIPS [KINDS]: BASE is a folder with work to do, EXPECTED the fingerprint of its topics
when that is done, FLIPS how many flips each kind of file gets (those that KINDS matches). Prints a line a kind; exits 1 when a claim did not hold.
"""
import glob
import os
import random
import re
import shutil
import subprocess
import sys

millrace, base, expected_file, work, flips = sys.argv[1:5] + sys.argv[5:6]
flips, only = int(flips), re.compile(sys.argv[6] if len(sys.argv) > 6 else "")
expected = open(expected_file).read()
rng = random.Random(20260131)
KINDS = [
    # what, which files, what mends it when it is told
    ("journal", "log/*.journal", "file"),
    ("namespace", "log/namespace", "file"),
    ("index footers", "log/*.journal", "file"),
    ("published mark", "log/published", "file"),
    ("lock", "log/lock", "file"),
    ("master key", "keys/master", "file"),
    ("operator key", "keys/operator", "file"),
    ("keystore mark", "keys/mark", "file"),
    ("keystore CURRENT", "keys/store/CURRENT", "keys"),
    ("keystore MANIFEST", "keys/store/MANIFEST-*", "keys"),
    ("keystore SST", "keys/store/*.sst", "keys"),
    ("keystore WAL", "keys/store/*.log", "keys"),
    ("keystore OPTIONS", "keys/store/OPTIONS-*", "keys"),
    ("keystore IDENTITY", "keys/store/IDENTITY", "keys"),
    ("state CURRENT", "state/*/CURRENT", "state"),
    ("state MANIFEST", "state/*/MANIFEST-*", "state"),
    ("state SST", "state/*/*.sst", "state"),
    ("state WAL", "state/*/*.log", "state"),
    ("state OPTIONS", "state/*/OPTIONS-*", "state"),
    ("state IDENTITY", "state/*/IDENTITY", "state"),
]


def run(folder):
    done = subprocess.run([millrace, "run", "--key-seed", "k", "--data", folder, "--once", "--threads", "2"],
                          capture_output=True, text=True, errors="replace")
    return done.returncode, done.stderr.strip().splitlines()[-1] if done.stderr.strip() else ""


def fingerprint(folder):
    out = ""
    for line in expected.splitlines():
        topic = line.split()[0]
        read = subprocess.run(f"set -o pipefail; '{millrace}' tail {topic} --data '{folder}' --json | sha256sum | cut -c1-16",
                              shell=True, executable="/bin/bash", capture_output=True, text=True)
        if read.returncode < 0 or read.returncode > 128:
            return "crash: " + read.stderr
        if read.returncode != 0:
            return "told: " + read.stderr.strip()
        out += f"{topic} {read.stdout.strip()}\n"
    return out


def flip(path, bit):
    with open(path, "r+b") as file:
        file.seek(bit // 8)
        byte = file.read(1)[0] ^ (1 << bit % 8)
        file.seek(bit // 8)
        file.write(bytes([byte]))


def footers(files):
    """Bits in the last few hundred bytes of full segments."""
    full = sorted(files)[:-1]
    return [(f, (os.path.getsize(f) - 1 - rng.randrange(400)) * 8 + rng.randrange(8)) for f in rng.choices(full, k=flips)] if full else []


def places(files):
    """Bits of these files: ends and a seeded choice between."""
    sized = [(f, os.path.getsize(f)) for f in files if os.path.getsize(f) > 0]
    if not sized:
        return []
    chosen = []
    for i in range(flips):
        f, size = sized[i % len(sized)] if i < len(sized) else rng.choice(sized)
        edge = rng.random()
        byte = rng.randrange(min(64, size)) if edge < 0.25 else size - 1 - rng.randrange(min(64, size)) if edge < 0.5 else rng.randrange(size)
        chosen.append((f, byte * 8 + rng.randrange(8)))
    return chosen


def mend(folder, path, how):
    """Does what the message says."""
    if how == "state":
        shutil.rmtree(os.path.dirname(path))
    elif how == "keys":
        shutil.rmtree(folder + "/keys")
        shutil.copytree(base + "/keys", folder + "/keys")
    else:
        shutil.copy2(base + path[len(folder):], path)


failed = False
for kind, pattern, how in KINDS:
    if not only.match(kind):
        continue
    survived = told = 0
    wrong = []
    for source, bit in (footers if kind == "index footers" else places)(sorted(glob.glob(f"{base}/{pattern}"))):
        folder = work + "/flipped"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(base, folder, ignore=shutil.ignore_patterns("run.sock"))
        path = folder + source[len(base):]
        flip(path, bit)
        where = f"{source[len(base) + 1:]} bit {bit}"
        code, said = run(folder)
        if code == 0:
            seen = fingerprint(folder)
            if seen == expected:
                survived += 1
                continue
            if not seen.startswith("told: "):
                wrong.append(f"{where}: other topics, and nothing was said: {seen[:200]}")
                continue
            code, said = 2, seen
        if code != 2:
            wrong.append(f"{where}: exit {code}: {said}")
            continue
        told += 1
        clue = {"state": folder + "/state", "keys": folder + "/keys"}.get(how, os.path.dirname(path))
        if not (clue in said or "folder `state`" in said) or not any(word in said for word in ("restore", "remove", "put", "Move")):
            wrong.append(f"{where}: it is not said which file and what to do: {said}")
            continue
        if how == "keys" and "remove" in said:
            wrong.append(f"{where}: keys must never be removed: {said}")
            continue
        mend(folder, path, how)
        code, said = run(folder)
        if code != 0 or fingerprint(folder) != expected:
            wrong.append(f"{where}: what was advised does not mend it: exit {code} {said}")
    if survived + told + len(wrong) > 0:
        print(f"  {'FAIL' if wrong else 'ok  '} {kind}: {survived} flips survived with the same topics, {told} told and mended as told")
    for each in wrong:
        print("       " + each)
    failed = failed or bool(wrong)
sys.exit(failed)

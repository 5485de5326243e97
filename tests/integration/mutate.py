#!/usr/bin/env python3
"""Writes N broken records, one a line: seeded mutations of a good fact (cut, bad UTF-8, deep, wrong types, huge,
duplicate keys, NaN). Newlines never stand inside a record.
"""
import json
import random
import sys

count = int(sys.argv[1])
rng = random.Random(3)
out = sys.stdout.buffer


def good(i):
    return {"specversion": "1.0", "id": f"m{i}", "source": "fuzz", "type": "lead.captured", "tenant": "acme",
            "time": "2026-01-31T09:30:00Z", "data": {"lead_source": "csv", "email": f"m{i}@example.com"}}


for i in range(count):
    record = good(i)
    kind = i % 10
    if kind == 0:
        raw = json.dumps(record).encode()
        raw = raw[: rng.randrange(1, len(raw))]
    elif kind == 1:
        raw = json.dumps(record).encode().replace(b"example", b"\xff\xfe\x80")
    elif kind == 2:
        raw = json.dumps(record)[:-1].encode() + b',"deep":' + b"[" * 40 + b"]" * 40 + b"}"
    elif kind == 3:
        record[rng.choice(["id", "source", "type", "tenant", "data"])] = rng.choice([7, [], {}, True, None])
        record["time"] = rng.choice(["yesterday", 5, "2026-13-01T00:00:00Z"])
        raw = json.dumps(record).encode()
    elif kind == 4:
        record["data"]["company"] = "x" * 70000
        raw = json.dumps(record).encode()
    elif kind == 5:
        raw = json.dumps(record)[:-1].encode() + b',"id":"again"}'
    elif kind == 6:
        raw = json.dumps(record).replace('"csv"', "NaN").encode()
    elif kind == 7:
        record["data"]["deal_value_cents"] = rng.choice(["12", 1.5, -1, [1]])
        raw = json.dumps(record).encode()
    elif kind == 8:
        record["type"] = rng.choice(["lead.exploded", "", "x" * 100])
        raw = json.dumps(record).encode()
    else:
        raw = bytearray(json.dumps(record).encode())
        for _ in range(8):
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        raw = bytes(raw)
    out.write(raw.replace(b"\n", b" ").replace(b"\r", b" ").strip() + b"\n")

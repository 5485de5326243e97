#!/usr/bin/env python3
"""Reads everything that is committed in a namespace on a cluster and says whether every fact took effect exactly once (C3).

check_effects.py MILLRACE BROKERS NAMESPACE DATA FACTS

FACTS is the NDJSON file that was produced, DATA the folder of an instance that is not running. It looks at what other
clients see, and believes no offset or counter of the instances:

  once     each fact lies on crm.events, and of its copies there exactly one has effects; or none, and each copy that was
           refused has one dead letter
  ids      no id occurs twice on any topic that stages write (of dead letters: no id for the same record)
  open     no transaction is left open: the last stable offset of every partition is its high watermark
  verify   `millrace verify`: every partition, folded again from nothing, gives what is committed, byte for byte, nothing
           more and nothing less (C1; none missing at any stage), and every record delivered is accounted for (law 7)

Exit: 0 it holds, 1 it does not (each problem a line), 2 could not look.
"""
import collections
import json
import subprocess
import sys

millrace, brokers, namespace, data, facts_file = sys.argv[1:6]
cluster = ["--brokers", brokers, "--namespace", namespace]
problems = []


def problem(text):
    problems.append(text)
    if len(problems) <= 20:
        print(text)


def run(*words, **more):
    return subprocess.run(words, check=True, capture_output=True, text=True, **more).stdout


def tail(topic):
    reader = subprocess.Popen([millrace, "tail", topic, *cluster, "--json"], stdout=subprocess.PIPE, text=True)
    for line in reader.stdout:
        yield json.loads(line)
    if reader.wait() != 0:
        sys.exit(2)


def offsets(which, partitions):
    """What ListOffsets says of the ends: of committed readers the last stable offset, of others the high watermark."""
    wanted = [word for topic, count in partitions.items() for p in range(count) for word in ("-t", f"{namespace}.{topic}:{p}:-1")]
    return sorted(run("kcat", "-Q", "-b", brokers, "-X", f"isolation.level={which}", *wanted).splitlines())


try:
    topics = run(millrace, "topology", "--topics").split()
    facts = collections.Counter()
    with open(facts_file) as lines:
        for line in lines:
            fact = json.loads(line)
            facts[(fact["tenant"], fact["source"], fact["id"])] += 1

    copies = collections.defaultdict(list)  # of a fact: its places on crm.events
    effects = collections.Counter()         # of a place on crm.events: records that name it as their cause
    refusals = collections.Counter()        # the same, dead letters
    partitions, records = {}, 0
    for topic in topics:
        seen = {}
        for record in tail(topic):
            records += 1
            cause = record.get("cause")
            if topic == "control" and not partitions and record.get("type") == "control.namespace_created":
                partitions = record["data"]["partitions"]
            if topic == "crm.events" and not cause:
                copies[(record["tenant"], record["source"], record["id"])].append(record["at"])
                continue
            if not cause:
                continue
            dead = topic.endswith(".dlq")
            if cause.startswith("crm.events/"):
                (refusals if dead else effects)[cause] += 1
            name = (record["id"], cause) if dead else record["id"]
            if name in seen:
                problem(f"ids: {record['id']} lies twice on {topic}: {seen[name]} and {record['at']}")
            seen[name] = record["at"]

    for fact in facts:
        with_effect = [at for at in copies.get(fact, []) if effects[at]]
        if fact not in copies:
            problem(f"once: {fact} is not on crm.events")
        elif len(with_effect) > 1 or not (with_effect or all(refusals[at] for at in copies[fact])):
            problem(f"once: {fact} has effects at {with_effect or 'none'} of {copies[fact]}")
        elif any(refusals[at] and effects[at] or refusals[at] > 1 for at in copies[fact]):
            problem(f"once: {fact} was refused twice, or taken and refused, at one of {copies[fact]}")
    for fact in copies.keys() - facts.keys():
        problem(f"once: {fact} was never produced")

    stable, high = offsets("read_committed", partitions), offsets("read_uncommitted", partitions)
    if len(high) != sum(partitions.values()):
        problem(f"open: {len(high)} of {sum(partitions.values())} partitions answered")
    for one, other in zip(stable, high):
        if one != other:
            problem(f"open: a transaction is open: {one} is stable, {other} is the end")

    proof = subprocess.run([millrace, "verify", *cluster, "--data", data], capture_output=True, text=True)
    if proof.returncode == 2:
        print(f"verify could not run: {proof.stderr}")
        sys.exit(2)
    for line in proof.stdout.splitlines()[:-1]:
        problem(f"verify: {line}")
    if proof.returncode != 0:
        problem("verify: " + proof.stdout.strip().splitlines()[-1])
except subprocess.CalledProcessError as failed:
    print(f"{failed.cmd}: {failed.stderr}")
    sys.exit(2)

print(f"{len(facts)} facts, {sum(len(c) for c in copies.values())} copies of them, {records} records on {len(topics)} topics; "
      f"{proof.stdout.strip().splitlines()[-1]}; {len(problems)} problems")
sys.exit(1 if problems else 0)

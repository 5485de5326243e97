#!/usr/bin/env python3
"""Checks what docker-compose.yml shows against what is really served: every metric and label that a panel of the dashboard
asks for occurs in a scrape, and the files that compose mounts and ports that they name are there.

check_dashboard.py SCRAPE... : files with what /metrics gave. Prints what is wrong; exits 1 then.
"""
import json
import os
import re
import sys

root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
watch = os.path.join(root, "scripts", "watch")
problems = []

labels = {}  # of each name that is served
for scrape in sys.argv[1:]:
    for line in open(scrape, encoding="utf-8"):
        found = re.match(r"([a-z_0-9]+)(?:\{(.*)\})? \S+$", line)
        if found:
            labels.setdefault(found[1], {"instance", "job"}).update(re.findall(r'(\w+)="', found[2] or ""))
if not labels:
    problems.append("the scrapes hold nothing")

with open(os.path.join(watch, "grafana", "millrace.json"), encoding="utf-8") as file:
    dashboard = json.load(file)
targets = 0
for panel in dashboard["panels"]:
    for target in panel.get("targets", []):
        targets += 1
        expression = target["expr"]
        names = re.findall(r"\b(?:millrace|process)_[a-z_0-9]+", expression)
        if not names:
            problems.append(f"{panel['title']}: {expression} asks for no metric")
        for name in names:
            if name not in labels:
                problems.append(f"{panel['title']}: nobody serves {name}")
        served = set().union(*(labels.get(name, set()) for name in names))
        grouped = [label for group in re.findall(r"\bby \(([^)]*)\)", expression) for label in group.split(", ")]
        for label in grouped + re.findall(r'(\w+)="', expression) + re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
            if label not in served:
                problems.append(f"{panel['title']}: {', '.join(names)} has no label {label}")
if targets < 20:
    problems.append(f"the dashboard asks for {targets} metrics only")

compose = open(os.path.join(root, "docker-compose.yml"), encoding="utf-8").read()
for source in re.findall(r"- (\./[^:\s]+):", compose):
    if not os.path.exists(os.path.join(root, source)):
        problems.append(f"docker-compose.yml mounts {source}, which is not there")
port = re.search(r'"--metrics", "0\.0\.0\.0:(\d+)"', compose)
scraped = re.search(r'targets: \["millrace:(\d+)"\]', open(os.path.join(watch, "prometheus.yml"), encoding="utf-8").read())
if not port or not scraped or port[1] != scraped[1]:
    problems.append("Prometheus does not read where docker-compose.yml lets millrace serve")

print("\n".join(problems) if problems else f"{targets} queries ask for what is served")
sys.exit(bool(problems))

#!/usr/bin/env python3
"""Writes a seeded history as CSV: leads.csv and deals.csv in the folder given.

make_history.py FOLDER LEADS [SEED]: leads over 60 days; a tenth wins a deal some days later; 2 % come twice with the
same id, 5 % share an email with an earlier one, so that leads merge.
"""
import random
import sys

folder, leads = sys.argv[1], int(sys.argv[2])
rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
origins = ["organic search", "paid search", "social", "email", "direct traffic"]


def at(second):
    day, rest = divmod(second, 86400)
    month, day = (1, day + 1) if day < 31 else (2, day - 30)
    return f"2026-{month:02d}-{day:02d} {rest // 3600:02d}:{rest % 3600 // 60:02d}:{rest % 60:02d}"


emails = []
with open(f"{folder}/leads.csv", "w") as out, open(f"{folder}/deals.csv", "w") as deals:
    out.write("id,created,email,first_name,company,role,size,industry,revenue,origin\n")
    deals.write("id,lead,won,amount\n")
    rows = []
    for i in range(leads):
        second = rng.randrange(58 * 86400)
        email = rng.choice(emails) if emails and rng.random() < 0.05 else f"lead{i}@company{i % 997}.example"
        emails.append(email)
        row = (f"l{i},{at(second)},{email},Name{i},Company {i % 997},{rng.choice(['CTO', 'VP Sales', 'Manager', 'Intern'])},"
               f"{rng.choice(['startup', 'small', 'medium', 'enterprise'])},{rng.choice(['technology', 'retail'])},"
               f"{rng.randrange(1, 9) * 1000000}.00,{rng.choice(origins)}\n")
        rows.append(row)
        if rng.random() < 0.02:
            rows.append(row)
        if rng.random() < 0.1:
            deals.write(f"d{i},l{i},{at(min(second + rng.randrange(5 * 86400), 59 * 86400 - 1))},{rng.randrange(100, 99999)}.{rng.randrange(100):02d}\n")
    out.writelines(rows)

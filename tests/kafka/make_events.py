#!/usr/bin/env python3
"""Writes seeded facts for the front door, one CloudEvent a line, so that every stage of the spine has work.

make_events.py EVENTS [SEED]: leads of 24 tenants; every tenth fact is an advertising figure, every twelfth a stage of a
deal; 2 % come twice with the same id, 1 % name a source that the policy refuses.
"""
import json
import random
import sys

events = int(sys.argv[1])
rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)


def fact(number, kind, tenant, data):
    return {"specversion": "1.0", "id": f"e{number}", "source": "chaos", "type": kind, "tenant": tenant,
            "time": "2026-01-31T09:30:00Z", "data": data}


before = None
for i in range(events):
    lead = rng.randrange(i + 1)  # an earlier one again: merges, journeys
    tenant = f"t{i % 24}"
    if before and rng.random() < 0.02:
        one = before
    elif i % 10 == 9:
        one = fact(i, "ad.metrics", tenant, {"ad_account": f"a{lead % 5}", "ad_id": f"ad{lead % 50}", "day": "2026-01-30",
                                             "impressions": rng.randrange(1000), "clicks": rng.randrange(100),
                                             "spend_cents": rng.randrange(10000)})
    elif i % 12 == 7:
        one = fact(i, "crm.stage_changed", tenant, {"deal_id": f"d{i}", "stage_to": rng.choice(["qualified", "closed_won", "closed_lost"]),
                                                    "amount_cents": rng.randrange(100, 9999999), "email": f"lead{lead - lead % 24 + i % 24}@company.example"})
    else:
        source = "nobody" if rng.random() < 0.01 else "api"
        one = fact(i, "lead.captured", tenant, {"lead_source": source, "email": f"lead{i}@company.example", "first_name": f"Name{i}",
                                                "company": f"Company {lead % 997}", "role": rng.choice(["CTO", "VP Sales", "Intern"]),
                                                "company_size": rng.choice(["startup", "small", "medium", "enterprise"]),
                                                "annual_revenue_cents": rng.randrange(1, 9) * 100000000, "campaign_id": f"c{lead % 7}"})
    before = one
    print(json.dumps(one, separators=(",", ":")))

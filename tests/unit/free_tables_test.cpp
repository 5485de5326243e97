#include "topology/policy/free_tables.h"

#include <doctest/doctest.h>

using namespace millrace;

TEST_SUITE("topology/policy") {
  TEST_CASE("FT-1: an entry of a free table that no stage could use refuses the policy") {
    for (const char* toml : {"[zones.map]\nberlin = 5\n", "[campaign.default]\n\"*\" = \"\"\n", "[stages.alias]\nwon = [\"a\"]\n",
                             "[stages.group]\nshow_up = \"middle\"\n", "[stages.group]\nmiddle = [\"show_up\"]\n",
                             "[custom.seats]\ntype = \"number\"\n", "[custom.seats]\npoints = 5001\n", "[custom.seats]\npoints = \"5\"\n",
                             "[custom.seats]\nvalues = [1]\n", "[custom]\nseats = \"integer\"\n", "[icp.acme]\nsize = [\"medium\"]\n",
                             "[icp.acme]\nsizes = [\"huge\"]\n", "[icp.acme.c1]\nrevenue_min_cents = -1\n", "[icp.acme]\ntitles = [1]\n",
                             "[icp]\nsizes = [\"medium\"]\n", "[tenant.acme.custom.seats]\npoints = -5001\n"}) {
      Policy policy;
      const auto problems = Policy::parse(toml, policy);
      CHECK_MESSAGE(problems.size() == 1, toml);
    }
  }

  TEST_CASE("FT-1: what a stage can use passes, of all and of one tenant") {
    Policy policy;
    CHECK(Policy::parse("[zones.map]\n\"new york\" = \"amer\"\n[campaign.default]\n\"*\" = \"c1\"\n[stages.alias]\nfertig = \"closed_won\"\n"
                        "[stages.group]\nshow_up = \"closing\"\nlead = [\"raw\"]\n[custom.seats]\ntype = \"integer\"\nicp_values = [\"1..9\", 20]\n"
                        "points = -5000\n[icp.acme]\nsizes = [\"Medium\"]\nindustries = \"retail\"\nrevenue_max_cents = 0\n[icp.acme.c1]\ntitles = []\n"
                        "[tenant.acme.zones.map]\nberlin = \"emea\"\n",
                        policy)
              .empty());
  }
}

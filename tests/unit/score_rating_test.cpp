#include <doctest/doctest.h>

#include "core/json.h"
#include "topology/score/rating.h"
#include "topology/score/settings.h"

using namespace millrace;
using namespace millrace::score;

namespace {
Facts enriched_facts() {
  Facts f;
  f.enriched = true;
  f.company_size = "medium";
  f.industry = "technology";
  f.annual_revenue_cents = 5'000'000'000;
  f.location = "US";
  f.role = "VP Engineering";
  f.signals = {"recent_job_change", "company_hiring", "recent_activity", "is_decision_maker", "has_budget_authority"};
  f.budget = true;
  f.timeline_months = 2;
  f.pain_points = 1;
  return f;
}
Settings settings(const char* toml) {
  Policy policy;
  const auto problems = Policy::parse(toml, policy);
  REQUIRE_MESSAGE(problems.empty(), (problems.empty() ? "" : problems.front()));
  return policy.of<Settings>("acme");
}
Rating rated(const Facts& f, const Settings& s, const ModelRow* model = nullptr, Engagement e = {}) {
  const RatingRules rules{s.policy, s.weights, s.profiles.of(f.campaign_id), s.custom, s.zones};
  Rating r;
  rate_facts(r, f, rules);
  rate_engagement(r, e);
  rate_score(r, f, rules, model);
  return r;
}
const char* kProfile = R"(
[icp.acme]
sizes = ["medium"]
industries = ["technology"]
revenue_min_cents = 100000000
revenue_max_cents = 10000000000
locations = ["US"]
titles = ["CTO", "VP Engineering"]
[icp.acme.eu]
locations = ["Germany"]
[zones.map]
"berlin" = "emea"
)";
}  // namespace

TEST_SUITE("topology/score") {
  TEST_CASE("A lead like the profile is hot and an A") {
    const Rating r = rated(enriched_facts(), settings(kProfile));
    CHECK(r.dims[Dim::icp] == 10000);
    CHECK(r.dims[Dim::opportunity] == 9875);
    CHECK(r.score_bp() == 9938);
    CHECK(r.grade == Grade::A);
    CHECK(r.dims[Dim::probability] == 7000);
    CHECK(r.dims[Dim::model] == 5000);
    CHECK(r.model_version == 0);
    const auto published = r.dims.published();
    REQUIRE(published);
    std::size_t known = 0;
    for_each_field<ScoreDims>([&](const auto& f) { known += ((*published).*(f.member)).has_value(); });
    CHECK(known == 35);
    const std::string json = to_json(*published);
    for (const auto name : enum_names(Dim{})) CHECK(json.find("\"" + std::string(name) + "\":" + std::to_string(*r.dims.get(*enum_of<Dim>(name)))) != std::string::npos);
  }

  TEST_CASE("RA-1: without enrichment there is no score, and icp and opportunity are neutral") {
    Facts f = enriched_facts();
    f.enriched = false;
    const ModelRow model{"", 0, 4, 3000, std::vector<std::int64_t>(kModelDims, 0)};
    const Rating r = rated(f, settings(kProfile), &model);
    CHECK(r.score_bp() == std::nullopt);
    CHECK(r.grade == std::nullopt);
    CHECK(r.grade_reasons == std::vector<std::string>{"not_scored"});
    CHECK(r.dims[Dim::icp] == 5000);
    CHECK(r.dims[Dim::opportunity] == 5000);
    CHECK(r.model_version == 0);
    const auto published = r.dims.published();
    REQUIRE(published);
    for (const auto& absent : {published->score, published->base, published->fit, published->probability}) CHECK_FALSE(absent);
    CHECK(published->intent == 8000);
    CHECK_FALSE(Dims().published());
  }

  TEST_CASE("A campaign with a profile of its own takes nothing from the tenant's") {
    Facts f = enriched_facts();
    f.campaign_id = "eu";
    const Rating r = rated(f, settings(kProfile));
    CHECK(r.dims[Dim::size] == 5000);
    CHECK(r.dims[Dim::location] == 4000);
    CHECK(r.dims[Dim::title] == 6000);
  }

  TEST_CASE("A model's part is taken from dimensions 1-30 with its weight, and named") {
    ModelRow model{"", 0, 4, 10000, std::vector<std::int64_t>(kModelDims, 0)};
    model.intercept_micro = 250000;
    const Rating r = rated(enriched_facts(), settings(kProfile), &model);
    CHECK(r.dims[Dim::model] == 5622);
    CHECK(r.score_bp() == 5622);
    CHECK(r.model_version == 4);
  }

  TEST_CASE("A hard bounce counts against the address, whatever the enrichment said") {
    Facts f = enriched_facts();
    f.email_verified = EmailVerified::ok;
    CHECK(rated(f, settings("")).dims[Dim::confidence] == 9000);
    f.bounced = true;
    const Rating r = rated(f, settings(""));
    CHECK(r.dims[Dim::confidence] == 6000);
    CHECK(r.dims[Dim::email_verified_bad] == -2000);
    CHECK(r.dims[Dim::email_verified_ok] == 0);
  }

  TEST_CASE("The zone is the enrichment's, else that of the location, else default") {
    const Settings s = settings(kProfile);
    Facts f;
    CHECK(zone_of(f, s.zones) == "default");
    f.location = " Berlin ";
    CHECK(zone_of(f, s.zones) == "emea");
    f.zone = "dach";
    CHECK(zone_of(f, s.zones) == "dach");
  }

  TEST_CASE("RA-2: engagement lifts a score at most to 10000") {
    const Rating r = rated(enriched_facts(), settings(kProfile), nullptr, {1500, 4500, 6000, 10000});
    CHECK(r.score_bp() == 10000);
    CHECK(r.dims[Dim::base] == 9938);
  }

  TEST_CASE("SP-1: weights that do not add up are refused, also those of one tenant") {
    Policy policy;
    CHECK_FALSE(Policy::parse("[score.weight]\nsize = 4000\n", policy).empty());
    CHECK(Policy::parse("[score.weight]\nsize = 4000\nindustry = 2000\n", policy).empty());
    CHECK_FALSE(Policy::parse("[tenant.acme.score.weight]\ntitle = 10000\n", policy).empty());
    CHECK(Policy::parse("[tenant.acme.score.weight]\ntitle = 10000\nseniority = 0\nsignals = 0\n", policy).empty());
  }
}

#include <doctest/doctest.h>

#include "topology/score/dimensions.h"
#include "topology/score/seniority.h"
#include "topology/score/words.h"

using namespace millrace;
using namespace millrace::score;

namespace {
std::vector<Phrase> phrases(std::initializer_list<const char*> texts) {
  std::vector<Phrase> out;
  for (const char* text : texts) out.emplace_back(text);
  return out;
}
std::int64_t seniority(std::string_view role, std::string_view level = {}) { return seniority_bp(words(role), words(level)); }
}  // namespace

TEST_SUITE("topology/score") {
  TEST_CASE("WO-1: words are lower-case tokens between blanks, and a run is a substring") {
    CHECK(words("  VP, Engineering (EMEA)") == " vp engineering emea ");
    CHECK(words("--").empty());
    CHECK(words("") == "");
    CHECK(holds_run(words("software technology"), words("Technology")));
    CHECK_FALSE(holds_run(words("biotechnology"), words("technology")));
    CHECK_FALSE(holds_run(words("VP of Engineering"), words("VP Engineering")));
    CHECK_FALSE(holds_run(words("anything"), words("")));
  }

  TEST_CASE("WO-2: letters beyond ASCII fold and stay in their word") {
    CHECK(folded(" ZÜRICH ") == "zürich");
    CHECK(words("Žilina/Łódź") == " žilina łódź ");
    CHECK(words("МОСКВА") == " москва ");
    CHECK(words("東京 都") == " 東京 都 ");
    CHECK(words("a–b") == " a b ");
  }

  TEST_CASE("DI-1: what is not known of the lead or of the profile is neutral") {
    CHECK(size_bp(std::nullopt, std::vector{CompanySize::medium}) == 5000);
    CHECK(size_bp(CompanySize::medium, {}) == 5000);
    CHECK(industry_bp(Phrase("  "), phrases({"technology"})) == 5000);
    CHECK(industry_bp(Phrase("technology"), {}) == 5000);
    CHECK(location_bp(Phrase("US"), {}) == 5000);
    CHECK(revenue_bp(5, std::nullopt, std::nullopt) == 5000);
    CHECK(title_bp(Phrase(""), phrases({"CTO"})) == 5000);
    CHECK(title_bp(Phrase("CTO"), {}) == 6000);
  }

  TEST_CASE("DI-2: of several targets the best one counts") {
    CHECK(size_bp(CompanySize::startup, std::vector{CompanySize::enterprise, CompanySize::small}) == 8000);
    CHECK(size_bp(CompanySize::startup, std::vector{CompanySize::enterprise}) == 5000);
    CHECK(industry_bp(Phrase("retail"), phrases({"software", "retail banking", "RETAIL"})) == 10000);
    CHECK(industry_bp(Phrase("retail"), phrases({"software", "retail banking"})) == 8000);
    CHECK(location_bp(Phrase("Berlin, Germany"), phrases({"France", "germany"})) == 8000);
  }

  TEST_CASE("A location target must be contained in the lead's, not the other way round") {
    CHECK(location_bp(Phrase("US"), phrases({"Austin, US"})) == 4000);
    CHECK(location_bp(Phrase("us"), phrases({"US "})) == 10000);
  }

  TEST_CASE("The label of a company's size wins over its employees, unless it names no size") {
    CHECK(company_size("Medium", 5) == CompanySize::medium);
    CHECK(company_size("huge", 5) == CompanySize::startup);
    CHECK(company_size(std::nullopt, 9) == CompanySize::startup);
    CHECK(company_size(std::nullopt, 10) == CompanySize::small);
    CHECK(company_size(std::nullopt, 50) == CompanySize::medium);
    CHECK(company_size(std::nullopt, 500) == CompanySize::enterprise);
    CHECK(company_size(std::nullopt, std::nullopt) == std::nullopt);
  }

  TEST_CASE("Revenue falls off on both sides of its range, down to 3000, and a range may be open") {
    CHECK(revenue_bp(100, 100, 1000) == 10000);
    CHECK(revenue_bp(1000, 100, 1000) == 10000);
    CHECK(revenue_bp(99, 100, 1000) == 9900);
    CHECK(revenue_bp(0, 100, 1000) == 3000);
    CHECK(revenue_bp(2000, 100, 1000) == 5000);
    CHECK(revenue_bp(50, std::nullopt, 1000) == 10000);
    CHECK(revenue_bp(50, 100, std::nullopt) == 5000);
    CHECK(revenue_bp(-5, 0, 10) == 3000);
    CHECK(revenue_bp(INT64_MAX, 1, INT64_MAX / 2) == 5000);
  }

  TEST_CASE("Seniority takes the first row of the table that occurs, the role before the level") {
    CHECK(seniority("Vice President of Sales") == 9500);
    CHECK(seniority("President") == 9500);
    CHECK(seniority("Account Executive") == 6000);
    CHECK(seniority("Executive") == 9500);
    CHECK(seniority("Co-Founder") == 10000);
    CHECK(seniority("Lead Engineer") == 6500);
    CHECK(seniority("Sr. Engineer") == 6000);
    CHECK(seniority("Leadership coach") == 5000);
    CHECK(seniority("Engineering Manager, Director level") == 9000);
    CHECK(seniority("", "VP") == 9500);
    CHECK(seniority("Trainee", "CEO") == 5000);
    CHECK(seniority("Engineer", "intern") == 5000);
  }

  TEST_CASE("Weighted sums keep full precision and round once") {
    CHECK(icp_bp(6000, 3000, 10000, 4000, {}) == 5800);
    CHECK(opportunity_bp(10000, 9500, 10000, {}) == 9875);
    CHECK(opportunity_bp(1, 1, 0, {}) == 1);
  }
}

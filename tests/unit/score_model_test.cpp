#include <doctest/doctest.h>

#include "core/hash.h"
#include "topology/score/model.h"
#include "topology/score/tier.h"

using namespace millrace;
using namespace millrace::score;

namespace {
std::string refused(const std::string& text, std::optional<std::int64_t> weight = {}) {
  return check_artifact(text, sha256_hex(text), weight).refused;
}
const std::string kGood = R"({"intercept_micro":-5,"weights_micro_per_bp":{"icp":200,"intent":-1}})";
}  // namespace

TEST_SUITE("topology/score") {
  TEST_CASE("MO-1: an artifact is canonical text of two integers' worth and weighs dimensions 1-30 only") {
    CHECK(refused(kGood) == "");
    CHECK(refused(R"({"intercept_micro":-5,"weights_micro_per_bp":{}})") == "");
    CHECK(refused(R"({"intercept_micro":-5, "weights_micro_per_bp":{}})") == "bad_artifact");
    CHECK(refused(R"({"weights_micro_per_bp":{},"intercept_micro":-5})") == "bad_artifact");
    CHECK(refused(R"({"intercept_micro":-5,"note":1,"weights_micro_per_bp":{}})") == "bad_artifact");
    CHECK(refused(R"({"intercept_micro":-5.5,"weights_micro_per_bp":{}})") == "bad_artifact");
    CHECK(refused(R"({"intercept_micro":-5,"weights_micro_per_bp":{"icp":"1"}})") == "bad_artifact");
    CHECK(refused(R"({"weights_micro_per_bp":{}})") == "bad_artifact");
    CHECK(refused("[]") == "bad_artifact");
    for (const char* name : {"fit", "probability", "model", "base", "score", "colour"})
      CHECK(refused(R"({"intercept_micro":0,"weights_micro_per_bp":{")" + std::string(name) + "\":1}}") == "unknown_dimension");
    CHECK(refused(R"({"intercept_micro":0,"weights_micro_per_bp":{"source_quality":1}})") == "");
  }

  TEST_CASE("MO-2: the checks come in their order") {
    const std::string big(kArtifactBytesMax + 1, ' ');
    CHECK(check_artifact(big, "00", 20000).refused == "artifact_too_large");
    CHECK(check_artifact(kGood, "00", 20000).refused == "artifact_mismatch");
    CHECK(refused("{}", 20000) == "bad_artifact");
    CHECK(refused(kGood, 10001) == "bad_field:weight_bp");
    CHECK(refused(kGood, -1) == "bad_field:weight_bp");
    CHECK(refused(kGood, 10000) == "");
    CHECK(refused(kGood, 0) == "");
  }

  TEST_CASE("MO-3: a missing dimension counts as 5000, one without a weight does not count") {
    const ModelArtifact model{100, {{"icp", 2}, {"intent", 3}}};
    const auto z = model_z(model, [](const std::string& name) -> std::optional<std::int64_t> {
      return name == "icp" ? std::optional<std::int64_t>(10) : std::nullopt;
    });
    CHECK(static_cast<std::int64_t>(z) == 100 + 20 + 15000);
    Dims dims;
    dims.set(Dim::icp, 10);
    dims.set(Dim::size, 9999);
    CHECK(static_cast<std::int64_t>(model_z(model.intercept_micro, weights_in_order(model), dims)) == 15120);
  }

  TEST_CASE("The logistic is symmetric and saturates") {
    CHECK(model_bp(0) == 5000);
    CHECK(model_bp(250000) == 5622);
    for (const std::int64_t z : {1'000LL, 250'000LL, 3'000'000LL, 20'000'000LL}) CHECK(model_bp(z) + model_bp(-z) == 10000);
    CHECK(model_bp(Int128{INT64_MAX} * 1000) == 10000);
    CHECK(model_bp(-Int128{INT64_MAX} * 1000) == 0);
  }

  TEST_CASE("A model's part is weighed into the score, engagement only up to 10000") {
    CHECK(combined(10000, 10000, 10000).score_bp == 10000);
    CHECK(combined(8000, 8000, 5000).score_bp == 8500);
    CHECK(combined(8000, 8000, 0, 5000, 1000, ModelPart{3000, 2000}).score_bp == 6200);
    CHECK(combined(8000, 8000, 0, 5000, 1000, ModelPart{0, 0}).score_bp == 8000);
    CHECK(combined(8000, 8000, 0, 5000, 1000, ModelPart{10000, 1}).score_bp == 1);
    CHECK(tier(8500) == Tier::HOT);
    CHECK(tier(0) == Tier::COLD);
  }

  TEST_CASE("An outcome says something only of what was predicted, and a loss only after a message") {
    CHECK(outcome(true, false, false, 1) == true);
    CHECK(outcome(false, true, true, 1) == false);
    CHECK(outcome(false, true, false, 1) == std::nullopt);
    CHECK(outcome(true, false, true, std::nullopt) == std::nullopt);
    CHECK(outcome(false, false, true, 1) == std::nullopt);
  }
}

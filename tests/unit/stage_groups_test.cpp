#include <doctest/doctest.h>

#include "topology/policy/stage_groups.h"

using namespace millrace;

TEST_SUITE("topology/policy") {
  TEST_CASE("SG-1: won and lost lists decide before the group table, and no stage has no group") {
    const SyntheticTable service = SyntheticTable::service();
    const StageGroups groups;
    CHECK(group_of("closed_won", service, groups) == StageGroup::won);
    CHECK(group_of("closed_lost", service, groups) == StageGroup::lost);
    CHECK(group_of("show_up", service, groups) == StageGroup::negotiation);
    CHECK(group_of("contract_sent", service, groups) == StageGroup::closing);
    CHECK(group_of("", service, groups) == std::nullopt);
    CHECK(group_of("closed_won", SyntheticTable::ecommerce(), groups) == StageGroup::other);
  }

  TEST_CASE("SG-2: a tenant's entries are laid over the default table") {
    Policy policy;
    REQUIRE(Policy::parse("[stages.group]\nshow_up = \"closing\"\nlead = [\"raw\", \"new\"]\n"
                          "[tenant.acme.stages.group]\nraw = \"contact\"\n", policy).empty());
    const SyntheticTable service = SyntheticTable::service();
    const auto& groups = policy.of<StageGroups>("other");
    CHECK(group_of("show_up", service, groups) == StageGroup::closing);
    CHECK(group_of("raw", service, groups) == StageGroup::lead);
    CHECK(group_of("proposal_sent", service, groups) == StageGroup::negotiation);
    CHECK(group_of("raw", service, policy.of<StageGroups>("acme")) == StageGroup::contact);
  }

  TEST_CASE("SG-3: an unknown stage and an unknown group are other") {
    StageGroups groups;
    groups.set("odd", "no_such_group");
    CHECK(group_of("odd", SyntheticTable::service(), groups) == StageGroup::other);
    CHECK(group_of("add_to_cart", SyntheticTable::service(), groups) == StageGroup::other);
  }

  TEST_CASE("Free tables take mixed lists as texts; typed keys refuse them") {
    Policy policy;
    REQUIRE(Policy::parse("[custom.seats]\ntype = \"integer\"\nicp_values = [\"10..99\", 500]\n", policy).empty());
    const auto* list = std::get_if<std::vector<std::string>>(policy.value("custom.seats.icp_values"));
    REQUIRE(list);
    CHECK(list->size() == 2);
    CHECK_FALSE(Policy::parse("[engine]\nseed = [\"1\", 2]\n", policy).empty());
  }
}

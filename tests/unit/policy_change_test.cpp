#include <doctest/doctest.h>

#include "topology/control/policy_change.h"

using namespace millrace;
using namespace millrace::control;

static PolicyReview opened_by(std::string author, TimeMs at_ms = 0) { return {{}, std::move(author), at_ms}; }

TEST_SUITE("topology/control") {
  TEST_CASE("A proposal without what-if or on another base is refused") {
    CHECK(may_open(false, "b1", "b2") == ReviewCode::missing_whatif);
    CHECK(may_open(true, "b1", "b2") == ReviewCode::stale_base);
    CHECK(may_open(true, "b1", "b1") == ReviewCode::ok);
  }

  TEST_CASE("PO-2: so many different people other than the author make it effective") {
    auto review = opened_by("ann");
    CHECK(approve(review, "ann", 2) == ReviewCode::self_approval);
    CHECK(approve(review, "bob", 2) == ReviewCode::ok);
    CHECK(approve(review, "bob", 2) == ReviewCode::already_approved);
    CHECK(review.state == ReviewState::open);
    CHECK(approve(review, "cid", 2) == ReviewCode::ok);
    CHECK(review.state == ReviewState::effective);
  }

  TEST_CASE("PO-1: a closed review stays as it is") {
    for (const ReviewState closed : {ReviewState::effective, ReviewState::rejected, ReviewState::stale,
                                     ReviewState::expired, ReviewState::refused}) {
      auto review = opened_by("ann");
      review.state = closed;
      CHECK(approve(review, "bob", 1) == ReviewCode::not_open);
      CHECK(reject(review) == ReviewCode::not_open);
      other_became_live(review);
      tick(review, 1 << 30, 1);
      CHECK(review.state == closed);
    }
  }

  TEST_CASE("A rejection closes it, and so does another policy that becomes live") {
    auto review = opened_by("ann");
    CHECK(reject(review) == ReviewCode::ok);
    CHECK(review.state == ReviewState::rejected);
    auto other = opened_by("ann");
    other_became_live(other);
    CHECK(other.state == ReviewState::stale);
  }

  TEST_CASE("PO-3: it expires on the first tick at or after its time to live") {
    auto review = opened_by("ann", 1000);
    tick(review, 1000 + kPolicyTtlMs - 1, kPolicyTtlMs);
    CHECK(review.state == ReviewState::open);
    tick(review, 1000 + kPolicyTtlMs, kPolicyTtlMs);
    CHECK(review.state == ReviewState::expired);
  }

  TEST_CASE("The id of a review is made of the proposed text") {
    CHECK(review_id("abc") == "pol_ba7816bf8f01");
  }
}

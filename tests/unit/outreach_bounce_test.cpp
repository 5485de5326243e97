#include <doctest/doctest.h>

#include "topology/outreach/bounce_class.h"

using millrace::outreach::bounce_class;

TEST_SUITE("topology/outreach") {
  TEST_CASE("BC-1: the enhanced status decides over the SMTP code") {
    CHECK(bounce_class("4.2.2", 550).reason == "mailbox_full");
    CHECK(bounce_class("4.7.28", 550).reason == "rate_limited");
    CHECK(bounce_class("4.4.1", 421).reason == "delivery_failed");
    CHECK(bounce_class("5.1.1", 421).hard());
    CHECK(bounce_class("5.1.10", 0).hard());
    CHECK(bounce_class("5.1.7", 550).reason == "policy_blocked");
    CHECK(bounce_class("5.1.8", 550).reason == "policy_blocked");
    CHECK(bounce_class("5.2.1", 0).hard());
    CHECK(bounce_class("5.2.2", 550).reason == "mailbox_full");
    CHECK(bounce_class("5.2.3", 552).reason == "content_rejected");
    CHECK(bounce_class("5.3.4", 0).reason == "content_rejected");
    CHECK(bounce_class("5.4.4", 0).hard());
    CHECK(bounce_class("5.6.0", 0).reason == "content_rejected");
    CHECK(bounce_class("5.7.1", 550).reason == "policy_blocked");
  }

  TEST_CASE("BC-1: a status that says nothing leaves the word to the SMTP code") {
    for (const char* nothing : {"", "2.0.0", "x", "5.1", "5.1.", "7.1.1"}) {
      CAPTURE(nothing);
      CHECK(bounce_class(nothing, 421).reason == "rate_limited");
      CHECK(bounce_class(nothing, 452).reason == "mailbox_full");
      CHECK(bounce_class(nothing, 552).reason == "mailbox_full");
      CHECK(bounce_class(nothing, 551).hard());
      CHECK(bounce_class(nothing, 554).reason == "policy_blocked");
    }
  }

  TEST_CASE("5.0.0 and 5.5.0 are hard only with a code that refuses the mailbox, or none") {
    for (const char* status : {"5.0.0", "5.5.0"}) {
      CHECK(bounce_class(status, 0).hard());
      CHECK(bounce_class(status, 550).hard());
      CHECK(bounce_class(status, 553).hard());
      CHECK(bounce_class(status, 554).reason == "delivery_failed");
      CHECK_FALSE(bounce_class(status, 554).retry);
    }
    CHECK_FALSE(bounce_class("5.5.1", 550).retry);
    CHECK(bounce_class("5.5.1", 550).reason == "delivery_failed");
  }

  TEST_CASE("an unlisted 5xx is not tried again, and the provider's verdict counts only without a code") {
    CHECK_FALSE(bounce_class("", 501).retry);
    CHECK(bounce_class("", 501, true).reason == "delivery_failed");
    CHECK(bounce_class("", 0, true).hard());
    CHECK(bounce_class("", 450, true).hard());
    CHECK(bounce_class("", 450, false).reason == "delivery_failed");
    CHECK(bounce_class("", 450, false).retry);
    CHECK(bounce_class("", 421, true).reason == "rate_limited");
  }
}

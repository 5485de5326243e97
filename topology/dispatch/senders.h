// Who sends: a sender's days, its circuit, and what it may still send today (spec/dispatch.md section 3).
//
// SN-1  A send counts on the sender's local day on which its command went out, until its failure gives it back.
// SN-2  After a reset, sends up to then no longer count for the number of a day, but still for today's allowance.
//                                                      Tests: tests/unit/dispatch_sender_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"
#include "topology/dispatch/circuit.h"
#include "topology/dispatch/warm_up.h"

namespace millrace::dispatch {

class SenderDays {
 public:
  // Needs: days that never fall.
  void add(std::int64_t day);
  void give_back(std::int64_t day);
  void reset();
  // The number of `today` in the warm-up.
  std::int64_t number(std::int64_t today) const;
  std::int64_t sent(std::int64_t day) const;

 private:
  struct Day {
    std::int64_t counted = 0;  // of `sends`: since the last reset
    std::int64_t day = 0, sends = 0;
    static constexpr auto fields() {
      return FieldList{field("counted", &Day::counted), field("day", &Day::day), field("sends", &Day::sends)};
    }
  };
  static constexpr std::size_t kKeep = 8;  // longer than any command may be under way

  std::vector<Day> days_;  // the newest, oldest first
  std::int64_t base_day_ = 0, base_n_ = 0;  // the last sending day before them; n 0: none

 public:
  static constexpr auto fields() {
    return FieldList{field("base_day", &SenderDays::base_day_), field("base_n", &SenderDays::base_n_),
                      field("days", &SenderDays::days_)};
  }
};

struct SenderRow {
  std::string address, booking_url, company, domain, name, postal_address, timezone = "UTC";
  std::optional<std::int64_t> daily_cap;
  SenderDays live, dry;
  std::int64_t dry_book = 0;  // to which `dry` belongs
  Circuit circuit;
  std::int64_t bounce_day = 0, bounces = 0;  // hard ones on a local day
  static constexpr auto fields() {
    return FieldList{field("address", &SenderRow::address),
                      field("booking_url", &SenderRow::booking_url),
                      field("bounce_day", &SenderRow::bounce_day),
                      field("bounces", &SenderRow::bounces),
                      field("circuit", &SenderRow::circuit),
                      field("company", &SenderRow::company),
                      field("daily_cap", &SenderRow::daily_cap),
                      field("domain", &SenderRow::domain),
                      field("dry", &SenderRow::dry),
                      field("dry_book", &SenderRow::dry_book),
                      field("live", &SenderRow::live),
                      field("name", &SenderRow::name),
                      field("postal_address", &SenderRow::postal_address),
                      field("timezone", &SenderRow::timezone)};
  }

  // The days of a book: kLive (-1) or a number of armings, whose first use forgets those before.
  SenderDays& days(std::int64_t book) {
    if (book < 0) return live;
    if (dry_book != book) {
      dry = {};
      dry_book = book;
    }
    return dry;
  }
  // What is left of today's allowance.
  std::int64_t allowance(Channel channel, std::int64_t book, std::int64_t today) const {
    static const SenderDays none;
    const SenderDays& d = book < 0 ? live : dry_book == book ? dry : none;
    return warm_up_limit(channel, d.number(today), daily_cap) - d.sent(today);
  }
};

}  // namespace millrace::dispatch

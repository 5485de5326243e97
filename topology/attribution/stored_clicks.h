// The clicks under a match key: a row each, by number, beside the key's own row, which names them; an office's address holds two
// hundred, and would be written whole with every one that comes.
//
// SK-1  Of a click_id there is one click, the last that came. The key's row names them by (clicked_ms, order of coming).
// SK-2  A number is given once while the key has a row. Table click: key <match key>#<number>, 16 digits.
// Tests: tests/unit/attribution_stored_clicks_test.cpp
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "state/table.h"
#include "topology/attribution/match.h"
#include "topology/attribution/tables.h"

namespace millrace::attribution {

class StoredClicks {
 public:
  explicit StoredClicks(state::TableSpace& tables);

  // Stores it in place of one with its id; returns its number. `row` is the match key's.
  std::int64_t add(std::string_view match_key, ClicksRow& row, StoredClick click);
  // Of a mark in the key's row. Valid until the step ends.
  const StoredClick& at(std::string_view match_key, const ClickMark& mark);
  // Needs: there are so many.
  void drop_oldest(std::string_view match_key, ClicksRow& row, std::size_t count);
  // Those for which `is` holds.
  template <class Is>
  void erase_if(std::string_view match_key, ClicksRow& row, const Is& is) {
    std::erase_if(row.clicks, [&](const ClickMark& mark) {
      const bool gone = is(at(match_key, mark));
      if (gone) rows_.erase(row_key(match_key, mark.number));
      return gone;
    });
  }
  // What the clicks of the key answer to one conversion time; `best` is an index of row.clicks.
  KeyMatch match(std::string_view match_key, const ClicksRow& row, KeyKind kind, TimeMs t_ms, const AttributionPolicy& policy);

 private:
  static std::string row_key(std::string_view match_key, std::int64_t number);

  state::Table<StoredClick> rows_;
};

}  // namespace millrace::attribution

// Ids seen within a window of time: of each, when it was seen and a mark of what came under it. A question about an id that
// was never seen, which nearly all are, is answered from memory; what is too old goes in whole stretches.
//
//   IdWindow seen(space, "seen");
//   seen.forget(now_ms - window_ms);                      // nothing up to then counts any more
//   if (auto before = seen.find(id)) ...                  // duplicate, or another record under the same id
//   seen.add(id, {now_ms, mark});
//
// IW-1  find() gives what was added last under an id, if that was after every time that forget() named. So its answer
//       depends on calls alone, not on checkpoints, on what is in memory, or on a restart.
// IW-2  An id that was never added costs no read of the store, but for one in some thousand.
// IW-3  An id is written to the store a few times in its life, in the order of time, and dropped by range: nothing is merged.
// IW-4  list() gives each id once, in the order of keys, with the last word on it.
// IW-5  A row that is missing or damaged is a fault of the space, never an empty answer that counts.
// IW-6  Which rows there are, and what stands in them, follows from the ids alone, not from when checkpoints were made: stores of
//       one task at different positions, and a copy that several wrote to (TS-5), differ by what is newer alone.
//
// Ids are added in the order of time and lie in stretches. The youngest stretch stands in memory, each checkpoint adds its
// new ids to the store as they came. At kStretch ids, or a day, it is whole, and the next checkpoint seals it: its ids go
// to pages by their first bits, with a Bloom filter of 2 bytes an id, which is what stays in memory (and is all that a start reads
// again).
//
// Rows, beneath t<id> of the table (state/table_space.h); numbers are big-endian, `first` counts ids from the first ever:
//   j<first: 8>                 ids of the youngest stretch, as they came, up to the next multiple of 128
//   h<first: 8>                 a sealed stretch: how many ids and pages, the time of its last
//   p<first: 8><page: 4>        its ids with page = first 8 bytes of the id * pages / 2^64
//   f<first: 8><part: 4>        its filter in parts
// The note of the part is the time up to which all is forgotten, and the numbers of the first ids of the oldest stretch and of the
// youngest. A copy to which several wrote may hold stretches outside of these, and journals of them: they are passed over.
// Values start with a version byte; an id is 40 bytes in them.
//
// Needs: ids are evenly spread, as hashes are; times do not go back.
// Threads as its space.      Tests: tests/unit/id_window_test.cpp
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "state/table_space.h"

namespace millrace::state {

class IdWindow final : public TableBase {
 public:
  using Bytes = std::array<char, 16>;
  struct Seen {
    TimeMs at_ms = 0;
    Bytes mark{};
  };

  IdWindow(TableSpace& space, std::string_view name);

  // 32 hex digits as an id; of anything else, its first 16 bytes.
  static Bytes id_of(std::string_view text);

  std::optional<Seen> find(const Bytes& id);
  // Needs: `seen.at_ms` is not before that of the last id added.
  void add(const Bytes& id, const Seen& seen);
  // Nothing that was seen at `until_ms` or before counts from now on, whatever is named later.
  void forget(TimeMs until_ms) { forgotten_ms_ = std::max(forgotten_ms_, until_ms); }

  // Keys are ids as 32 hex digits.
  std::optional<std::string> print(std::string_view key) override;
  void list(std::string_view prefix, std::string_view after, std::size_t limit,
            const std::function<void(std::string_view key, std::string_view json)>& visit) override;

 private:
  struct Entry {
    Bytes id, mark;
    TimeMs at_ms;
  };
  struct Sealed {
    std::uint64_t first = 0;
    std::uint32_t count = 0, pages = 0;
    TimeMs until_ms = 0;
    std::vector<std::uint64_t> filter;  // blocks of 8 words
  };

  void cut(TimeMs now_ms) override;
  std::size_t slice(std::size_t max_rows) override;
  void committed() override;
  void abandoned() override;

  void restore();
  bool restore_sealed(std::string_view key, std::string_view value);
  std::size_t whole_stretch() const;
  std::size_t journal_row(std::size_t entry) const;
  void put_index(std::uint32_t place);
  void rebuild_index();
  std::optional<Seen> find_sealed(const Sealed& stretch, const Bytes& id);
  bool read_page(const Sealed& stretch, std::uint32_t page);
  void put_journal_row();
  void append_entry(const Entry& entry);
  void begin_sealing();
  void seal_on();
  void put_page(std::uint32_t page);
  void put_filter_part(std::uint32_t part);
  void put_head();
  std::string row_key(char kind, std::uint64_t first) const;
  std::string row_key(char kind, std::uint64_t first, std::uint32_t number) const;
  void damaged() const;

  // The youngest stretch: entries_[0] has the number first_; entries before written_ are in the store.
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> index_;  // place + 1 in entries_ by id, the last one added; open addressing
  std::uint64_t first_ = 0;
  std::size_t written_ = 0;
  std::vector<Sealed> sealed_;  // oldest first
  TimeMs forgotten_ms_ = INT64_MIN;

  // Of the checkpoint being written.
  std::size_t cut_ = 0, cut_done_ = 0;  // entries before cut_ belong to it
  std::size_t sealed_to_ = 0;            // those before this one become a stretch; 0: none
  bool head_done_ = false;
  Sealed next_;                          // what the sealing makes
  std::vector<std::uint32_t> by_page_, page_begin_;
  std::uint32_t rows_done_ = 0;
  std::vector<Sealed> dropping_;         // forgotten: their rows go

  std::string value_;
};

}  // namespace millrace::state

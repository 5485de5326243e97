// Facts out of a stream of text, in the forms in which programs write them: one JSON a line (NDJSON); an event printed
// over several lines; an array of events (application/cloudevents-batch+json). A UTF-8 byte order mark in front is no
// part of the first.
//
//   FactStream facts(std::cin);
//   for (FactStream::Item item;;) {
//     const auto more = facts.next(item);
//     if (!more || !*more) break;
//     use(item.text, item.line);
//   }
//
// FS-1  No text is lost: every line that is not blank is an item or part of one, and what is no JSON is given line by
//       line, so that its reader can refuse it by its number. In an array the brackets and commas are no items.
// FS-2  Memory is bounded: an item holds at most kItemMax bytes. A longer one is passed over, and told as too_large.
//
// Does not know what a fact is.      Tests: tests/unit/fact_stream_test.cpp
#pragma once

#include <cstdint>
#include <deque>
#include <istream>
#include <string>

#include "core/result.h"

namespace millrace::connect {

class FactStream {
 public:
  static constexpr std::size_t kItemMax = 1 << 20;  // sixteen times what a record may have

  struct Item {
    std::string text;
    std::size_t line = 0;    // where it begins, from 1
    bool too_large = false;  // then without its text
  };

  // `in` outlives it.
  explicit FactStream(std::istream& in) : in_(in) {}
  // The next item; false at the end. Fails: not_utf8 (the stream begins as UTF-16 does).
  Result<bool> next(Item& item);
  // Of the last line that was read.
  std::size_t line() const { return read_; }

 private:
  // How far a text is into its brackets.
  struct Depth {
    int open = 0;
    bool in_string = false, escaped = false;
    void pass(char c);
  };

  bool take(Item& line);       // a line, put back or from the stream
  bool read(Item& line);       // from the stream
  bool gather(Item& item);     // the lines of an event that begins with this one
  bool begins_array(Item& line);
  bool next_of_array(Item& item);

  std::istream& in_;
  std::size_t read_ = 0;
  std::deque<Item> put_back_;
  bool begun_ = false, in_array_ = false;
  std::string array_;          // the rest of a line of the array
  std::size_t array_line_ = 0;
};

}  // namespace millrace::connect

// The Kafka binding of CloudEvents 1.0, made one form: whatever mode a record came in, a fold sees one JSON text.
//
// Structured mode (content-type starts with application/cloudevents, in any case), and a record with neither content-type
// nor ce_ headers (Millrace's own): the value is the text. Binary mode: attributes are the headers ce_<name>, the value is
// `data`.
//
//   BinaryEvent event;                            // reused
//   event.clear();
//   for (each header) event.take(name, value);    // false: not a header of CloudEvents
//   if (event.is_binary()) event.append_text(value, out);
//
// CE-1  The text is a function of headers and value; its members stand in code point order.
// CE-2  What is wrong with the event is left to the front door's checks and gets their reason: a value that is no JSON
//       text is given as it is (bad_json), a null value is left out (missing_data), a repeated attribute stays repeated
//       (duplicate_key), an attribute that is not UTF-8 stays so (bad_utf8).
// CE-3  No value can add or replace an attribute.
// Tests: tests/unit/kafka_cloud_events_test.cpp
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::log::kafka {

class BinaryEvent {
 public:
  void clear() {
    content_type_ = false;
    structured_ = false;
    attributes_.clear();
  }
  // Takes one header; the views must live until append_text().
  bool take(std::string_view name, std::string_view value);
  bool is_binary() const { return !structured_ && (content_type_ || !attributes_.empty()); }
  // Appends the structured text of the event. `value`: nullopt for a record whose value is null.
  void append_text(std::optional<std::string_view> value, std::string& out);

 private:
  struct Attribute {
    std::string_view name, value;
  };
  bool content_type_ = false, structured_ = false;
  std::vector<Attribute> attributes_;
};

}  // namespace millrace::log::kafka

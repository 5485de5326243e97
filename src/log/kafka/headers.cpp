#include "log/kafka/headers.h"

#include <charconv>

#include "core/json.h"

namespace millrace::log::kafka {

namespace {

constexpr std::string_view kNowhere = "-";

template <class N>
bool read_number(std::string_view text, N& out) {
  if (text.empty() || text.front() == '-') return false;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

// The words of `text` between single blanks; false when they are more than `out` takes, or one is empty.
bool split(std::string_view text, std::array<std::string_view, 4>& out, std::size_t& count) {
  for (count = 0; count < out.size();) {
    const std::size_t blank = text.find(' ');
    const std::string_view word = text.substr(0, blank);
    if (word.empty()) return false;
    out[count++] = word;
    if (blank == std::string_view::npos) return true;
    text.remove_prefix(blank + 1);
  }
  return false;
}

}  // namespace

HeaderCodec::HeaderCodec(const TopicTable& topics) : topics_(topics) {
  for (std::size_t i = 0; i < topics.size(); ++i) {
    const TopicId id{static_cast<std::uint8_t>(i)};
    by_name_.emplace(topics[id].name, id);
  }
}

void HeaderCodec::append_place(std::string& out, const Position& place) const {
  if (!place.known()) {
    out.append(kNowhere);
    return;
  }
  out.append(topics_[place.topic].name).push_back('/');
  append_json_int(out, place.partition.value);
  out.push_back('/');
  append_json_int(out, place.offset.value);
}

bool HeaderCodec::read_place(std::string_view text, Position& out) const {
  if (text == kNowhere) {
    out = {};
    return true;
  }
  const std::size_t first = text.find('/');
  if (first == std::string_view::npos) return false;
  const std::size_t second = text.find('/', first + 1);
  if (second == std::string_view::npos) return false;
  const auto topic = by_name_.find(text.substr(0, first));
  if (topic == by_name_.end()) return false;
  Position place;
  place.topic = topic->second;
  if (!read_number(text.substr(first + 1, second - first - 1), place.partition.value) ||
      place.partition.value >= topics_.partitions(place.topic) ||
      !read_number(text.substr(second + 1), place.offset.value))
    return false;
  out = place;
  return true;
}

void HeaderCodec::encode(const Headers& headers, Encoded& out) const {
  out.count = 0;
  out.buffer.clear();
  const auto add = [&](std::string_view name, std::string_view value) { out.list[out.count++] = {name, value}; };
  if (headers.broadcast) add(kBroadcast, "1");
  if (headers.moved) add(kMoved, "1");
  const bool chained = headers.hop != 0 || headers.cause.known() || headers.root.known() || headers.set_by.known();
  if (!chained && !headers.origin.known()) return;

  std::string& text = out.buffer;
  if (chained) {
    append_json_int(text, headers.hop);
    text.push_back(' ');
    append_place(text, headers.cause);
    text.push_back(' ');
    append_place(text, headers.root);
    if (headers.set_by.known()) {
      text.push_back(' ');
      append_place(text, headers.set_by);
    }
  }
  const std::size_t chain = text.size();
  if (headers.origin.known()) append_place(text, headers.origin);
  const std::string_view whole(text);
  if (chained) add(kChain, whole.substr(0, chain));
  if (headers.origin.known()) add(kOrigin, whole.substr(chain));
}

bool HeaderCodec::decode(std::string_view name, std::string_view value, Headers& headers) const {
  if (!name.starts_with(kPrefix)) return false;
  if (name == kChain) {
    std::array<std::string_view, 4> words;
    std::size_t count = 0;
    Headers read;
    const bool first = headers.hop == 0 && !headers.cause.known() && !headers.root.known() && !headers.set_by.known();
    if (first && split(value, words, count) && count >= 3 && read_number(words[0], read.hop) &&
        read_place(words[1], read.cause) && read_place(words[2], read.root) &&
        (count == 3 || read_place(words[3], read.set_by))) {
      headers.hop = read.hop;
      headers.cause = read.cause;
      headers.root = read.root;
      headers.set_by = read.set_by;
    }
    return true;
  }
  if (name == kBroadcast) {
    if (value == "1") headers.broadcast = true;
    return true;
  }
  if (name == kMoved) {
    if (value == "1") headers.moved = true;
    return true;
  }
  if (name == kOrigin) {
    if (!headers.origin.known()) read_place(value, headers.origin);
    return true;
  }
  return false;
}

}  // namespace millrace::log::kafka

#include "connect/fact_stream.h"

#include <iterator>
#include <string_view>
#include <utility>

namespace millrace::connect {

namespace {

constexpr std::string_view kBlank = " \t\r\n";

bool blank(std::string_view text) { return text.find_first_not_of(kBlank) == std::string_view::npos; }
char first_of(std::string_view text) { return text[text.find_first_not_of(kBlank)]; }
char last_of(std::string_view text) { return text[text.find_last_not_of(kBlank)]; }

}  // namespace

void FactStream::Depth::pass(char c) {
  if (escaped) escaped = false;
  else if (in_string) {
    if (c == '\\') escaped = true;
    else if (c == '"') in_string = false;
  } else if (c == '"') in_string = true;
  else if (c == '{' || c == '[') ++open;
  else if (c == '}' || c == ']') --open;
}

// One line of any length in bounded memory.
bool FactStream::read(Item& line) {
  line = {};
  char chunk[1 << 14];
  for (bool any = false;; any = true) {
    in_.getline(chunk, sizeof chunk);
    const auto got = static_cast<std::size_t>(in_.gcount());
    const bool cut = in_.fail() && !in_.eof() && !in_.bad() && got > 0;  // the chunk is full, the line is not over
    if (got == 0 && !any) return false;
    const std::size_t text = got - (got > 0 && !cut && !in_.eof() ? 1 : 0);  // without the end of the line
    if (line.text.size() + text > kItemMax) {
      line.too_large = true;
      line.text = {};
    }
    if (!line.too_large) line.text.append(chunk, text);
    if (!cut) break;
    in_.clear();
  }
  line.line = ++read_;
  if (!line.text.empty() && line.text.back() == '\r') line.text.pop_back();
  return true;
}

bool FactStream::take(Item& line) {
  if (put_back_.empty()) return read(line);
  line = std::move(put_back_.front());
  put_back_.pop_front();
  return true;
}

// A line that opens an object and ends where more of it must come is followed to the end of the object. When that does
// not come, or another record begins before it, every line stands for itself.
bool FactStream::gather(Item& item) {
  Depth depth;
  for (const char c : item.text) depth.pass(c);
  const char last = last_of(item.text);
  if (first_of(item.text) != '{' || depth.open <= 0 || depth.in_string || (last != '{' && last != '[' && last != ',' && last != ':'))
    return false;
  std::string text = item.text;
  std::deque<Item> more;
  for (Item line; depth.open > 0;) {
    if (!take(line)) break;
    more.push_back(line);
    if (line.too_large || text.size() + line.text.size() > kItemMax || line.text.starts_with("{\"")) break;
    for (const char c : line.text) depth.pass(c);
    if (depth.in_string) break;
    text.append("\n").append(line.text);
  }
  if (depth.open == 0) {
    item.text = std::move(text);
    return true;
  }
  put_back_.insert(put_back_.begin(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  return false;
}

// The first line opens an array of objects, or of nothing.
bool FactStream::begins_array(Item& line) {
  if (first_of(line.text) != '[') return false;
  std::string_view rest(line.text);
  rest.remove_prefix(rest.find('[') + 1);
  for (Item next; blank(rest);) {
    if (!take(next)) return false;
    if (next.too_large || blank(next.text)) continue;
    put_back_.push_front(next);
    if (const char c = first_of(next.text); c != '{' && c != ']') return false;
    break;
  }
  if (!blank(rest) && first_of(rest) != '{' && first_of(rest) != ']') return false;
  array_ = rest;
  array_line_ = line.line;
  return true;
}

bool FactStream::next_of_array(Item& item) {
  item = {};
  Depth depth;
  for (bool any = false;;) {
    for (std::size_t i = 0; i < array_.size(); ++i) {
      const char c = array_[i];
      const bool between = depth.open == 0 && !depth.in_string;
      if (between && (c == ',' || c == ']')) {
        array_.erase(0, i + 1);
        if (c == ']') {
          in_array_ = false;
          if (!blank(array_)) put_back_.push_front({array_, array_line_});
        }
        if (any) {
          item.text.erase(item.text.find_last_not_of(kBlank) + 1);
          return true;
        }
        if (c == ']') return false;
        i = static_cast<std::size_t>(-1);
        continue;
      }
      if (!any && kBlank.find(c) != std::string_view::npos) continue;
      if (!any) item.line = array_line_;
      any = true;
      depth.pass(c);
      if (item.text.size() >= kItemMax) {
        item.too_large = true;
        item.text = {};
      }
      if (!item.too_large) item.text.push_back(c);
    }
    Item line;
    if (!take(line)) {  // the array was cut
      in_array_ = false;
      array_.clear();
      return any;
    }
    if (any && !item.too_large) item.text.push_back('\n');
    if (line.too_large) {
      if (!any) item.line = line.line;
      any = item.too_large = true;
    }
    array_ = std::move(line.text);
    array_line_ = line.line;
  }
}

Result<bool> FactStream::next(Item& item) {
  if (in_array_ && next_of_array(item)) return true;
  while (take(item)) {
    if (!begun_) {
      if (item.text.starts_with("\xFF\xFE") || item.text.starts_with("\xFE\xFF"))
        return fatal("not_utf8", "the text is UTF-16; save it as UTF-8 and send it again");
      if (item.text.starts_with("\xEF\xBB\xBF")) item.text.erase(0, 3);
    }
    if (item.too_large) return begun_ = true;
    if (blank(item.text)) continue;
    if (!std::exchange(begun_, true) && begins_array(item)) {
      in_array_ = true;
      if (next_of_array(item)) return true;
      continue;
    }
    gather(item);
    return true;
  }
  return false;
}

}  // namespace millrace::connect

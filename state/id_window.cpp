#include "state/id_window.h"

#include <cstring>
#include <map>

#include "core/hash.h"
#include "core/json.h"
#include "state/codec.h"

namespace millrace::state {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kStretch = 1 << 16;       // ids
constexpr std::size_t kJournalRow = 128;        // ids in a row, of which the last is written again as it fills
constexpr std::size_t kPage = 192;              // ids in a page, about
constexpr std::size_t kFilterPart = 4'096;      // words in a row
constexpr std::size_t kEntryBytes = 40;
constexpr std::size_t kEntryMemory = 48;        // with its share of the index
constexpr std::size_t kBlockWords = 8, kFilterBits = 16, kProbes = 7;

std::uint64_t word_of(const IdWindow::Bytes& id, std::size_t at) {
  std::uint64_t word;
  std::memcpy(&word, id.data() + at, 8);
  return word;
}

// floor(x * n / 2^64)
std::uint64_t scaled(std::uint64_t x, std::uint64_t n) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>(Wide{x} * n >> 64);
}

std::size_t filter_words(std::size_t ids) { return (ids * kFilterBits / (kBlockWords * 64) + 1) * kBlockWords; }

// Calls `probe(word, bit)` for each bit of an id until it gives false: seven bits of one block of 64 bytes.
template <class Probe>
bool probes(const IdWindow::Bytes& id, std::size_t words, const Probe& probe) {
  const std::size_t block = scaled(word_of(id, 0) * 0x9e3779b97f4a7c15U, words / kBlockWords) * kBlockWords;
  std::uint64_t bits = word_of(id, 8);
  for (std::size_t i = 0; i < kProbes; ++i, bits >>= 9)
    if (!probe(block + (bits >> 6 & 7), std::uint64_t{1} << (bits & 63))) return false;
  return true;
}

bool may_hold(const std::vector<std::uint64_t>& filter, const IdWindow::Bytes& id) {
  return probes(id, filter.size(), [&](std::size_t word, std::uint64_t bit) { return (filter[word] & bit) != 0; });
}

void append_big_endian(std::string& out, std::uint64_t v, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out.push_back(static_cast<char>(v >> shift));
}
std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t v = 0;
  for (const char c : bytes) v = v << 8 | static_cast<unsigned char>(c);
  return v;
}

// Visits the entries of a row's value; false when it is damaged.
template <class Visit>
bool each_entry(std::string_view value, const Visit& visit) {
  if (value.empty() || value[0] != kVersion || (value.size() - 1) % kEntryBytes != 0) return false;
  for (std::size_t at = 1; at < value.size(); at += kEntryBytes) {
    IdWindow::Bytes id, mark;
    std::memcpy(id.data(), value.data() + at, 16);
    std::memcpy(mark.data(), value.data() + at + 16, 16);
    visit(id, mark, static_cast<TimeMs>(big_endian(value.substr(at + 32, 8))));
  }
  return true;
}

std::string json_of(const IdWindow::Seen& seen) {
  std::string out = "{\"first_ms\":";
  append_json_int(out, seen.at_ms);
  out.append(",\"hash\":");
  append_json_string(out, hex(std::string_view(seen.mark.data(), 16), 32));
  out.push_back('}');
  return out;
}

}  // namespace

IdWindow::IdWindow(TableSpace& space, std::string_view name) : TableBase(space, name) {
  if (written_before()) restore();
  books().bytes += entries_.size() * kEntryMemory;
  for (const Sealed& stretch : sealed_) books().bytes += stretch.filter.size() * 8;
}

IdWindow::Bytes IdWindow::id_of(std::string_view text) {
  Bytes id{};
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  bool good = text.size() == 32;
  for (std::size_t i = 0; good && i < 16; ++i) {
    const int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
    good = high >= 0 && low >= 0;
    id[i] = static_cast<char>(high << 4 | low);
  }
  if (good) return id;
  id.fill(0);
  std::copy_n(text.begin(), std::min<std::size_t>(text.size(), 16), id.begin());
  return id;
}

// --- finding and adding ---------------------------------------------------------------------------------------------

std::optional<IdWindow::Seen> IdWindow::find(const Bytes& id) {
  std::optional<Seen> found;
  if (!index_.empty()) {
    const std::size_t mask = index_.size() - 1;
    for (std::size_t i = word_of(id, 8) & mask; index_[i] != 0; i = (i + 1) & mask) {
      const Entry& entry = entries_[index_[i] - 1];
      if (entry.id != id) continue;
      found = Seen{entry.at_ms, entry.mark};
      break;
    }
  }
  for (auto stretch = sealed_.rbegin(); !found && stretch != sealed_.rend() && stretch->until_ms > forgotten_ms_; ++stretch)
    if (may_hold(stretch->filter, id)) found = find_sealed(*stretch, id);
  if (found && found->at_ms <= forgotten_ms_) found.reset();
  return found;
}

std::optional<IdWindow::Seen> IdWindow::find_sealed(const Sealed& stretch, const Bytes& id) {
  std::optional<Seen> found;
  if (!read_page(stretch, static_cast<std::uint32_t>(scaled(word_of(id, 0), stretch.pages)))) return found;
  const bool whole = each_entry(value_, [&](const Bytes& other, const Bytes& mark, TimeMs at_ms) {
    if (other == id) found = Seen{at_ms, mark};
  });
  if (!whole) damaged();
  return found;
}

bool IdWindow::read_page(const Sealed& stretch, std::uint32_t page) {
  if (kv().get(row_key('p', stretch.first, page), value_)) return true;
  if (!kv().fault()) damaged();
  return false;
}

void IdWindow::add(const Bytes& id, const Seen& seen) {
  INVARIANT("IW-1", entries_.empty() || entries_.back().at_ms <= seen.at_ms, "ids of a window were added against the order of time");
  entries_.push_back({id, seen.mark, seen.at_ms});
  if (entries_.size() * 2 > index_.size()) rebuild_index();
  else put_index(static_cast<std::uint32_t>(entries_.size()));
  books().bytes += kEntryMemory;
  books().dirty_bytes += kEntryMemory;
}

void IdWindow::put_index(std::uint32_t place) {
  const std::size_t mask = index_.size() - 1;
  std::size_t i = word_of(entries_[place - 1].id, 8) & mask;
  while (index_[i] != 0 && entries_[index_[i] - 1].id != entries_[place - 1].id) i = (i + 1) & mask;
  index_[i] = place;
}

void IdWindow::rebuild_index() {
  std::size_t size = 64;
  while (size < entries_.size() * 2) size *= 2;
  index_.assign(size, 0);
  for (std::uint32_t place = 1; place <= entries_.size(); ++place) put_index(place);
}

// --- the store ------------------------------------------------------------------------------------------------------

std::string IdWindow::row_key(char kind, std::uint64_t first) const {
  std::string key = prefix();
  key.push_back(kind);
  append_big_endian(key, first, 8);
  return key;
}

std::string IdWindow::row_key(char kind, std::uint64_t first, std::uint32_t number) const {
  std::string key = row_key(kind, first);
  append_big_endian(key, number, 4);
  return key;
}

void IdWindow::damaged() const {
  fail(fatal("corrupt", "the ids seen in " + std::string(name()) + " cannot be read: they are damaged or of another " +
                            "version. Remove the state folder: it is folded again from the log"));
}

void IdWindow::restore() {
  std::uint64_t oldest = 0;
  if (kv().get(note_key(), value_)) {
    if (value_.size() != 25 || value_[0] != kVersion) return damaged();
    forgotten_ms_ = static_cast<TimeMs>(big_endian(std::string_view(value_).substr(1, 8)));
    oldest = big_endian(std::string_view(value_).substr(9, 8));
    first_ = big_endian(std::string_view(value_).substr(17));
  }
  const auto counts = [&](std::uint64_t stretch) { return oldest <= stretch && stretch < first_; };  // TS-5: others are another copy's
  const auto it = kv().iterate();
  const auto each_row = [&](char kind, const auto& take) {
    const std::string rows = prefix() + kind;
    for (it->seek(rows); it->valid() && it->key().starts_with(rows); it->next())
      if (!take(it->key().substr(rows.size()), it->value())) return damaged();
  };
  each_row('h', [&](std::string_view key, std::string_view value) {
    if (key.size() != 8 || !counts(big_endian(key))) return key.size() == 8;
    return big_endian(key) == (sealed_.empty() ? oldest : sealed_.back().first + sealed_.back().count) && restore_sealed(key, value);
  });
  std::size_t stretch = 0;
  each_row('f', [&](std::string_view key, std::string_view value) {
    if (key.size() != 12 || value.size() % 8 != 1 || value[0] != kVersion) return false;
    if (!counts(big_endian(key.substr(0, 8)))) return true;
    while (stretch < sealed_.size() && sealed_[stretch].first != big_endian(key.substr(0, 8))) ++stretch;
    if (stretch == sealed_.size()) return false;
    auto& filter = sealed_[stretch].filter;
    const std::size_t at = filter.size(), words = (value.size() - 1) / 8;
    filter.resize(at + words);
    std::memcpy(filter.data() + at, value.data() + 1, words * 8);
    return true;
  });
  for (const Sealed& each : sealed_)
    if (each.filter.size() != filter_words(each.count)) return damaged();
  if (first_ != (sealed_.empty() ? oldest : sealed_.back().first + sealed_.back().count)) return damaged();
  each_row('j', [&](std::string_view key, std::string_view value) {
    if (key.size() != 8) return false;
    if (big_endian(key) < first_ + entries_.size()) return true;  // TS-5: of another stretch, the same ids
    return big_endian(key) == first_ + entries_.size() && each_entry(value, [&](const Bytes& id, const Bytes& mark, TimeMs at_ms) {
             entries_.push_back({id, mark, at_ms});
           });
  });
  written_ = entries_.size();
  rebuild_index();
}

bool IdWindow::restore_sealed(std::string_view key, std::string_view value) {
  if (value.size() != 17 || value[0] != kVersion) return false;
  Sealed stretch;
  stretch.first = big_endian(key);
  stretch.count = static_cast<std::uint32_t>(big_endian(value.substr(1, 4)));
  stretch.pages = static_cast<std::uint32_t>(big_endian(value.substr(5, 4)));
  stretch.until_ms = static_cast<TimeMs>(big_endian(value.substr(9, 8)));
  sealed_.push_back(std::move(stretch));
  return true;
}

// --- the checkpoint -------------------------------------------------------------------------------------------------

// How many entries are a whole stretch; 0: it goes on (IW-6).
std::size_t IdWindow::whole_stretch() const {
  if (entries_.empty()) return 0;
  const TimeMs end = entries_.front().at_ms + kDayMs;
  const auto next_day = std::partition_point(entries_.begin(), entries_.end(), [&](const Entry& each) { return each.at_ms < end; });
  const auto of_day = static_cast<std::size_t>(next_day - entries_.begin());
  if (of_day >= kStretch) return kStretch;
  return next_day == entries_.end() ? 0 : of_day;
}

// Where the journal's row with this entry begins: at a multiple of kJournalRow, or where the stretch does.
std::size_t IdWindow::journal_row(std::size_t entry) const {
  const std::uint64_t row = (first_ + entry) / kJournalRow * kJournalRow;
  return row < first_ ? 0 : static_cast<std::size_t>(row - first_);
}

void IdWindow::cut(TimeMs) {
  cut_ = entries_.size();
  sealed_to_ = whole_stretch();
  head_done_ = sealed_to_ == 0;
  cut_done_ = sealed_to_ > 0 ? sealed_to_ : written_ < cut_ ? journal_row(written_) : cut_;
  rows_done_ = 0;
  while (!sealed_.empty() && sealed_.front().until_ms <= forgotten_ms_) {
    books().bytes -= sealed_.front().filter.size() * 8;
    dropping_.push_back({sealed_.front().first, sealed_.front().count, sealed_.front().pages, sealed_.front().until_ms, {}});
    sealed_.erase(sealed_.begin());
  }
  for (const Sealed& gone : dropping_)
    for (const char kind : {'h', 'p', 'f'}) batch().erase_range(row_key(kind, gone.first), row_key(kind, gone.first + gone.count));
  value_.assign(1, kVersion);
  append_big_endian(value_, static_cast<std::uint64_t>(forgotten_ms_), 8);
  append_big_endian(value_, sealed_.empty() ? first_ : sealed_.front().first, 8);
  append_big_endian(value_, first_ + sealed_to_, 8);
  batch().put(note_key(), value_);
}

std::size_t IdWindow::slice(std::size_t max_rows) {
  constexpr std::size_t kWeight = 8;  // a row here is some kilobytes, others are some hundred bytes
  std::size_t done = 0;
  if (!head_done_ && rows_done_ == 0) begin_sealing();
  for (; !head_done_ && done < max_rows; done += kWeight) seal_on();
  for (; cut_done_ < cut_ && done < max_rows; done += kWeight) put_journal_row();
  return std::min(done, max_rows);
}

void IdWindow::put_journal_row() {
  const std::size_t begin = cut_done_;
  value_.assign(1, kVersion);
  for (; cut_done_ < cut_ && (cut_done_ == begin || (first_ + cut_done_) % kJournalRow != 0); ++cut_done_) append_entry(entries_[cut_done_]);
  batch().put(row_key('j', first_ + begin), value_);
}

void IdWindow::append_entry(const Entry& entry) {
  value_.append(entry.id.data(), 16).append(entry.mark.data(), 16);
  append_big_endian(value_, static_cast<std::uint64_t>(entry.at_ms), 8);
}

// One row more of the stretch that is being sealed: its pages, the parts of its filter, its head.
void IdWindow::seal_on() {
  const auto parts = static_cast<std::uint32_t>((next_.filter.size() + kFilterPart - 1) / kFilterPart);
  if (rows_done_ < next_.pages) {
    put_page(rows_done_);
  } else if (rows_done_ < next_.pages + parts) {
    put_filter_part(rows_done_ - next_.pages);
  } else {
    put_head();
    head_done_ = true;
  }
  ++rows_done_;
}

// Places by page, in the order of time within each, and the filter.
void IdWindow::begin_sealing() {
  const std::size_t count = sealed_to_;
  next_ = {first_, static_cast<std::uint32_t>(count), static_cast<std::uint32_t>(count / kPage + 1), entries_[count - 1].at_ms,
           std::vector<std::uint64_t>(filter_words(count))};
  const auto page_of = [&](const Entry& entry) { return scaled(word_of(entry.id, 0), next_.pages); };
  page_begin_.assign(next_.pages + 1, 0);
  for (std::size_t i = 0; i < count; ++i) ++page_begin_[page_of(entries_[i]) + 1];
  for (std::size_t page = 0; page < next_.pages; ++page) page_begin_[page + 1] += page_begin_[page];
  by_page_.resize(count);
  std::vector<std::uint32_t> next(page_begin_.begin(), page_begin_.end() - 1);
  for (std::uint32_t i = 0; i < count; ++i) {
    by_page_[next[page_of(entries_[i])]++] = i;
    probes(entries_[i].id, next_.filter.size(), [&](std::size_t word, std::uint64_t bit) {
      next_.filter[word] |= bit;
      return true;
    });
  }
}

void IdWindow::put_page(std::uint32_t page) {
  value_.assign(1, kVersion);
  for (std::uint32_t i = page_begin_[page]; i < page_begin_[page + 1]; ++i) append_entry(entries_[by_page_[i]]);
  batch().put(row_key('p', first_, page), value_);
}

void IdWindow::put_filter_part(std::uint32_t part) {
  const std::size_t begin = part * kFilterPart, end = std::min(begin + kFilterPart, next_.filter.size());
  value_.assign(1, kVersion);
  value_.append(reinterpret_cast<const char*>(next_.filter.data() + begin), (end - begin) * 8);
  batch().put(row_key('f', first_, part), value_);
}

void IdWindow::put_head() {
  value_.assign(1, kVersion);
  append_big_endian(value_, next_.count, 4);
  append_big_endian(value_, next_.pages, 4);
  append_big_endian(value_, static_cast<std::uint64_t>(next_.until_ms), 8);
  batch().put(row_key('h', first_), value_);
  batch().erase_range(row_key('j', first_), row_key('j', first_ + sealed_to_));
}

void IdWindow::committed() {
  dropping_.clear();
  written_ = cut_ - sealed_to_;
  if (sealed_to_ == 0) return;
  books().bytes += next_.filter.size() * 8;
  books().bytes -= sealed_to_ * kEntryMemory;
  sealed_.push_back(std::move(next_));
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(sealed_to_));
  first_ += sealed_to_;
  sealed_to_ = 0;
  rebuild_index();
}

void IdWindow::abandoned() {
  books().dirty_bytes += (cut_ - written_) * kEntryMemory;
  sealed_to_ = 0;
}

// --- for people -----------------------------------------------------------------------------------------------------

std::optional<std::string> IdWindow::print(std::string_view key) {
  const auto seen = find(id_of(key));
  if (!seen) return std::nullopt;
  return json_of(*seen);
}

void IdWindow::list(std::string_view prefix, std::string_view after, std::size_t limit,
                    const std::function<void(std::string_view key, std::string_view json)>& visit) {
  std::map<std::string, Seen> first;  // the first `limit` of those wanted, the last word on each
  const auto take = [&](const Bytes& id, const Bytes& mark, TimeMs at_ms) {
    if (at_ms <= forgotten_ms_) return;
    std::string key = hex(std::string_view(id.data(), 16), 32);
    if (!key.starts_with(prefix) || key <= after) return;
    first.insert_or_assign(std::move(key), Seen{at_ms, mark});
    if (first.size() > limit) first.erase(std::prev(first.end()));
  };
  for (const Sealed& stretch : sealed_)
    for (std::uint32_t page = 0; page < stretch.pages && read_page(stretch, page); ++page)
      if (!each_entry(value_, take)) damaged();
  for (const Entry& entry : entries_) take(entry.id, entry.mark, entry.at_ms);
  for (const auto& [key, seen] : first) visit(key, json_of(seen));
}

}  // namespace millrace::state

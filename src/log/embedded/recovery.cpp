#include "log/embedded/recovery.h"

#include <algorithm>

#include "log/embedded/bytes.h"

namespace millrace::log {
namespace {

std::optional<FrameView> checked_frame(const Catalog& catalog, std::string_view block,
                                       std::vector<PlacedChunk>& chunks) {
  if (!block_is_whole(block, catalog.salt())) return std::nullopt;
  auto frame = read_frame(block_body(block));
  if (!frame) return std::nullopt;
  chunks.clear();
  std::vector<std::int64_t> ends = catalog.now().ends;
  std::string_view rest = frame->chunk_bytes;
  for (std::uint64_t i = 0; i < frame->chunks; ++i) {
    const auto chunk = read_chunk(rest);
    if (!chunk || !catalog.index().contains(chunk->tp)) return std::nullopt;
    const auto partition = static_cast<std::uint32_t>(catalog.index()[chunk->tp]);
    if (chunk->base != ends[partition]) return std::nullopt;
    ends[partition] = chunk->end();
    chunks.push_back({partition, static_cast<std::uint32_t>(rest.data() - block.data()), chunk->count, chunk->base,
                      chunk->highest});
    rest.remove_prefix(chunk->bytes());
  }
  if (!rest.empty()) return std::nullopt;
  return frame;
}

// The highest `durable` that a block head anywhere in the bytes says.
std::uint64_t durable_said_in(std::string_view bytes, std::uint32_t salt) {
  char magic[4];
  put_fixed(magic, kBlockMagic);
  std::uint64_t highest = 0;
  for (std::size_t at = bytes.find({magic, 4}); at != std::string_view::npos; at = bytes.find({magic, 4}, at + 1))
    if (const auto head = read_block_head(bytes.substr(at), salt)) highest = std::max(highest, head->durable);
  return highest;
}

// Whether a foot says what its segment's head leads to: no column is told twice, none has a gap before or after.
bool foot_agrees(const Segment& segment, const Snapshot& before, const Snapshot& after) {
  std::vector<std::int64_t> ends = before.ends;
  for (const Column& column : segment.columns) {
    if (ends[column.partition] != column.first) return false;
    ends[column.partition] = column.end;
  }
  constexpr std::size_t least_frame = kBlockHeadBytes + kBlockTailBytes;
  return ends == after.ends && segment.last_number - segment.first_number < segment.size / least_frame;
}

class Loading {
 public:
  Loading(FileLayer& files, const std::string& folder, Catalog& catalog, const Mark& mark, Access access)
      : files_(files), folder_(folder), catalog_(catalog), mark_(mark), access_(access) {}

  Result<Loaded> run() {
    auto numbers = list_segments(files_, folder_);
    if (!numbers) return numbers.fault();
    numbers_ = *std::move(numbers);
    if (!numbers_.empty()) loaded_.last_number = numbers_.front() - 1;
    known_ = mark_.durable.value_or(0);
    if (auto looked = look_at_last_head(); !looked) return looked.fault();
    for (std::size_t i = 0; i < numbers_.size() && !stopped_; ++i)
      if (auto taken = take(i); !taken) return taken.fault();
    if (known_ > loaded_.last_number && !(access_ == Access::follow && stopped_)) {
      const bool none = catalog_.segments().empty();
      return damaged(none ? folder_ : catalog_.segments().back()->path,
                     none ? 0 : catalog_.segments().back()->written,
                     "the log ends with frame " + std::to_string(loaded_.last_number) + " but frame " +
                         std::to_string(known_) + " was written; a file is missing or was cut");
    }
    loaded_.durable = std::min(known_, loaded_.last_number);
    return std::move(loaded_);
  }

 private:
  bool last(std::size_t i) const { return i + 1 == numbers_.size(); }

  // The newest head that is whole says most about what is on the disk.
  Result<void> look_at_last_head() {
    for (std::size_t i = numbers_.size(); i-- > 0;) {
      const std::string path = folder_ + "/" + Segment::name_of(numbers_[i]);
      auto file = open_file(files_, path, OpenMode::read);
      if (!file) return file.fault();
      char bytes[kBlockHeadBytes];
      const std::int64_t got = files_.read(file->get(), bytes, sizeof bytes, 0);
      if (got < 0) return io_fault("read", path, static_cast<int>(got));
      const auto head = read_block_head({bytes, static_cast<std::size_t>(got)}, catalog_.salt());
      if (!head) continue;
      known_ = std::max(known_, head->durable);
      break;
    }
    return {};
  }

  Result<Lent> bytes_of(Segment& segment) {
    auto file = open_file(files_, segment.path, OpenMode::read);
    if (!file) return file.fault();
    const std::int64_t size = files_.size(file->get());
    if (size < 0) return io_fault("read", segment.path, static_cast<int>(size));
    segment.size = segment.written = static_cast<std::uint64_t>(size);
    if (size == 0) return Lent{};
    return segment.bytes(0);
  }

  Result<void> take(std::size_t i) {
    auto segment = std::make_shared<Segment>(files_, folder_, numbers_[i]);
    const auto bytes = bytes_of(*segment);
    if (!bytes) return bytes.fault();
    Snapshot before;
    const auto head = read_head(bytes->view(), catalog_.index().size(), catalog_.salt(), before);
    const bool follows = segment->first_number == loaded_.last_number + 1 &&
                         (catalog_.segments().empty() || (head && before.ends == catalog_.now().ends));
    if (!head || head->number != segment->first_number || !follows)
      return stop_at(i, *segment, bytes->view(), 0, !head ? "its head is not whole" : "it does not follow on the segment before");
    Snapshot after;
    if (read_foot(bytes->view(), catalog_.index().size(), catalog_.salt(), *segment, after)) {
      if (segment->last_number <= known_ && foot_agrees(*segment, before, after)) {
        loaded_.last_number = segment->last_number;
        catalog_.add_segment(std::move(segment), std::move(after));
        return {};
      }
      segment = std::make_shared<Segment>(files_, folder_, numbers_[i]);  // RE-4
    }
    return take_frames(i, std::move(segment), bytes->view(), head->length, std::move(before));
  }

  Result<void> take_frames(std::size_t i, std::shared_ptr<Segment> segment, std::string_view bytes, std::uint64_t at,
                           Snapshot before) {
    segment->trusted = true;
    Segment& s = *segment;
    catalog_.add_segment(std::move(segment), std::move(before));
    const std::uint64_t limit =
        access_ == Access::follow ? mark_.published.value_or(UINT64_MAX) : UINT64_MAX;
    const Scan scan = scan_frames(catalog_, bytes, at, limit);
    s.size = s.written = scan.at;
    loaded_.last_number = s.last_number;
    known_ = std::max(known_, scan.durable);
    if (scan.stop == Scan::Stop::foot) {
      s.size = s.written = bytes.size();
      s.sealed = true;
      s.move_index_to_foot();
      return {};
    }
    if (scan.stop == Scan::Stop::limit) {
      stopped_ = true;
      return {};
    }
    if (scan.stop == Scan::Stop::end && last(i)) return {};
    if (!last(i) && numbers_[i + 1] == s.last_number + 1) {
      s.sealed = true;  // SG-3: all its frames are there, only its foot is not
      loaded_.notes.push_back("the index at the end of " + s.path + " is damaged; it was made again from the frames");
      return {};
    }
    return stop_at(i, s, bytes, scan.at, "frame " + std::to_string(s.last_number + 1) + " is not whole");
  }

  // The log cannot be read on from byte `at` of segment `i`: is that a torn end, or damage?
  Result<void> stop_at(std::size_t i, const Segment& segment, std::string_view bytes, std::uint64_t at,
                       const std::string& what) {
    stopped_ = true;
    const std::uint64_t next = loaded_.last_number + 1;
    if (access_ == Access::follow && mark_.published && next > *mark_.published) return {};
    known_ = std::max(known_, durable_said_in(bytes.substr(at), catalog_.salt()));
    for (std::size_t later = i + 1; later < numbers_.size() && known_ < next; ++later) {
      Segment other(files_, folder_, numbers_[later]);
      const auto other_bytes = bytes_of(other);
      if (!other_bytes) return other_bytes.fault();
      known_ = std::max(known_, durable_said_in(other_bytes->view(), catalog_.salt()));
    }
    if (known_ >= next) return damaged(segment.path, at, what + ", though it was on the disk");
    if (access_ == Access::follow) return {};
    if (i == 0 && at == 0 && segment.first_number > 1)  // retention syncs what it leaves, so this was on the disk
      return damaged(segment.path, 0, what);
    loaded_.notes.push_back(segment.path + " was cut at byte " + std::to_string(at) + " of " +
                            std::to_string(bytes.size()) + ": " + what +
                            ", and nothing from there on was known to be on the disk");
    return cut(i, segment.path, at);
  }

  // Later segments go first: a cut that is cut short is found again.
  Result<void> cut(std::size_t i, const std::string& path, std::uint64_t at) {
    const std::size_t keep = at == 0 ? i : i + 1;
    for (std::size_t later = numbers_.size(); later-- > keep;) {
      const std::string doomed = folder_ + "/" + Segment::name_of(numbers_[later]);
      if (const int error = files_.remove(doomed); error < 0) return io_fault("remove", doomed, error);
    }
    if (const int error = files_.sync_folder(folder_); error < 0) return io_fault("sync", folder_, error);
    if (at == 0) return {};
    auto file = open_file(files_, path, OpenMode::write_existing);
    if (!file) return file.fault();
    if (const int error = files_.truncate(file->get(), at); error < 0) return io_fault("cut", path, error);
    if (const int error = files_.sync(file->get()); error < 0) return io_fault("sync", path, error);
    return {};
  }

  FileLayer& files_;
  const std::string& folder_;
  Catalog& catalog_;
  const Mark& mark_;
  const Access access_;
  std::vector<std::uint64_t> numbers_;
  Loaded loaded_;
  std::uint64_t known_ = 0;  // the last frame known to be on the disk
  bool stopped_ = false;
};

}  // namespace

Result<std::vector<std::uint64_t>> list_segments(FileLayer& files, const std::string& folder) {
  std::vector<std::string> names;
  if (const int error = files.list(folder, names); error < 0) return io_fault("list", folder, error);
  std::vector<std::uint64_t> numbers;
  for (const std::string& name : names)
    if (const std::uint64_t number = Segment::number_in(name); number > 0) numbers.push_back(number);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

Scan scan_frames(Catalog& catalog, std::string_view bytes, std::uint64_t at, std::uint64_t limit) {
  std::vector<PlacedChunk> chunks;
  const Segment& segment = *catalog.segments().back();
  for (Scan scan{Scan::Stop::end, at, 0};;) {
    const std::string_view rest = bytes.substr(scan.at);
    if (rest.empty()) return scan;
    scan.stop = Scan::Stop::damage;
    if (segment.last_number + 1 > limit) scan.stop = Scan::Stop::limit;
    const auto head = read_block_head(rest, catalog.salt());
    if (!head || head->length > rest.size()) return scan;
    const std::string_view block = rest.substr(0, head->length);
    if (head->kind == BlockKind::foot && head->number == segment.last_number && head->length == rest.size() &&
        block_is_whole(block, catalog.salt())) {
      scan.stop = Scan::Stop::foot;
      return scan;
    }
    if (scan.stop == Scan::Stop::limit) return scan;
    if (head->kind != BlockKind::frame || head->number != segment.last_number + 1) return scan;
    const auto frame = checked_frame(catalog, block, chunks);
    if (!frame) return scan;
    catalog.add_frame(head->number, scan.at, chunks, frame->positions, frame->environment);
    scan.durable = std::max(scan.durable, head->durable);
    scan.at += head->length;
    scan.stop = Scan::Stop::end;
  }
}

Result<Loaded> load_segments(FileLayer& files, const std::string& folder, Catalog& catalog, const Mark& mark,
                             Access access) {
  return Loading(files, folder, catalog, mark, access).run();
}

}  // namespace millrace::log

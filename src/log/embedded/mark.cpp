#include "log/embedded/mark.h"

#include "core/hash.h"
#include "log/embedded/bytes.h"

namespace millrace::log {
namespace {

constexpr int kNumberBits = 48;
constexpr std::uint64_t kNumberMask = (std::uint64_t{1} << kNumberBits) - 1;

std::uint64_t word_of(std::uint64_t number) {
  char bytes[8];
  put_fixed(bytes, number & kNumberMask);
  const std::uint32_t check = crc32c(0x6d61726b, {bytes, 8});
  return (number & kNumberMask) | std::uint64_t{(check ^ check >> 16) & 0xffffU} << kNumberBits;
}

std::optional<std::uint64_t> number_of(std::uint64_t word) {
  const std::uint64_t number = word & kNumberMask;
  if (word_of(number) != word) return std::nullopt;
  return number;
}

std::string path_in(const std::string& folder) { return folder + "/published"; }

}  // namespace

Result<MarkFile> MarkFile::open_to_write(FileLayer& files, const std::string& folder) {
  const std::string path = path_in(folder);
  auto file = open_file(files, path, OpenMode::write_existing);
  if (!file && file.fault().code == "not_found") file = open_file(files, path, OpenMode::write_new);
  if (!file) return file.fault();
  return MarkFile(files, path, *std::move(file));
}

Result<MarkFile> MarkFile::open_to_read(FileLayer& files, const std::string& folder) {
  auto file = open_file(files, path_in(folder), OpenMode::read);
  if (!file) return file.fault();
  return MarkFile(files, path_in(folder), *std::move(file));
}

Mark MarkFile::read() const {
  char words[16];
  if (files_->read(file_.get(), words, sizeof words, 0) != static_cast<std::int64_t>(sizeof words)) return {};
  return {number_of(get_fixed<std::uint64_t>(words)), number_of(get_fixed<std::uint64_t>(words + 8))};
}

Result<void> MarkFile::write(std::uint64_t published, std::uint64_t durable) {
  char words[16];
  put_fixed(put_fixed(words, word_of(published)), word_of(durable));
  return write_all(*files_, file_, path_, {words, sizeof words}, 0);
}

Result<void> MarkFile::sync() {
  if (const int error = files_->sync(file_.get()); error < 0) return io_fault("sync", path_, error);
  return {};
}

}  // namespace millrace::log

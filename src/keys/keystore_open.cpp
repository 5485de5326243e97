// Opening a keystore: the master key, the peppers under it, and whether the last writes are there (KS-4).
#include <cstdlib>

#include "keys/crypto.h"
#include "keys/key_rows.h"
#include "keys/key_seed.h"
#include "keys/keystore.h"
#include "keys/secret_file.h"

namespace millrace {

namespace {

constexpr std::string_view kPepperRow = "p";

Result<std::string> master_of(const std::string& data_folder, const Keystore::Options& options) {
  const std::string path = data_folder + "/keys/master";
  if (options.create) {
    const std::string fresh = options.key_seed ? seeded_master(*options.key_seed) : random_bytes(kKeyBytes);
    const auto made = create_secret_file(path, hex(fresh, 64) + "\n");
    // One that is there may be left from a creation that was cut short; open() looks whether it was.
    if (!made && made.fault().code != "exists") return made.fault();
  }
  const auto text = read_secret_file(path);
  if (!text) return text.fault();
  std::string_view digits = *text;
  while (!digits.empty() && digits.back() == '\n') digits.remove_suffix(1);
  auto master = unhex(digits);
  if (!master || master->size() != kKeyBytes)
    return fatal("corrupt", path + " does not hold 64 hex digits; restore it from a backup");
  return *std::move(master);
}

}  // namespace

Result<std::unique_ptr<Keystore>> Keystore::open(const std::string& data_folder, std::unique_ptr<state::Kv> kv,
                                                 const Options& options) {
  auto master = master_of(data_folder, options);
  if (!master) return master.fault();
  std::string wrapped;
  const bool there = kv->get(kPepperRow, wrapped);
  if (kv->fault()) return *kv->fault();
  if (there && options.create) return fatal("exists", "the keystore in " + data_folder + " is there already");
  const std::string where = "the keystore in " + data_folder + "/keys";
  if (!there && !options.create) return fatal("corrupt", where + " is empty. " + std::string(kMend));
  std::string secret;
  if (there) {
    auto opened = unwrap_bytes(*master, kPepperRow, wrapped);
    if (!opened)
      return fatal("wrong_master_key", where + " does not open under " + data_folder + "/keys/master. " + std::string(kMend));
    secret = *std::move(opened);
  } else {
    secret = options.key_seed ? seeded_pepper(*options.key_seed) : random_bytes(kKeyBytes);
    const auto made = kv->apply({{std::string(kPepperRow), wrap_bytes(*master, kPepperRow, secret)}}, true);
    if (!made) return made.fault();
  }
  std::unique_ptr<Keystore> store(new Keystore(data_folder, std::move(kv), *std::move(master), secret, options));
  if (options.create) store->tally_.remove();
  if (options.beside) return store;
  if (auto counted = store->recount(); !counted) return counted.fault();
  return store;
}

Result<void> Keystore::recount() {
  std::string count;
  if (kv_->get(kTallyRow, count)) writes_ = std::strtoull(count.c_str(), nullptr, 10);
  if (kv_->fault()) return *kv_->fault();
  const std::uint64_t noted = tally_.read();
  if (writes_ < noted) {
    fail("has lost the last " + std::to_string(noted - writes_) + " of its " + std::to_string(noted) + " writes");
    return *fault();
  }
  tally_.note(writes_);
  return {};
}

}  // namespace millrace

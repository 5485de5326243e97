// millrace key: the operator keys of a namespace, whose signatures operator records need.
#include <cstdio>

#include "cli/app.h"
#include "cli/operator_record.h"
#include "core/hash.h"
#include "core/time.h"
#include "keys/crypto.h"
#include "node/node.h"
#include "topology/events/control.h"

namespace millrace::cli {

namespace {

Result<void> write_key(const Globals& globals, const std::string& key_id, const std::string& public_key, bool revoked) {
  OperatorKey record{key_id, public_key, std::nullopt};
  if (revoked) record.revoked = true;
  return send_control(globals, operator_body(OperatorKey::type, "_", Asker::me().request_id, to_json(record)));
}

}  // namespace

void add_key(CLI::App& app, Globals& globals, Exit exit) {
  auto* command = app.add_subcommand("key", "Operator keys: who may sign operator records");
  command->require_subcommand(1);
  auto public_key = std::make_shared<std::string>();
  auto key_id = std::make_shared<std::string>();

  auto* show = command->add_subcommand("show", "Print the key of this folder");
  show->callback([&globals, &exit] {
    const auto pair = OperatorSigner::load(globals.data);
    if (!pair) exit = cannot(pair.fault());
    else std::printf("%s %s\n", pair->key_id().c_str(), pair->public_key().c_str());
  });

  auto* add = command->add_subcommand("add", "Accept records signed by another key (64 hex digits of its public half)");
  add->add_option("public_key", *public_key)->required();
  add->callback([&globals, &exit, public_key] {
    if (public_key->size() != 64 || public_key->find_first_not_of("0123456789abcdef") != std::string::npos) {
      exit = cannot(fatal("bad_argument", "a public key is 64 lower-case hex digits; `millrace key show` prints one"));
      return;
    }
    const std::string id = "key_" + sha256_hex(*public_key, 12);
    if (auto done = write_key(globals, id, *public_key, false); !done) exit = cannot(done.fault());
    else std::printf("%s is accepted from its place in the log on\n", id.c_str());
  });

  auto* revoke = command->add_subcommand("revoke", "Accept no more records signed by a key");
  revoke->add_option("key_id", *key_id, "As `key show` or `tail control` prints it")->required();
  revoke->add_option("public_key", *public_key, "Its public half")->required();
  revoke->callback([&globals, &exit, key_id, public_key] {
    if (auto done = write_key(globals, *key_id, *public_key, true); !done) exit = cannot(done.fault());
    else std::printf("%s is revoked from its place in the log on\n", key_id->c_str());
  });
}

}  // namespace millrace::cli

// The door of a running process, before a host whose writes become durable when the test says so.
#include "node/door.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <thread>

#include "state/codec.h"
#include "tests/contract/temp_folder.h"
#include "topology/topics.h"

namespace millrace::node {

namespace {

class SlowHost final : public Host {
 public:
  ~SlowHost() override { ::close(file_); }
  const engine::Topology& topology() const override { std::abort(); }
  const log::Reader& log() const override { std::abort(); }
  Keystore& keys() override { std::abort(); }
  const OperatorSigner* operator_key() const override { return nullptr; }
  bool history() const override { return false; }
  TimeMs now_ms() const override { return 1; }
  Result<std::vector<Offset>> append(const std::vector<NewRecord>& records, engine::Intake) override {
    appended += static_cast<int>(records.size());
    return std::vector<Offset>(records.size());
  }
  std::vector<engine::Task*> tasks() override { return {}; }
  std::vector<std::string> health() override { return {said}; }

  engine::Ticket ticket() override { return ++tickets_; }
  std::optional<Result<void>> outcome(engine::Ticket ticket) override {
    if (ticket == 0) return Result<void>();
    const auto known = outcomes_.find(ticket);
    return known == outcomes_.end() ? std::nullopt : std::optional(known->second);
  }
  Result<void> await(engine::Ticket ticket) override { return *outcome(ticket); }
  int outcome_file() const override { return file_; }
  void outcomes_seen() override {
    eventfd_t count = 0;
    ::eventfd_read(file_, &count);
  }

  void end(engine::Ticket ticket, Result<void> outcome = {}) {
    outcomes_.emplace(ticket, std::move(outcome));
    ::eventfd_write(file_, 1);
  }
  int appended = 0;
  std::string said = "well";

 private:
  int file_ = ::eventfd(0, EFD_NONBLOCK);
  engine::Ticket tickets_ = 0;
  std::map<engine::Ticket, Result<void>> outcomes_;
};

// A client that has asked and looks whether an answer came.
class Client {
 public:
  Client(const std::string& folder, const Request& request) : Client(folder) {
    std::string message;
    state::encode(message, request);
    REQUIRE(socket_.send(message));
  }
  explicit Client(const std::string& folder) {
    auto socket = Socket::connect(socket_path(folder));
    REQUIRE(socket);
    socket_ = *std::move(socket);
  }
  void send_raw(std::string_view bytes) { REQUIRE(::send(socket_.file(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size())); }
  bool answered() const {
    pollfd look{socket_.file(), POLLIN, 0};
    return ::poll(&look, 1, 0) == 1;
  }
  Response answer() {
    auto message = socket_.receive();
    REQUIRE(message);
    REQUIRE(*message);
    Response response;
    std::string_view bytes = **message;
    REQUIRE(state::decode(bytes, response));
    return response;
  }

 private:
  Socket socket_;
};

struct Street {
  Street() { REQUIRE(door.open(folder.path())); }
  Client ask(Request::Op op) {
    Client client(folder.path(), {.op = op, .items = {"{}"}});
    door.turn(host, 0);  // it comes in
    door.turn(host, 0);  // and asks
    return client;
  }
  TempFolder folder;
  SlowHost host;
  Door door{std::chrono::milliseconds(1)};
};

}  // namespace

TEST_SUITE("node/door") {
  TEST_CASE("RQ-1 DR-1: a write is answered when it is durable and no sooner; others are served meanwhile") {
    Street street;
    Client first = street.ask(Request::Op::control);
    CHECK(street.host.appended == 1);
    Client second = street.ask(Request::Op::control);
    CHECK(street.ask(Request::Op::health).answer().lines == std::vector<std::string>{"well"});
    for (int i = 0; i < 3; ++i) street.door.turn(street.host, 0);
    CHECK(!first.answered());
    CHECK(!second.answered());
    street.host.end(1);
    street.door.turn(street.host, 0);
    CHECK(first.answer().accepted == 1);
    CHECK(!second.answered());
    street.host.end(2);
    street.door.turn(street.host, 0);
    CHECK(second.answer().accepted == 1);
  }

  TEST_CASE("RQ-1: a write whose commit failed is refused with its fault, the next one is not") {
    Street street;
    Client first = street.ask(Request::Op::control);
    Client second = street.ask(Request::Op::control);
    street.host.end(1, retryable("disk_full", "no space"));
    street.door.turn(street.host, 0);
    const Response refused = first.answer();
    CHECK(refused.code == "disk_full");
    CHECK(refused.retry);
    CHECK(!second.answered());
    street.host.end(2);
    street.door.turn(street.host, 0);
    CHECK(second.answer().code.empty());
  }

  TEST_CASE("RQ-1: on a full disk a query is answered and a write is refused") {
    const Result<void> full = retryable("disk_full", "no space");
    CHECK(answer_of({.response = {.lines = {"row"}}}, full).lines == std::vector<std::string>{"row"});
    CHECK(answer_of({.response = {.accepted = 1}, .write = true}, full).code == "disk_full");
  }

  TEST_CASE("DR-1: an outcome wakes a door that waits for requests") {
    Street street;
    Client client = street.ask(Request::Op::control);
    street.host.end(1);
    street.door.turn(street.host, 30'000);
    CHECK(client.answered());
  }

  TEST_CASE("SV-2: before the host goes every answer that is owed is given") {
    Street street;
    Client first = street.ask(Request::Op::control);
    Client second = street.ask(Request::Op::control);
    street.host.end(1);
    street.host.end(2, fatal("io", "the disk is gone"));
    street.door.finish(street.host);
    CHECK(first.answer().accepted == 1);
    CHECK(second.answer().code == "io");
  }

  TEST_CASE("DR-2: a client that stops in the middle of its request holds up nobody, and is answered when the rest has come") {
    Street street;
    std::string message;
    state::encode(message, Request{.op = Request::Op::health});
    const std::string framed = Socket::framed(message);
    Client slow(street.folder.path());
    street.door.turn(street.host, 0);
    for (std::size_t i = 0; i + 1 < framed.size(); ++i) {  // the length comes in pieces too
      slow.send_raw(std::string_view(framed).substr(i, 1));
      CHECK(street.door.turn(street.host, 0) == 1);
    }
    CHECK(street.door.turn(street.host, 0) == 0);
    CHECK(street.ask(Request::Op::health).answer().lines == std::vector<std::string>{"well"});
    CHECK(!slow.answered());
    slow.send_raw(std::string_view(framed).substr(framed.size() - 1));
    street.door.turn(street.host, 0);
    CHECK(slow.answer().lines == std::vector<std::string>{"well"});
    Client large(street.folder.path());
    street.door.turn(street.host, 0);
    large.send_raw("\xff\xff\xff\xff");
    street.door.turn(street.host, 0);
    CHECK(large.answered());  // by its end
  }

  TEST_CASE("DR-2: a client that does not read its answer holds up nobody, and has it when it does") {
    Street street;
    street.host.said = std::string(8 << 20, 's');
    Client slow = street.ask(Request::Op::health);
    Client other = street.ask(Request::Op::control);
    street.host.end(1);
    street.door.turn(street.host, 0);
    CHECK(other.answer().accepted == 1);
    std::atomic<bool> read{false};
    std::thread reader([&] {
      CHECK(slow.answer().lines.front().size() == std::size_t{8} << 20);
      read = true;
    });
    for (int turns = 0; turns < 3000 && !read; ++turns) street.door.turn(street.host, 10);
    reader.join();
    Client never = street.ask(Request::Op::health);
    street.door.finish(street.host);  // the end does not wait for it
    CHECK(never.answered());
  }

  TEST_CASE("a process that ends with what was asked unread, or half read, is told as ended, so that the next one is asked") {
    for (const std::size_t bytes : {std::size_t{10}, std::size_t{8} << 20}) {  // that are sent at once, or wait for a reader
      TempFolder folder;
      auto listener = Socket::listen(socket_path(folder.path()));
      REQUIRE(listener);
      std::thread process([&] {
        pollfd comes{listener->file(), POLLIN, 0};
        ::poll(&comes, 1, 30'000);
        Socket client = listener->accept();
        pollfd asks{client.file(), POLLIN, 0};
        ::poll(&asks, 1, 30'000);
      });
      const auto answer = ask(folder.path(), {.op = Request::Op::control, .items = {std::string(bytes, 'i')}});
      process.join();
      REQUIRE(!answer);
      CHECK(answer.fault().code == "unreachable");
      CHECK(answer.fault().kind == Fault::Kind::retry);
    }
  }

  TEST_CASE("a client that goes before its answer disturbs nobody") {
    Street street;
    {
      Client gone = street.ask(Request::Op::control);
    }
    Client stays = street.ask(Request::Op::control);
    street.host.end(1);
    street.host.end(2);
    street.door.turn(street.host, 0);
    CHECK(stays.answer().accepted == 1);
  }
}

}  // namespace millrace::node

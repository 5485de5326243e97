// Errors as values, and invariants that stay on in every build.
//
// Three kinds of failure take three roads: a bug trips INVARIANT and ends the process; poison (a bad record) is
// an ordinary value of the function that judges it; the world (disk, broker) is a Fault inside a Result.
// No exception crosses our functions; adapters catch those of vendor calls.      Tests: tests/unit/core_test.cpp
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace millrace {

// What went wrong in the outside world, and what the one place that decides may do about it.
struct [[nodiscard]] Fault {
  enum class Kind { retry, fatal };  // retry: the same call may succeed later. fatal: stop clean and tell.
  Kind kind = Kind::fatal;
  std::string code;     // stable, snake_case, for logs and tests: "disk_full", "locked", "corrupt"
  std::string message;  // what was tried, on what, and what to do next
};

inline Fault fatal(std::string code, std::string message) {
  return {Fault::Kind::fatal, std::move(code), std::move(message)};
}
inline Fault retryable(std::string code, std::string message) {
  return {Fault::Kind::retry, std::move(code), std::move(message)};
}

// A value or a Fault. `if (!r) return r.fault();` is the idiom.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
  Result(Fault fault) : held_(std::in_place_index<1>, std::move(fault)) {}

  explicit operator bool() const { return held_.index() == 0; }
  T& operator*() & { return std::get<0>(held_); }
  const T& operator*() const& { return std::get<0>(held_); }
  T&& operator*() && { return std::get<0>(std::move(held_)); }
  T* operator->() { return &std::get<0>(held_); }
  const T* operator->() const { return &std::get<0>(held_); }
  const Fault& fault() const& { return std::get<1>(held_); }
  Fault&& fault() && { return std::get<1>(std::move(held_)); }

 private:
  std::variant<T, Fault> held_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Fault fault) : fault_(std::move(fault)) {}

  explicit operator bool() const { return !fault_.has_value(); }
  const Fault& fault() const& { return *fault_; }
  Fault&& fault() && { return *std::move(fault_); }

 private:
  std::optional<Fault> fault_;
};

[[noreturn]] void invariant_failed(const char* id, const char* condition, const char* file, int line,
                                   std::string_view detail) noexcept;

}  // namespace millrace

// Ends the process with the invariant's id, the stage and position noted for this thread, and `detail`.
#define INVARIANT(id, condition, detail) \
  (static_cast<bool>(condition) ? void(0) : ::millrace::invariant_failed(id, #condition, __FILE__, __LINE__, detail))

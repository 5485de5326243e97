// simdjson as it is meant to run: without NDEBUG it asserts its own steps at every value. What must hold in every build is
// an INVARIANT of ours; toml++ and RocksDB's headers are not to see NDEBUG, so it is defined here alone.
#pragma once

#if defined(__OPTIMIZE__) && !defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__)
#define NDEBUG
#include <simdjson.h>
#undef NDEBUG
#include <cassert>
#else
#include <simdjson.h>
#endif

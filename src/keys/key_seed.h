// Secrets derived from a seed instead of drawn, so that runs are reproducible: for tests, `--key-seed` and simulations.
// Whoever knows the seed knows every key.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

// 32 bytes each.
std::string seeded_master(std::string_view seed);
std::string seeded_pepper(std::string_view seed);
std::string seeded_operator(std::string_view seed);
std::string seeded_key(std::string_view seed, std::string_view tenant, std::string_view owner);

}  // namespace millrace

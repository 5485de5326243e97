// toml++ without its asserts: it asserts that a key begins with a letter of a key, and a table named "[+x]" does not. Its
// own error for that stands right behind. (With NDEBUG it would assume it instead, so we never define that.)
#pragma once

#ifdef NDEBUG
#error "toml++ turns its asserts into assumptions under NDEBUG; they do not hold for text from outside"
#endif
#define TOML_EXCEPTIONS 0
#define TOML_ASSERT(condition) static_cast<void>(0)
#include <toml++/toml.h>

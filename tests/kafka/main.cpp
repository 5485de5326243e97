// Tests against a real broker, named by BROKERS=HOST:PORT (scripts/kafka start prints it). Without one they fail: a test
// that did not run has not passed.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  doctest::Context context(argc, argv);
  const char* brokers = std::getenv("BROKERS");
  if (!context.shouldExit() && (!brokers || !*brokers)) {
    std::fputs("BROKERS is not set: start a broker with scripts/kafka start and set BROKERS=HOST:PORT\n", stderr);
    return 1;
  }
  return context.run();
}

#include "cli/main.h"

int main(int argc, char** argv) { return millrace::cli::main(argc, argv); }

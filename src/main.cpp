#include "cli/app.h"

int main(int argc, char** argv) { return millrace::cli::main(argc, argv); }

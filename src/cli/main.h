// The command line as main.cpp sees it.
#pragma once

namespace millrace::cli {

// Runs the app and gives its exit code.
int main(int argc, char** argv);

}  // namespace millrace::cli

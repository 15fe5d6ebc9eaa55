#pragma once

namespace assay {

// Parses the command line, runs the command, and turns every error into its exit code and one line on stderr.
int run_command_line(int argc, char** argv);

} // namespace assay

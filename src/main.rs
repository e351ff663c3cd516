//! The command line: arguments in, exit code out; everything else is the library's.

use std::process::ExitCode;

mod cli;

fn main() -> ExitCode {
    cli::run()
}

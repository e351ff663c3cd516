//! Completions and the manual page, made from the arguments themselves.

use clap::{Args, CommandFactory};

use super::terminal::print_bytes;
use super::{Arguments, End};

/// Print a completion script for a shell.
#[derive(Args)]
pub(crate) struct Completions {
    /// The shell
    shell: clap_complete::Shell,
}

impl Completions {
    pub(crate) fn run(&self) -> anyhow::Result<End> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "tamis", &mut script);
        print_bytes(&script)?;
        Ok(End::Clean)
    }
}

/// Prints the manual page.
pub(crate) fn man() -> anyhow::Result<End> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
    print_bytes(&page)?;
    Ok(End::Clean)
}

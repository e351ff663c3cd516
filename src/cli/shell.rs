//! Completions and the manual page, made from the arguments themselves.

use std::io;

use clap::{Args, CommandFactory};

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
        io::Write::write_all(&mut io::stdout().lock(), &script)?;
        Ok(End::Clean)
    }
}

/// Prints the manual page.
pub(crate) fn man() -> anyhow::Result<End> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
    io::Write::write_all(&mut io::stdout().lock(), &page)?;
    Ok(End::Clean)
}

//! Completions and the manual page, made from the arguments themselves.

use clap::{Args, CommandFactory};

use tamis::error::{Error, escape};

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

/// Print a manual page, for `man -l -` or a folder that man looks in.
#[derive(Args)]
pub(crate) struct Manual {
    /// The command it is about: clean, index build … [default: all of tamis, in short]
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

impl Manual {
    pub(crate) fn run(&self) -> anyhow::Result<End> {
        let mut about = Arguments::command();
        about.build();
        for name in &self.command {
            let found = about.find_subcommand(name).cloned();
            about = found.ok_or_else(|| {
                let shown = escape(&self.command.join(" "));
                Error::Usage(format!("there is no command {shown}; `tamis --help` has all"))
            })?;
        }
        // Built by its whole name: tamis-index-build.
        let name = about.get_display_name().unwrap_or("tamis").to_owned();
        let mut page = Vec::new();
        clap_mangen::Man::new(about).title(name).render(&mut page)?;
        print_bytes(&page)?;
        Ok(End::Clean)
    }
}

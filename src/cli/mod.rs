//! The command line, one file a command. The only place that knows clap, the terminal and signals.

mod allocator;
mod bar;
mod check;
mod clean;
mod compare;
mod dups;
mod estimate;
mod explain;
mod index;
mod learn;
mod nearest;
mod options;
mod report;
mod restore;
mod rule_check;
mod rules;
mod sample;
mod shell;
mod signals;
mod summary;
mod terminal;
mod trial;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tamis::error::{Error, escape, escape_lines};

/// Strip boilerplate from scraped text, find near-duplicates on what is left, and keep a receipt for every byte taken out.
#[derive(Parser)]
#[command(name = "tamis", version, max_term_width = 100, arg_required_else_help = true, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// How any command ends.
const EXIT_CODES: &str = "Exit codes: 0 all is well; 1 a fault of tamis; 2 wrong usage; 3 finished, some records could not be read; \
4 stopped at bad input (--strict); 5 input, output or resource failure; 6 refused as unsafe; 7 a claim is false; 130, 143 interrupted.";

#[derive(Subcommand)]
enum Command {
    /// Clean, deduplicate and report: the main job
    Clean(Box<clean::Clean>),
    /// Find duplicates and list them; change nothing
    Dups(Box<dups::Dups>),
    /// An index of documents on disk: build it, add to it, look documents up in it
    Index(index::Index),
    /// Read a report: what came in, what became of it, and why
    Report(report::Report),
    /// What happened to one document, and why
    Explain(explain::Explain),
    /// Prove a report from the input, or another tool's duplicate list from the corpus
    Check(Box<check::Check>),
    /// What two reports on the same input decide differently
    Compare(compare::Compare),
    /// Rebuild the input from the output and the report, byte for byte
    Restore(restore::Restore),
    /// Learn lines that recur into a rule file
    Learn(Box<learn::Learn>),
    /// What the rules are, and what they make of a text
    Rules(rules::Rules),
    /// Print a completion script for a shell
    Completions(shell::Completions),
    /// Print the manual page of tamis, or of one of its commands
    Man(shell::Manual),
}

/// How a command that did its work ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// All was read and written.
    Clean,
    /// Some records were set aside as problems.
    WithProblems,
    /// A claim that was looked at is false.
    FalseClaim,
}

/// Runs the command line; gives back the exit code.
pub(crate) fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(fault) => return told_by_clap(&fault),
    };
    let end = match &arguments.command {
        Command::Clean(clean) => clean.run(),
        Command::Dups(dups) => dups.run(),
        Command::Index(index) => index.run(),
        Command::Report(report) => report.run(),
        Command::Explain(explain) => explain.run(),
        Command::Check(check) => check.run(),
        Command::Compare(compare) => compare.run(),
        Command::Restore(restore) => restore.run(),
        Command::Learn(learn) => learn.run(),
        Command::Rules(rules) => rules.run(),
        Command::Completions(completions) => completions.run(),
        Command::Man(manual) => manual.run(),
    };
    match end {
        Ok(End::Clean) => ExitCode::SUCCESS,
        Ok(End::WithProblems) => ExitCode::from(3),
        Ok(End::FalseClaim) => ExitCode::from(7),
        Err(error) => {
            let code = fail(&error);
            if let Command::Clean(clean) = &arguments.command {
                clean.tell_how_to_go_on(&error);
            }
            code
        }
    }
}

/// Shows what clap has to say: help, the version, or what is wrong with the arguments, of which it quotes what it was given.
fn told_by_clap(fault: &clap::Error) -> ExitCode {
    let escaped = std::env::args_os().map(|given| escape(&given.to_string_lossy()));
    let shown = Arguments::try_parse_from(escaped).err();
    if let Err(error) = shown.as_ref().unwrap_or(fault).print() {
        return fail(&terminal::unwritten(error).into());
    }
    ExitCode::from(fault.exit_code() as u8)
}

/// Says what went wrong, to its last cause, and gives the exit code that means it.
fn fail(error: &anyhow::Error) -> ExitCode {
    let (code, message) = match error.downcast_ref::<Error>() {
        // Its own message ends with its cause.
        Some(known) => (known.exit_code(), known.to_string()),
        None => (1, format!("{error:#}")),
    };
    if code != 0 {
        // What is named in it was escaped where it was put in; what a parser quotes of a file was not.
        terminal::say(&format!("tamis: {}", escape_lines(&message)));
    }
    ExitCode::from(code)
}

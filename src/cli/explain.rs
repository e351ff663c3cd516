//! `tamis explain`: one document, what was taken out of it in its context, or what it was removed for.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use tamis::error::escape;
use tamis::report::explain::{Duplicate, Explanation, Side, explain};
use tamis::report::receipt::{Action, EditReceipt};

use super::End;
use super::terminal::{Style, print};

/// Characters shown on either side of a removal.
const CONTEXT: usize = 60;
/// Words of common text shown on either side of a difference.
const COMMON: usize = 80;

/// What happened to one document, and why.
#[derive(Args)]
pub(crate) struct Explain {
    /// The report's folder
    #[arg(value_name = "REPORT")]
    report: PathBuf,
    /// The document's id, or PATH:RECORD
    #[arg(value_name = "ID")]
    id: String,
    /// Where the cleaned output stands now, if it was moved or went to standard output
    #[arg(long, value_name = "OUT")]
    from: Option<PathBuf>,
}

impl Explain {
    pub(crate) fn run(&self) -> anyhow::Result<End> {
        let style = Style::of_stdout();
        for found in explain(&self.report, self.from.as_deref(), &self.id)? {
            print(&told(&found, style))?;
        }
        Ok(End::Clean)
    }
}

fn told(found: &Explanation, style: Style) -> String {
    let mut out = format!("{}  {}\n", style.bold(&escape(&found.id)), style.dim(&escape(&found.origin)));
    let Some(receipt) = &found.receipt else {
        out.push_str("kept, byte for byte as it came\n");
        return out;
    };
    let reason = receipt.reason.as_deref().map(|reason| format!(": {}", escape(reason))).unwrap_or_default();
    let what = match receipt.action {
        Action::Trimmed => "kept, with this taken out of its text".to_owned(),
        Action::Normalized => "kept, with its text put in normal form".to_owned(),
        Action::Passed => "kept; its text is as it came".to_owned(),
        Action::KeptWhole => format!("kept whole{reason}"),
        Action::Removed => "removed as a duplicate".to_owned(),
        Action::SetAside => format!("set aside{reason}"),
        Action::Blank => "an empty line".to_owned(),
    };
    let _ = writeln!(out, "{what}");
    if let Some(duplicate) = &found.duplicate {
        told_duplicate(duplicate, style, &mut out);
    }
    let (normal, stripped): (Vec<_>, Vec<_>) =
        receipt.edits.iter().partition(|edit| edit.category == "normalize");
    for edit in stripped {
        told_removal(edit, &found.text, style, &mut out);
    }
    told_normal(&normal, style, &mut out);
    out
}

fn told_removal(edit: &EditReceipt, text: &str, style: Style, out: &mut String) {
    let _ = writeln!(out, "\n  {}  {}", style.bold(&escape(&edit.rule)), style.dim(&evidence(edit)));
    let before = tail(&text[..edit.span.start]);
    let after = head(&text[edit.span.end..]);
    let taken = style.removed(&shown(&edit.text));
    let given = if edit.with.is_empty() { String::new() } else { style.added(&shown(&edit.with)) };
    let _ = writeln!(out, "  {}{taken}{given}{}", shown(before), shown(after));
}

fn told_normal(edits: &[&EditReceipt], style: Style, out: &mut String) {
    if edits.is_empty() {
        return;
    }
    let mut parts: Vec<(&str, usize)> = Vec::new();
    for edit in edits {
        match parts.iter_mut().find(|(rule, _)| *rule == edit.rule) {
            Some((_, times)) => *times += 1,
            None => parts.push((&edit.rule, 1)),
        }
    }
    let told: Vec<String> = parts.iter().map(|(rule, times)| format!("{rule} × {times}")).collect();
    let _ = writeln!(out, "\n  {}  {}", style.bold("put in normal form"), told.join(", "));
}

fn told_duplicate(duplicate: &Duplicate, style: Style, out: &mut String) {
    let row = &duplicate.row;
    let _ = writeln!(
        out,
        "  {} of {}  {}",
        row.kind,
        style.bold(&escape(&row.survivor)),
        style.dim(&escape(&row.survivor_origin.to_string()))
    );
    let _ = writeln!(
        out,
        "  Jaccard {:.3} · {:.1} % of it inside its survivor · {} of {} paragraphs shared\n",
        row.jaccard,
        100.0 * row.containment,
        row.shared_paragraphs,
        row.paragraphs
    );
    if row.reference {
        let told = "its survivor is of the reference set, whose texts the report does not hold\n";
        out.push_str(&style.dim(told));
        return;
    }
    for (side, words) in &duplicate.words {
        match side {
            Side::Both => out.push_str(&shown(&folded(words))),
            Side::Removed => out.push_str(&style.removed(&shown(words))),
            Side::Survivor => out.push_str(&style.added(&shown(words))),
        }
    }
    out.push('\n');
    out.push_str(&style.dim(&format!(
        "{} only in the removed one, {} only in its survivor\n",
        style.removed("so"),
        style.added("so")
    )));
}

/// Long common stretches with their middle left out.
fn folded(words: &str) -> String {
    let characters = words.chars().count();
    if characters <= 2 * COMMON {
        return words.to_owned();
    }
    let head: String = words.chars().take(COMMON).collect();
    let tail: String = words.chars().skip(characters - COMMON).collect();
    format!("{head} … {tail}")
}

/// Text of the corpus on a terminal: line ends visible, nothing that could drive it.
fn shown(text: &str) -> String {
    text.split('\n').map(escape).collect::<Vec<_>>().join("⏎")
}

fn evidence(edit: &EditReceipt) -> String {
    if edit.evidence.is_null() { String::new() } else { escape(&edit.evidence.to_string()) }
}

fn tail(text: &str) -> &str {
    let start = text.char_indices().rev().take(CONTEXT).last().map_or(text.len(), |(at, _)| at);
    &text[start..]
}

fn head(text: &str) -> &str {
    let end = text.char_indices().nth(CONTEXT).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

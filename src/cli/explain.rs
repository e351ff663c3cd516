//! `tamis explain`: one document, what was taken out of it in its context, or what it was removed for.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use tamis::error::escape;
use tamis::report::clusters::survivor_containment;
use tamis::report::difference::{Block, Piece};
use tamis::report::explain::{Covered, Duplicate, Explanation, explain};
use tamis::report::receipt::{Action, EditReceipt, Receipt};

use super::End;
use super::terminal::{Style, counted, grouped, print, shown};

/// Characters shown on either side of a removal.
const CONTEXT: usize = 60;
/// Characters of what both have, shown at either end.
const COMMON: usize = 50;

/// What happened to one document, and why.
#[derive(Args)]
pub(crate) struct Explain {
    /// The report's folder
    #[arg(value_name = "REPORT")]
    report: PathBuf,
    /// The document's id, or PATH:RECORD (PATH alone where the file is one record)
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
    let _ = writeln!(out, "{}", became(found));
    if let Some(duplicate) = &found.duplicate {
        told_duplicate(duplicate, style, &mut out);
    }
    told_covered(&found.covered, style, &mut out);
    let Some(fate) = found.fate() else { return out };
    let (normal, stripped): (Vec<_>, Vec<_>) =
        fate.edits.iter().partition(|edit| edit.category == "normalize");
    if fate.action == Action::Removed && !stripped.is_empty() {
        out.push_str("\nbefore it was compared, this was taken out of its text\n");
    }
    for edit in stripped {
        told_removal(edit, found, style, &mut out);
    }
    told_normal(&normal, style, &mut out);
    out
}

/// What became of the document, in a line.
fn became(found: &Explanation) -> String {
    let Some(receipt) = &found.receipt else { return "kept, byte for byte as it came".into() };
    let of = |receipt: &Receipt| receipt.reason.as_deref().map(|reason| format!(": {}", escape(reason)));
    if let Some(mark) = &found.mark {
        let reason = of(mark).unwrap_or_default();
        let would = match mark.action {
            Action::Removed => "would be removed as a duplicate".to_owned(),
            Action::Trimmed => "this would be taken out of its text".to_owned(),
            Action::Normalized => "its text would be put in normal form".to_owned(),
            _ => format!("would be kept whole{reason}"),
        };
        return format!("marked, its text as it came; {would}");
    }
    let reason = of(receipt).unwrap_or_default();
    match receipt.action {
        Action::Trimmed => "kept, with this taken out of its text".into(),
        Action::Normalized => "kept, with its text put in normal form".into(),
        Action::Passed => "kept; its text is as it came".into(),
        Action::KeptWhole => format!("kept whole{reason}"),
        Action::Removed => "removed as a duplicate".into(),
        Action::SetAside => format!("set aside{reason}"),
        Action::Blank => "an empty line".into(),
    }
}

/// What went in favour of the document: the first of it, and how much there is.
fn told_covered(covered: &Covered, style: Style, out: &mut String) {
    if covered.in_all == 0 {
        return;
    }
    let _ = writeln!(out, "covers {}", counted(covered.in_all, "document", "documents"));
    for row in &covered.first {
        let scores = format!(
            "{}  Jaccard {:.3}, {:.1} % of it inside",
            escape(&row.origin.to_string()),
            row.jaccard,
            100.0 * row.containment
        );
        let _ = writeln!(out, "{:>11}  {}  {}", escape(&row.kind), escape(&row.id), style.dim(&scores));
    }
    let more = covered.in_all - covered.first.len() as u64;
    if more > 0 {
        let _ = writeln!(out, "  and {} more; tamis report --cluster has all", grouped(more));
    }
}

fn told_removal(edit: &EditReceipt, found: &Explanation, style: Style, out: &mut String) {
    let text = &found.text;
    let told = evidence(edit, &found.inputs);
    let _ = writeln!(out, "\n  {}  {}", style.bold(&escape(&edit.rule)), style.dim(&told));
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
    let told: Vec<String> = parts.iter().map(|(rule, times)| format!("{} × {times}", escape(rule))).collect();
    let _ = writeln!(out, "\n  {}  {}", style.bold("put in normal form"), told.join(", "));
}

fn told_duplicate(duplicate: &Duplicate, style: Style, out: &mut String) {
    let row = &duplicate.row;
    let _ = writeln!(
        out,
        "  {} of {}  {}",
        escape(&row.kind),
        style.bold(&escape(&row.survivor)),
        style.dim(&escape(&row.survivor_origin.to_string()))
    );
    if let (Some(alike), Some(inside)) = (row.alignment, row.alignment_containment) {
        let _ = writeln!(out, "  aligned {alike:.3} · {:.1} % of it inside its survivor", 100.0 * inside);
    }
    let _ = writeln!(
        out,
        "  Jaccard {:.3} · {:.1} % of it inside its survivor, {:.1} % of its survivor inside it · {} of {} shared · {} in a row of its own at most\n",
        row.jaccard,
        100.0 * row.containment,
        100.0 * survivor_containment(row),
        row.shared_paragraphs,
        counted(row.paragraphs.into(), "paragraph", "paragraphs"),
        counted(row.novel_words.into(), "word", "words")
    );
    if row.reference {
        let told = "its survivor is of the reference set, whose texts the report does not hold\n";
        out.push_str(&style.dim(told));
        return;
    }
    match &duplicate.difference {
        Some(blocks) => told_difference(blocks, style, out),
        None => out.push_str(&style.dim("its survivor's text is not at hand\n")),
    }
}

/// What both have on a line of its own, folded; what one of them has line by line, with its words marked.
fn told_difference(blocks: &[Block], style: Style, out: &mut String) {
    for block in blocks {
        match block {
            Block::Shared { paragraphs, text } => {
                let what = counted(*paragraphs as u64, "paragraph", "paragraphs");
                let told = format!("  = {what} in both: {}", shown(&folded(text)));
                let _ = writeln!(out, "{}", style.dim(&told));
            }
            Block::Differing { removed, survivor } => {
                told_side('-', removed, |text| style.removed(text), out);
                told_side('+', survivor, |text| style.added(text), out);
            }
        }
    }
    out.push_str(&style.dim(&format!(
        "\n  {} only in the removed one, {} only in its survivor; both as they were compared\n",
        style.removed("so"),
        style.added("so")
    )));
}

fn told_side(sign: char, pieces: &[Piece], mark: impl Fn(&str) -> String, out: &mut String) {
    if pieces.is_empty() {
        return;
    }
    let mut line = format!("  {sign} ");
    for piece in pieces {
        for (number, part) in piece.text.split('\n').enumerate() {
            if number > 0 {
                let _ = writeln!(out, "{line}");
                line = format!("  {sign} ");
            }
            let part = escape(part);
            line.push_str(&if piece.only_here && !part.is_empty() { mark(&part) } else { part });
        }
    }
    let _ = writeln!(out, "{line}");
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

/// What spoke for a removal, in words.
fn evidence(edit: &EditReceipt, inputs: &BTreeMap<u64, String>) -> String {
    let value = |name: &str| edit.evidence[name].as_u64().unwrap_or(0);
    let number = |name: &str| grouped(value(name));
    let of = |name: &str, one, many| counted(value(name), one, many);
    let word = |name: &str| escape(edit.evidence[name].as_str().unwrap_or_default());
    let told = match edit.evidence["kind"].as_str() {
        Some("always") => "the rule holds wherever it stands".to_owned(),
        Some("end") => "nothing that is kept follows it".to_owned(),
        Some("edge") => "it stands at the head or the tail".to_owned(),
        Some("recurs") => format!("it recurs in {}", of("contexts", "context", "contexts")),
        Some("furniture") => "it stands among furniture lines".to_owned(),
        Some("judgement") => "a judgement that was asked for".to_owned(),
        Some("structure") => "the form of the text around it tells".to_owned(),
        Some("heading") => "it stands in the list below a heading that goes".to_owned(),
        Some("learned") => format!(
            "learned ({}): it stands in {}, {}",
            word("rule"),
            of("documents", "document", "documents"),
            of("contexts", "context", "contexts")
        ),
        Some("repeated") => format!(
            "it stays in record {} of {}",
            number("record"),
            inputs.get(&value("file")).map_or_else(|| "another input".to_owned(), |name| escape(name))
        ),
        Some(_) => escape(&edit.evidence.to_string()),
        None => return escape(&edit.category),
    };
    format!("{} · {told}", escape(&edit.category))
}

fn tail(text: &str) -> &str {
    let start = text.char_indices().rev().take(CONTEXT).last().map_or(text.len(), |(at, _)| at);
    &text[start..]
}

fn head(text: &str) -> &str {
    let end = text.char_indices().nth(CONTEXT).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

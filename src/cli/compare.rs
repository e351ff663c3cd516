//! `tamis compare`: two reports on the same input, and what they decide differently.

use std::path::PathBuf;

use clap::Args;
use tamis::error::escape;
use tamis::report::compare::{Compared, Example, compare};

use super::End;
use super::terminal::{self, Style, grouped, noun, print, print_json};

/// What two reports on the same input decide differently: with other settings, or of another version.
#[derive(Args)]
pub(crate) struct Compare {
    /// The first report's folder
    #[arg(value_name = "A")]
    a: PathBuf,
    /// The second report's folder
    #[arg(value_name = "B")]
    b: PathBuf,
    /// Examples to show of each kind
    #[arg(long, value_name = "N", default_value_t = 3)]
    top: usize,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl Compare {
    pub(crate) fn run(&self) -> anyhow::Result<End> {
        let found = compare(&self.a, &self.b, self.top)?;
        if self.json {
            print_json(&found)?;
        } else {
            print(&told(&found, Style::of_stdout()))?;
        }
        Ok(End::Clean)
    }
}

/// The counts, with the words for each; in this order.
fn counts(found: &Compared) -> [(&'static str, u64, &'static str); 8] {
    [
        ("removed_only_by_a", found.removed_only_by_a, "removed only by A"),
        ("removed_only_by_b", found.removed_only_by_b, "removed only by B"),
        ("other_survivor", found.other_survivor, "removed by both, in favour of different documents"),
        ("other_kind", found.other_kind, "removed by both, as different kinds"),
        ("other_guard", found.other_guard, "kept whole by only one"),
        ("other_reading", found.other_reading, "read by only one"),
        (
            "changed_only_by_a",
            found.rules.values().map(|rule| rule.only_a).sum(),
            "changes of a text only by A",
        ),
        (
            "changed_only_by_b",
            found.rules.values().map(|rule| rule.only_b).sum(),
            "changes of a text only by B",
        ),
    ]
}

fn told(found: &Compared, style: Style) -> String {
    let mut lines: Vec<String> = found
        .settings
        .iter()
        .map(|setting| {
            let shown =
                |value: &serde_json::Value| escape(&value.to_string().chars().take(80).collect::<String>());
            format!("setting  {}: A {}, B {}", setting.name, shown(&setting.a), shown(&setting.b))
        })
        .collect();
    let row = |number: u64, one, many| format!("{:>10}  {}", grouped(number), noun(number, one, many));
    lines.push(row(found.records, "record", "records"));
    lines.push(row(found.removed_by_both, "document removed by both", "documents removed by both"));
    lines.push(row(
        found.other_text,
        "document kept by both, with different texts",
        "documents kept by both, with different texts",
    ));
    for (what, number, words) in counts(found) {
        if number == 0 {
            continue;
        }
        lines.extend([String::new(), style.bold(&format!("{:>10}  {words}", grouped(number)))]);
        if what.starts_with("changed") {
            let of = |rule: &tamis::report::compare::RuleDifference| {
                if what.ends_with('a') { rule.only_a } else { rule.only_b }
            };
            let rules = found.rules.iter().filter(|(_, rule)| of(rule) > 0);
            lines.extend(rules.map(|(name, rule)| format!("{:>10}  {}", grouped(of(rule)), escape(name))));
        }
        lines.extend(
            found.examples.iter().filter(|example| example.what == what).map(|example| shown(example, style)),
        );
    }
    if found.removed_only_by_a
        + found.removed_only_by_b
        + found.other_survivor
        + found.other_text
        + found.other_reading
        == 0
    {
        lines.push("both decide the same".to_owned());
    }
    lines.join("\n") + "\n"
}

fn shown(example: &Example, style: Style) -> String {
    let text = terminal::shown(&example.text);
    let head = format!("  {}  {}", style.bold(&escape(&example.id)), style.dim(&escape(&example.origin)));
    let said = if example.what.starts_with("changed") {
        format!("    {} {}", escape(&example.a), escape(&example.b))
    } else {
        format!("    A {}\n    B {}", escape(&example.a), escape(&example.b))
    };
    if text.is_empty() { format!("{head}\n{said}") } else { format!("{head}\n{said}\n    {text}") }
}

//! `tamis report`: a report read again, for a person at a terminal, for a program, or as a page.

use std::path::{Path, PathBuf};

use clap::Args;
use tamis::error::{Error, Result, escape};
use tamis::report::clusters::ground;
use tamis::report::folder::read_summary;
use tamis::report::html;
use tamis::report::inert::inert_json;
use tamis::report::overview::{Overview, SourceView, cluster_of, overview, source};
use tamis::report::rows::DuplicateRow;
use tamis::report::sources::ALARM_SHARE;
use tamis::report::texts::OfRun;
use tamis::write::staging::Staging;

use super::End;
use super::sample::Sampling;
use super::summary::{
    became, example, files, marked, row, sampled, source_line, stripped, unranked, wiped_out,
};
use super::terminal::{Style, grouped, noun, print, say, share, size};

/// Read a report: what came in, what became of it, and why.
#[derive(Args)]
#[command(
    after_help = "Without further options the whole report at a glance. Exit codes: 0 told; 2 wrong usage; 5 the report, or what is \
asked for, is not there; 6 refused as unsafe."
)]
pub(crate) struct Report {
    /// The report's folder
    #[arg(value_name = "REPORT", required_unless_present = "marked")]
    folder: Option<PathBuf>,
    /// How much of each list is told
    #[arg(long, value_name = "N", default_value_t = 5)]
    top: usize,
    /// Only the cluster of one document, survivor or removed, by id or PATH:RECORD
    #[arg(long, value_name = "ID", conflicts_with = "source")]
    cluster: Option<String>,
    /// Only one source: a site, or a file or folder as it was named
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// As one JSON object
    #[arg(long)]
    json: bool,
    /// Write the report's page anew to a file; - is standard output
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "cluster", "source"])]
    html: Option<PathBuf>,
    /// Where the cleaned output stands now, if it was moved or went to standard output (--html, --sample)
    #[arg(long, value_name = "OUT")]
    from: Option<PathBuf>,
    /// A source that lost more than this share of its documents, or of its text, is told first
    #[arg(long, value_name = "SHARE", default_value_t = ALARM_SHARE)]
    alarm: f64,
    #[command(flatten)]
    sampling: Sampling,
}

impl Report {
    pub(crate) fn run(&self) -> anyhow::Result<End> {
        if !(0.0..=1.0).contains(&self.alarm) {
            return Err(Error::Usage(format!("--alarm {} is no share; it is from 0 to 1", self.alarm)).into());
        }
        if let Some(end) = self.sampling.run(self.folder(), self.from.as_deref(), self.json)? {
            return Ok(end);
        }
        match (&self.html, &self.cluster, &self.source) {
            (Some(page), ..) => self.write_page(page)?,
            (_, Some(id), _) => print(&self.cluster(id)?)?,
            (.., Some(name)) => print(&self.source(name)?)?,
            _ => print(&self.glance()?)?,
        }
        Ok(End::Clean)
    }

    fn folder(&self) -> &Path {
        self.folder.as_deref().unwrap_or(Path::new(""))
    }

    fn write_page(&self, file: &Path) -> anyhow::Result<()> {
        refuse_other_files(file)?;
        let summary = read_summary(self.folder())?;
        let mut texts = OfRun::new(self.folder(), self.from.as_deref());
        let page = html::page(self.folder(), &summary, &mut texts, self.alarm)?;
        if file == Path::new("-") {
            return Ok(print(&page)?);
        }
        let staging = Staging::file(file)?;
        std::fs::write(staging.single(), page).map_err(Error::io("write", file))?;
        staging.publish()?;
        say(&format!("page          {}", escape(&file.to_string_lossy())));
        Ok(())
    }

    fn glance(&self) -> Result<String> {
        let overview = overview(self.folder(), self.top, self.alarm)?;
        if self.json {
            return json_line(&overview);
        }
        Ok(glance(&overview, self.folder(), Style::of_stdout()))
    }

    fn cluster(&self, id: &str) -> Result<String> {
        let rows = cluster_of(self.folder(), id)?;
        if rows.is_empty() {
            return Err(self.unknown("it knows no duplicate", id, "an id or PATH:RECORD"));
        }
        if self.json {
            return json_line(&serde_json::json!({ "removals": rows }));
        }
        Ok(cluster(&rows, Style::of_stdout()))
    }

    fn source(&self, name: &str) -> Result<String> {
        let found = source(self.folder(), name, self.top)?;
        if found.is_empty() {
            return Err(self.unknown(
                "it knows no source",
                name,
                "a site, or a file or folder as it was named,",
            ));
        }
        if self.json {
            return json_line(&serde_json::json!({ "sources": found }));
        }
        let style = Style::of_stdout();
        Ok(found.iter().map(|view| one_source(view, style)).collect())
    }

    fn unknown(&self, what: &str, name: &str, wanted: &str) -> Error {
        Error::Report {
            path: self.folder().to_path_buf(),
            reason: format!("{what} {}; {wanted} is wanted", escape(name)),
        }
    }
}

/// A page may replace a page, and nothing else.
fn refuse_other_files(file: &Path) -> Result<()> {
    let head = std::fs::File::open(file).map(|open| {
        let mut head = String::new();
        // What cannot be read as text is no page.
        let _ = std::io::Read::read_to_string(&mut std::io::Read::take(open, 4096), &mut head);
        head
    });
    match head {
        Ok(head) if !html::is_page(&head) => Err(Error::Unsafe(format!(
            "{} is there and is no page of a report; name another file",
            escape(&file.to_string_lossy())
        ))),
        _ => Ok(()),
    }
}

fn json_line(value: &impl serde::Serialize) -> Result<String> {
    Ok(inert_json(value, |_| false)? + "\n")
}

fn glance(overview: &Overview, report: &Path, style: Style) -> String {
    let mut lines = Vec::new();
    let summary = &overview.summary;
    let read = format!(
        "{} from {} · {} of text",
        noun(summary.counts.read, "record", "records"),
        files(summary.inputs.len() as u64),
        size(summary.counts.text_bytes_in)
    );
    lines.push(row("read", summary.counts.read, &read, style));
    became(&summary.counts, style, &mut lines);
    marked(summary, style, &mut lines);
    wiped_out(&overview.wiped_out, style, &mut lines);
    stripped(summary, style, &mut lines);
    sampled(summary, style, &mut lines);
    most_frequent(overview, style, &mut lines);
    duplicates(overview, style, &mut lines);
    let counts = serde_json::from_value(summary.group.clone()).unwrap_or_default();
    lines.extend(unranked(&summary.config, &counts));
    sources(overview, style, &mut lines);
    problems(overview, style, &mut lines);
    let path = escape(&report.components().collect::<PathBuf>().to_string_lossy());
    lines.push(String::new());
    lines.push(style.dim(&format!("as a page     {path}/index.html")));
    lines.push(style.dim(&format!("look closer   tamis explain {path} ID")));
    lines.join("\n") + "\n"
}

fn heading(name: &str, style: Style, lines: &mut Vec<String>) {
    lines.push(String::new());
    lines.push(style.bold(name));
}

fn more(all: u64, shown: usize, name: &str, style: Style, lines: &mut Vec<String>) {
    if all > shown as u64 {
        lines.push(style.dim(&format!("{:>10}  more, in {name}", grouped(all - shown as u64))));
    }
}

fn most_frequent(overview: &Overview, style: Style, lines: &mut Vec<String>) {
    if overview.lines.is_empty() {
        return;
    }
    heading("lines, the most frequent", style, lines);
    for line in &overview.lines {
        let rule = style.dim(&escape(&line.rule));
        lines.push(format!("{:>10}  {}  {rule}", grouped(line.removals), example(&line.text)));
    }
    more(overview.all_lines, overview.lines.len(), "lines.jsonl", style, lines);
}

fn duplicates(overview: &Overview, style: Style, lines: &mut Vec<String>) {
    if overview.least_alike.is_empty() {
        return;
    }
    heading("duplicates, of each kind the least like their survivor", style, lines);
    lines.extend(overview.least_alike.iter().map(|row| removal_line(row, style)));
    more(overview.clusters.removed, overview.least_alike.len(), "duplicates.jsonl", style, lines);
    if overview.clusters.largest > 2 {
        heading("clusters, the largest", style, lines);
    }
    for cluster in overview.largest.iter().filter(|cluster| cluster.size > 2) {
        let told = format!("documents, the least alike at {:.3}", cluster.least);
        lines.push(format!(
            "{:>10}  {}  {}",
            grouped(cluster.size),
            escape(&cluster.survivor.0),
            style.dim(&told)
        ));
    }
}

fn removal_line(row: &DuplicateRow, style: Style) -> String {
    let scores = format!("Jaccard {:.3}, {:.1} % of it inside", row.jaccard, 100.0 * row.containment);
    format!(
        "{:>10}  {:.3}  {} is covered by {}  {}",
        escape(&row.kind),
        ground(row),
        escape(&row.id),
        escape(&row.survivor),
        style.dim(&scores)
    )
}

fn sources(overview: &Overview, style: Style, lines: &mut Vec<String>) {
    if overview.sources.is_empty() {
        return;
    }
    heading("sources, the largest", style, lines);
    lines.extend(overview.sources.iter().map(|row| source_line(row, style)));
    more(overview.all_sources, overview.sources.len(), "sources.jsonl", style, lines);
}

fn problems(overview: &Overview, style: Style, lines: &mut Vec<String>) {
    if overview.problems.is_empty() {
        return;
    }
    heading("problems", style, lines);
    lines.extend(overview.problems.iter().map(|problem| format!("            {}", problem.message())));
    more(overview.all_problems, overview.problems.len(), "problems.jsonl", style, lines);
}

fn cluster(rows: &[DuplicateRow], style: Style) -> String {
    let mut lines = Vec::new();
    let survivor =
        |row: &DuplicateRow| (row.survivor_origin.path.clone(), row.survivor_origin.record, row.reference);
    for members in rows.chunk_by(|a, b| survivor(a) == survivor(b)) {
        let Some(first) = members.first() else { continue };
        let place = if first.reference { "kept, of the reference set" } else { "kept" };
        lines.push(format!(
            "{}  {}  {place}",
            style.bold(&escape(&first.survivor)),
            style.dim(&escape(&first.survivor_origin.to_string()))
        ));
        lines.extend(members.iter().map(|row| member_line(row, style)));
        lines.push(String::new());
    }
    lines.pop();
    lines.join("\n") + "\n"
}

fn member_line(row: &DuplicateRow, style: Style) -> String {
    let scores = format!(
        "Jaccard {:.3}, {:.1} % of it inside, {} of {} paragraphs shared",
        row.jaccard,
        100.0 * row.containment,
        row.shared_paragraphs,
        row.paragraphs
    );
    let origin = escape(&row.origin.to_string());
    format!("{:>10}  {}  {}", escape(&row.kind), escape(&row.id), style.dim(&format!("{origin}  {scores}")))
}

fn one_source(view: &SourceView, style: Style) -> String {
    let counts = &view.row.counts;
    let mut lines = vec![style.bold(&escape(&view.row.source))];
    let documents = noun(counts.documents, "document", "documents");
    let read = format!("{documents} · {} of text", size(counts.text_bytes_in));
    lines.push(row("read", counts.documents, &read, style));
    let kept = format!(
        "{} of text · {} trimmed by {} ({})",
        size(counts.text_bytes_out),
        grouped(counts.trimmed),
        size(counts.stripped_bytes),
        share(counts.stripped_bytes, counts.text_bytes_in)
    );
    lines.push(row("kept", counts.kept, &kept, style));
    let removed = format!(
        "{} of them · {} exact, {} near, {} contained",
        share(counts.removed(), counts.documents),
        grouped(counts.exact),
        grouped(counts.near),
        grouped(counts.contained)
    );
    lines.push(row("removed", counts.removed(), &removed, style));
    lines.extend(view.removals.iter().map(|row| removal_line(row, style)));
    more(counts.removed(), view.removals.len(), "duplicates.jsonl", style, &mut lines);
    lines.join("\n") + "\n"
}

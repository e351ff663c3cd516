//! What a run would take, told in a few lines.

use std::path::Path;

use tamis::budget::Budget;
use tamis::config::Config;
use tamis::error::{Error, Result, escape};
use tamis::estimate::{Estimate, estimate, free_space};
use tamis::job::{Job, Output};

use super::terminal::{Style, grouped, print, say as say_line, size};

/// Seconds in a minute and in an hour, from which on a time is told in these.
const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;

/// Prints the estimate of a run, as a result.
pub(crate) fn tell(config: &Config, job: &Job) -> anyhow::Result<()> {
    let told = render(&estimate(config, job)?, job, Style::of_stdout());
    Ok(print(&(told + "\n"))?)
}

/// Says the estimate of a run before it begins, or why there is none. The run was found to be in order before.
pub(crate) fn say(config: &Config, job: &Job) -> Result<()> {
    match estimate(config, job) {
        Ok(found) => say_line(&(render(&found, job, Style::of_stderr()) + "\n")),
        Err(Error::Usage(why)) => say_line(&escape(&why)),
        Err(other) => return Err(other),
    }
    Ok(())
}

/// The lines of an estimate.
fn render(estimate: &Estimate, job: &Job, style: Style) -> String {
    let rough = if estimate.is_rough { "; packed files from their start only, so rougher" } else { "" };
    let (bytes, pieces) = estimate.sampled;
    let pieces = if pieces == 1 { "one piece".to_owned() } else { format!("{} pieces", grouped(pieces)) };
    let head = format!("estimate, from {} in {pieces}{rough}", size(bytes));
    let mut lines = vec![style.bold(&head)];
    lines.push(format!("  input      {}", input(estimate)));
    lines.push(format!("  memory     {}", memory(estimate, job)));
    lines.push(format!("  temporary  {}", room(estimate.temporary, &job.temp_dir, style)));
    lines.extend(outputs(estimate, job, style));
    lines.push(format!("  time       {} with {}", times(estimate.seconds), threads(job)));
    lines.join("\n")
}

fn input(estimate: &Estimate) -> String {
    let (on_disk, unpacked) = estimate.input;
    let files =
        if estimate.files == 1 { "1 file".to_owned() } else { format!("{} files", grouped(estimate.files)) };
    let packed = if estimate.is_rough { format!(", {} unpacked", size(unpacked)) } else { String::new() };
    format!(
        "about {} documents in {files} of {}{packed}",
        grouped(rounded(estimate.documents)),
        size(on_disk)
    )
}

fn memory(estimate: &Estimate, job: &Job) -> String {
    let peak = mebibytes(estimate.memory);
    let for_all = format!("--memory {}", mebibytes(estimate.memory_for_all));
    if job.memory > 0 && estimate.memory > job.memory + job.memory / 5 {
        let documents = "what is known of so many documents does not fit";
        return format!("{peak} at the peak, MORE than --memory {}: {documents}", mebibytes(job.memory));
    }
    let enough = estimate.memory_for_all <= job.memory;
    let what = if enough {
        "holds everything".to_owned()
    } else {
        format!("suffices with temporary files; {for_all} would hold everything")
    };
    format!("{peak} at the peak; --memory {} {what}", mebibytes(job.memory))
}

fn outputs(estimate: &Estimate, job: &Job, style: Style) -> Vec<String> {
    let Some(path) = job.output.as_ref().and_then(Output::path) else {
        return vec![format!("  output     {}", size(estimate.output))];
    };
    let report = if job.report.is_some() { estimate.report } else { 0 };
    let parts = [
        ("the records", estimate.output),
        ("the report", report),
        ("the journal, while it runs", estimate.journal),
    ];
    let told: Vec<String> = parts
        .iter()
        .filter(|part| part.1 > 0)
        .map(|(what, bytes)| format!("{what} {}", size(*bytes)))
        .collect();
    let all = parts.iter().map(|part| part.1).sum();
    vec![
        format!("  output     {}", room(all, path, style)),
        style.dim(&format!("             {}", told.join(", "))),
    ]
}

/// So many bytes beside what is free there.
fn room(bytes: u64, place: &Path, style: Style) -> String {
    let shown = escape(&place.to_string_lossy());
    match free_space(place) {
        Some(free) if free < bytes => {
            style.bold(&format!("{} in {shown}: NOT ENOUGH, {} are free", size(bytes), size(free)))
        }
        Some(free) => format!("{} in {shown}, where {} are free", size(bytes), size(free)),
        None => format!("{} in {shown}", size(bytes)),
    }
}

fn threads(job: &Job) -> String {
    if job.threads.get() == 1 { "1 thread".into() } else { format!("{} threads", job.threads) }
}

/// Two digits that count: more would promise too much.
fn rounded(number: u64) -> u64 {
    let unit = 10_u64.pow(number.max(1).ilog10().saturating_sub(1));
    (number + unit / 2) / unit * unit
}

fn mebibytes(bytes: u64) -> String {
    let mebibytes = Budget::mebibytes(bytes);
    if mebibytes < 10_240 { format!("{mebibytes}MiB") } else { format!("{}GiB", mebibytes.div_ceil(1024)) }
}

fn times((least, most): (f64, f64)) -> String {
    let (least, most) = (time(least), time(most));
    if least == most { format!("about {most}") } else { format!("{least} to {most}") }
}

fn time(seconds: f64) -> String {
    if seconds < 2.0 * MINUTE {
        format!("{:.0} s", seconds.max(1.0))
    } else if seconds < 2.0 * HOUR {
        format!("{:.0} min", seconds / MINUTE)
    } else {
        format!("{:.1} h", seconds / HOUR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_digits_are_told() {
        assert_eq!([0, 7, 99, 123, 14_315].map(rounded), [0, 7, 99, 120, 14_000]);
        assert_eq!([0.2, 119.0, 130.0, 9000.0].map(time), ["1 s", "119 s", "2 min", "2.5 h"]);
        assert_eq!([(0.2, 0.6), (1.0, 3.0)].map(times), ["about 1 s", "1 s to 3 s"]);
    }
}

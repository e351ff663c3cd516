//! What one run of a program took.

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, ensure};
use wait4::Wait4;

/// What one run took.
pub(crate) struct Run {
    /// Seconds from start to end.
    pub(crate) wall: f64,
    /// Seconds of CPU, of the program and of the system on its behalf, over all threads.
    pub(crate) cpu: f64,
    /// Most memory that was resident at once, in bytes.
    pub(crate) peak: u64,
}

/// Runs a program to its end, and fails where it fails.
///
/// The peak counts what this process has resident when it starts the other, so nothing large may be held here.
pub(crate) fn measure(command: &mut Command) -> anyhow::Result<Run> {
    let name = command.get_program().to_string_lossy().into_owned();
    let begun = Instant::now();
    let mut child =
        command.stdin(Stdio::null()).spawn().with_context(|| format!("failed to start {name}"))?;
    let end = child.wait4().with_context(|| format!("failed to wait for {name}"))?;
    let wall = begun.elapsed().as_secs_f64();
    ensure!(end.status.success(), "{name} failed: {}", end.status);
    let used = end.rusage;
    Ok(Run { wall, cpu: (used.utime + used.stime).as_secs_f64(), peak: used.maxrss })
}

/// The value in the middle of `of` over all runs; the mean of the two there, where their number is even.
pub(crate) fn median<T>(runs: &[T], of: impl Fn(&T) -> f64) -> f64 {
    let mut values: Vec<f64> = runs.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

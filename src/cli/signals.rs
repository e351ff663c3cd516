//! Ctrl-C and its kin end a run between two shards; what was staged is taken away.

use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use tamis::job::Stop;

/// What comes sooner after the first is the same wish: `timeout` and job managers send a signal to the process and to its group.
const SAME_WISH: Duration = Duration::from_millis(500);

/// Lets SIGINT and SIGTERM raise `stop`. A second one, half a second later or more, ends the process at once.
pub(crate) fn watch(stop: &Stop) {
    for signal in [SIGINT, SIGTERM] {
        let raised = stop.clone();
        let Ok(mut signals) = signal_hook::iterator::Signals::new([signal]) else { continue };
        std::thread::spawn(move || {
            let mut first = None;
            for _ in signals.forever() {
                let first = *first.get_or_insert_with(Instant::now);
                if first.elapsed() >= SAME_WISH {
                    std::process::exit(128 + signal);
                }
                raised.raise(signal);
            }
        });
    }
}

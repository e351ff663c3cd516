//! Ctrl-C and its kin end a run between two shards; what was staged is taken away.

use signal_hook::consts::{SIGINT, SIGTERM};
use tamis::job::Stop;

/// Lets SIGINT and SIGTERM raise `stop`. A second one ends the process at once.
pub(crate) fn watch(stop: &Stop) {
    for signal in [SIGINT, SIGTERM] {
        let raised = stop.clone();
        let Ok(mut signals) = signal_hook::iterator::Signals::new([signal]) else { continue };
        std::thread::spawn(move || {
            for (times, _) in signals.forever().enumerate() {
                if times > 0 {
                    std::process::exit(128 + signal);
                }
                raised.raise(signal);
            }
        });
    }
}

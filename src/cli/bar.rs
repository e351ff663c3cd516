//! A progress bar for each stage, on a terminal; nothing on a pipe.

use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tamis::progress::{Stage, Watch};

const WITH_LENGTH: &str = "{prefix:>12} [{bar:30}] {decimal_bytes:>10} of {decimal_total_bytes} · {decimal_bytes_per_sec} · {eta} left";
const WITHOUT_LENGTH: &str = "{prefix:>12} {spinner} {elapsed}";

/// Shows how far a run is.
#[derive(Default)]
pub(crate) struct Bar {
    shown: Mutex<Option<ProgressBar>>,
}

impl Watch for Bar {
    fn begin(&self, stage: Stage, bytes: Option<u64>) {
        let bar =
            ProgressBar::with_draw_target(bytes.filter(|bytes| *bytes > 0), ProgressDrawTarget::stderr());
        let template = if bytes.is_some_and(|bytes| bytes > 0) { WITH_LENGTH } else { WITHOUT_LENGTH };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("█▌ "));
        }
        bar.set_prefix(stage.as_str());
        bar.enable_steady_tick(Duration::from_millis(200));
        self.replace(Some(bar));
    }

    fn advance(&self, bytes: u64) {
        if let Ok(shown) = self.shown.lock()
            && let Some(bar) = shown.as_ref()
        {
            // A packed input is larger than its file: the goal moves along.
            if bar.length().is_some_and(|length| bar.position() + bytes > length) {
                bar.set_length(bar.position() + bytes);
            }
            bar.inc(bytes);
        }
    }

    fn end(&self) {
        self.replace(None);
    }

    fn note(&self, message: &str) {
        if let Ok(shown) = self.shown.lock()
            && let Some(bar) = shown.as_ref()
        {
            bar.suspend(|| super::terminal::say(message));
        }
    }
}

impl Bar {
    fn replace(&self, next: Option<ProgressBar>) {
        if let Ok(mut shown) = self.shown.lock()
            && let Some(bar) = std::mem::replace(&mut *shown, next)
        {
            bar.finish_and_clear();
        }
    }
}

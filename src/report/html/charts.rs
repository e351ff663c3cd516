//! Charts of the page: bars over a scale, drawn as SVG. Their classes get colours from the style sheet, for day and night.

use std::fmt::Write as _;

use crate::report::clusters::{BARS, ClusterTotals, SIZE_BANDS};
use crate::report::figures::grouped;

const HEIGHT: f64 = 150.0;
const BELOW: f64 = 22.0;
const ABOVE: f64 = 18.0;
/// Height of the least bar that stands for something.
const LEAST: f64 = 1.5;

/// How alike near and contained duplicates are to their survivors: a bar for every two hundredths of Jaccard, with
/// the threshold. Equal documents are all at 1, and would hide the others.
pub(super) fn similarity(totals: &ClusterTotals, threshold: f64, width: f64) -> String {
    let (near, contained) = (&totals.similarity[1], &totals.similarity[2]);
    let sums: Vec<u64> = near.iter().zip(contained).map(|(near, contained)| near + contained).collect();
    let most = sums.iter().copied().max().unwrap_or(0).max(1);
    // From the tenth below the first bar.
    let first =
        sums.iter().position(|sum| *sum > 0).unwrap_or(BARS * 4 / 5).min((threshold * BARS as f64) as usize);
    let first = first / 5 * 5;
    let step = width / (BARS - first) as f64;
    let mut out = String::new();
    for bar in first..BARS {
        let x = (bar - first) as f64 * step;
        let below = rect(&mut out, "near", (x, step), 0.0, near[bar], most);
        rect(&mut out, "contained", (x, step), below, contained[bar], most);
    }
    baseline(&mut out, width);
    for tenth in (first..=BARS).step_by(5) {
        let x = (tenth - first) as f64 * step;
        tick(&mut out, x, width, &format!("{:.1}", tenth as f64 / BARS as f64));
    }
    let at = (threshold * BARS as f64 - first as f64) * step;
    threshold_line(&mut out, at, threshold);
    framed(
        &out,
        width,
        "How alike near and contained duplicates are to their survivors; the table below has the numbers",
    )
}

fn threshold_line(out: &mut String, at: f64, threshold: f64) {
    // Beside the line where there is room for it.
    let (x, anchor) = if at < 90.0 { (at + 5.0, "start") } else { (at - 5.0, "end") };
    let _ = write!(
        out,
        "<path class=\"threshold\" d=\"M{at:.1} 0V{:.1}\"/>\
         <text class=\"threshold\" x=\"{x:.1}\" y=\"10\" text-anchor=\"{anchor}\">threshold {threshold}</text>",
        ABOVE + HEIGHT
    );
}

/// How many clusters there are of each size.
pub(super) fn sizes(totals: &ClusterTotals, width: f64) -> String {
    let most = totals.sizes.iter().copied().max().unwrap_or(0).max(1);
    let bands = totals.sizes.iter().rposition(|clusters| *clusters > 0).map_or(1, |last| last + 1);
    let step = width / bands.max(5) as f64;
    let mut out = String::new();
    for (band, clusters) in totals.sizes.iter().take(bands).enumerate() {
        let x = band as f64 * step;
        let height = rect(&mut out, "size", (x + step * 0.12, step * 0.76), 0.0, *clusters, most);
        let (middle, top) = (x + step / 2.0, ABOVE + HEIGHT - height - 5.0);
        if *clusters > 0 {
            let _ = write!(
                out,
                "<text x=\"{middle:.1}\" y=\"{top:.1}\" text-anchor=\"middle\" class=\"number\">{}</text>",
                grouped(*clusters)
            );
        }
        let _ = write!(
            out,
            "<text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            ABOVE + HEIGHT + 15.0,
            band_name(band)
        );
    }
    baseline(&mut out, width);
    framed(&out, width, "How many clusters there are of each size; the table below has the numbers")
}

/// The sizes of a band in words.
pub(super) fn band_name(band: usize) -> String {
    let least = SIZE_BANDS[band];
    match SIZE_BANDS.get(band + 1) {
        Some(next) if *next == least + 1 => least.to_string(),
        Some(next) => format!("{least}–{}", next - 1),
        None => format!("over {}", least - 1),
    }
}

fn rect(out: &mut String, class: &str, (x, step): (f64, f64), below: f64, count: u64, most: u64) -> f64 {
    if count == 0 {
        return below;
    }
    let height = (HEIGHT * count as f64 / most as f64).max(LEAST);
    let y = ABOVE + HEIGHT - below - height;
    let gap = if step > 4.0 { 1.0 } else { 0.0 };
    let _ = write!(
        out,
        "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{height:.1}\"/>",
        step - gap
    );
    below + height
}

fn baseline(out: &mut String, width: f64) {
    let _ = write!(out, "<path class=\"axis\" d=\"M0 {0:.1}H{width:.1}\"/>", ABOVE + HEIGHT);
}

fn tick(out: &mut String, x: f64, width: f64, name: &str) {
    let anchor = match x {
        x if x < 4.0 => "start",
        x if x > width - 4.0 => "end",
        _ => "middle",
    };
    let _ = write!(
        out,
        "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{name}</text>",
        ABOVE + HEIGHT + 15.0
    );
}

fn framed(content: &str, width: f64, label: &str) -> String {
    format!(
        "<svg class=\"chart\" viewBox=\"0 0 {width} {:.0}\" role=\"img\" aria-label=\"{label}\">{content}</svg>",
        ABOVE + HEIGHT + BELOW
    )
}

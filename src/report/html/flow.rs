//! The flow of the documents, from what was read to what became of it, as a picture.

use std::fmt::Write as _;

use crate::report::figures::grouped;
use crate::report::summary::Counts;

/// A stream's least width, so that a handful in a million can be seen.
const LEAST: f64 = 2.0;
/// Room for a label of two lines.
const SLOT: f64 = 38.0;
const GAP: f64 = 8.0;
const BAR: f64 = 10.0;
/// Height of all streams together.
const BODY: f64 = 230.0;

/// The picture, `width` units wide: read, what became of it, and how. A narrow one leaves the second out.
pub(super) fn svg(counts: &Counts, width: f64, is_narrow: bool) -> String {
    let streams = streams(counts);
    let height = streams.last().map_or(SLOT, |last| last.end_top + last.height.max(SLOT));
    let total: f64 = streams.iter().map(|stream| stream.height).sum();
    let left_top = (height - total) / 2.0;
    let groups = if is_narrow { Vec::new() } else { groups(&streams, height) };
    let (middle, last) = (width * 0.42, width * if is_narrow { 0.5 } else { 0.78 });
    let mut out = String::new();
    let mut from = (BAR, left_top);
    for stream in &streams {
        let to = (last, stream.end_top);
        match groups.iter().find(|group| group.class == stream.class) {
            Some(group) => {
                let through = group.top + stream.within_group;
                band(&mut out, stream, from, (middle, through));
                band(&mut out, stream, (middle + BAR, through), to);
            }
            None => band(&mut out, stream, from, to),
        }
        from.1 += stream.height;
        node(&mut out, (last, stream.end_top), stream.height, (stream.class, stream.name, stream.count));
    }
    for group in &groups {
        node(&mut out, (middle, group.top), group.height, (group.class, group.name(), group.count));
    }
    node(&mut out, (0.0, left_top), total, ("read", "read", counts.read));
    framed(&out, if is_narrow { "narrow" } else { "wide" }, width, height + 4.0)
}

fn framed(content: &str, class: &str, width: f64, height: f64) -> String {
    let label = "The flow of the documents; the table below has the numbers";
    format!(
        "<svg class=\"flow {class}\" viewBox=\"0 0 {width} {height:.0}\" role=\"img\" aria-label=\"{label}\">{content}</svg>"
    )
}

/// The documents that end in the same way.
struct Stream {
    name: &'static str,
    class: &'static str,
    count: u64,
    height: f64,
    /// Where it ends in the last column, and where in its group in the middle.
    end_top: f64,
    within_group: f64,
}

/// Streams of one class, where they pass the middle.
struct Group {
    class: &'static str,
    count: u64,
    top: f64,
    height: f64,
}

impl Group {
    fn name(&self) -> &'static str {
        match self.class {
            "kept" => "kept",
            "gone" => "removed",
            _ => "set aside",
        }
    }
}

/// The streams, one below the other, each with room for its label.
fn streams(counts: &Counts) -> Vec<Stream> {
    let scale = BODY / counts.read.max(1) as f64;
    let mut streams: Vec<Stream> = Vec::new();
    let mut end_top = 2.0;
    for (name, count, class) in ends(counts) {
        let height = (count as f64 * scale).max(LEAST);
        let of_group = streams.iter().filter(|stream| stream.class == class);
        let within_group = of_group.map(|stream| stream.height).sum();
        streams.push(Stream { name, class, count, height, end_top, within_group });
        end_top += height.max(SLOT) + GAP;
    }
    streams
}

fn groups(streams: &[Stream], height: f64) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for stream in streams {
        match groups.last_mut() {
            Some(group) if group.class == stream.class => {
                group.height += stream.height;
                group.count += stream.count;
            }
            _ => groups.push(Group {
                class: stream.class,
                count: stream.count,
                top: 0.0,
                height: stream.height,
            }),
        }
    }
    let needed: f64 = groups.iter().map(|group| group.height.max(SLOT) + 2.0 * GAP).sum();
    let mut top = ((height - needed) / 2.0 + GAP).max(2.0);
    for group in &mut groups {
        group.top = top;
        top += group.height.max(SLOT) + 2.0 * GAP;
    }
    groups
}

/// Ways to end, those that none took left out: name, count, class.
fn ends(counts: &Counts) -> impl Iterator<Item = (&'static str, u64, &'static str)> {
    let as_they_came = counts.kept.saturating_sub(counts.trimmed + counts.normalized + counts.kept_whole);
    let all = [
        ("kept as they came", as_they_came, "kept"),
        ("kept, in normal form", counts.normalized, "kept"),
        ("kept, trimmed", counts.trimmed, "kept"),
        ("kept whole by the guard", counts.kept_whole, "kept"),
        ("removed: exact copies", counts.exact, "gone"),
        ("removed: near-duplicates", counts.near, "gone"),
        ("removed: contained", counts.contained, "gone"),
        ("set aside, unreadable", counts.set_aside, "aside"),
    ];
    all.into_iter().filter(|(_, count, _)| *count > 0)
}

/// A stream from one column to the next.
fn band(out: &mut String, stream: &Stream, (x, y): (f64, f64), (to_x, to_y): (f64, f64)) {
    let (class, height) = (stream.class, stream.height);
    let (bend, low, to_low) = (f64::midpoint(x, to_x), y + height, to_y + height);
    let _ = write!(
        out,
        "<path class=\"stream {class}\" d=\"M{x:.1} {y:.1}C{bend:.1} {y:.1} {bend:.1} {to_y:.1} {to_x:.1} {to_y:.1}\
         V{to_low:.1}C{bend:.1} {to_low:.1} {bend:.1} {low:.1} {x:.1} {low:.1}Z\"/>"
    );
}

/// A bar with its number and name beside it.
fn node(
    out: &mut String,
    (x, top): (f64, f64),
    height: f64,
    (class, name, count): (&'static str, &'static str, u64),
) {
    let (beside, line) = (x + BAR + 10.0, top + (height / 2.0).max(12.0) - 2.0);
    let _ = write!(
        out,
        "<rect class=\"bar {class}\" x=\"{x:.1}\" y=\"{top:.1}\" width=\"{BAR}\" height=\"{height:.1}\"/>\
         <text x=\"{beside:.1}\" y=\"{line:.1}\"><tspan class=\"number\">{}</tspan>\
         <tspan class=\"name\" x=\"{beside:.1}\" dy=\"15\">{name}</tspan></text>",
        grouped(count)
    );
}

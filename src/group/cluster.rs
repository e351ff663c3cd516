//! Who stays: stars around survivors.

use rustc_hash::FxHashMap;

use super::Kind;
use super::limits::{Limits, Overlap};

/// What becomes of each place: `None` if it stays, else the pair that says in whose favour it goes, and why.
pub(super) type Fates = Vec<Option<(Kind, Overlap)>>;

/// The related pairs of each place.
struct Neighbours {
    /// For each place, where its pairs start; one more at the end.
    starts: Vec<usize>,
    pairs: Vec<Overlap>,
}

impl Neighbours {
    fn new(related: &[Overlap], places: usize) -> Self {
        let mut starts = vec![0; places + 1];
        for pair in related {
            starts[pair.first as usize + 1] += 1;
            starts[pair.second as usize + 1] += 1;
        }
        for at in 0..places {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut pairs = vec![EMPTY; 2 * related.len()];
        for &pair in related {
            for place in [pair.first, pair.second] {
                pairs[next[place as usize]] = pair;
                next[place as usize] += 1;
            }
        }
        Self { starts, pairs }
    }

    fn of(&self, place: u32) -> &[Overlap] {
        &self.pairs[self.starts[place as usize]..self.starts[place as usize + 1]]
    }
}

const EMPTY: Overlap =
    Overlap { first: 0, second: 0, first_shingles: 0, second_shingles: 0, common: 0, held: (false, false) };

/// Decides for each place whether it stays. `related` are verified; each is near, contained or both. Places before
/// `references` stay; no pair is of two of these.
///
/// First near-duplicates, best place first: a document goes if it is near one that stays, in favour of the nearest of
/// these. Then what is left, longest first: a document goes if it is contained in one that stays, provided everything
/// that went in its favour has a direct match with one that stays, too. So each that goes has a verified pair with one
/// that stays; nothing goes through a chain.
pub(super) fn decide(related: &[Overlap], places: usize, limits: Limits, references: u32) -> Fates {
    let neighbours = Neighbours::new(related, places);
    let mut fates = vec![None; places];
    for place in 0..places as u32 {
        fates[place as usize] = nearest_survivor(&neighbours, &fates, place, limits);
    }
    remove_contained(&neighbours, &mut fates, limits, references);
    fates
}

/// The best pair of `place` with a better-placed one that stays and is near.
fn nearest_survivor(
    neighbours: &Neighbours,
    fates: &Fates,
    place: u32,
    limits: Limits,
) -> Option<(Kind, Overlap)> {
    let pairs = neighbours.of(place).iter().copied();
    let near = pairs.filter(|pair| pair.second == place && fates[pair.first as usize].is_none());
    let near = near.filter(|&pair| limits.is_near(pair) && pair.may_lose(place));
    let best = near.min_by(|a, b| by_jaccard(*b, *a).then(a.first.cmp(&b.first)));
    best.map(|pair| (Kind::Near, pair))
}

fn remove_contained(neighbours: &Neighbours, fates: &mut Fates, limits: Limits, references: u32) {
    let candidates = longest_first(neighbours, fates, limits, references);
    // Who stays for certain; these alone others may be moved to, so that nothing is moved twice.
    let mut settled: Vec<bool> = fates.iter().map(Option::is_none).collect();
    for &(place, _) in &candidates {
        settled[place as usize] = false;
    }
    let followers = followers(fates, &settled);
    for (place, _) in candidates {
        let into = neighbours
            .of(place)
            .iter()
            .copied()
            .filter(|&pair| may_be_contained(place, pair, limits) && settled[pair.other(place) as usize]);
        let best = into.min_by(|a, b| by_common(*b, *a).then(a.other(place).cmp(&b.other(place))));
        let mine = followers.get(&place).map_or(&[][..], Vec::as_slice);
        let moved: Option<Vec<_>> =
            mine.iter().map(|&follower| other_survivor(neighbours, &settled, follower, limits)).collect();
        if let (Some(best), Some(moved)) = (best, moved) {
            fates[place as usize] = relation_of(place, best, limits).map(|kind| (kind, best));
            for (&follower, fate) in mine.iter().zip(moved) {
                fates[follower as usize] = Some(fate);
            }
        } else {
            settled[place as usize] = true;
        }
    }
}

/// Places that stay so far and are the smaller of a contained pair, with the size of their set; longest first, then by
/// place. Whatever one of them is contained in comes before it, or is not among them.
fn longest_first(neighbours: &Neighbours, fates: &Fates, limits: Limits, references: u32) -> Vec<(u32, u32)> {
    let mut staying: Vec<(u32, u32)> = (references..fates.len() as u32)
        .filter(|&place| fates[place as usize].is_none())
        .filter_map(|place| {
            let mut pairs = neighbours.of(place).iter();
            let pair = pairs.find(|&&pair| may_be_contained(place, pair, limits))?;
            Some((place, pair.shingles_of(place)))
        })
        .collect();
    staying.sort_by_key(|&(place, shingles)| (std::cmp::Reverse(shingles), place));
    staying
}

/// For each place that is not settled, those that go in its favour.
fn followers(fates: &Fates, settled: &[bool]) -> FxHashMap<u32, Vec<u32>> {
    let mut followers: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for (place, fate) in (0..).zip(fates) {
        if let Some((_, pair)) = fate
            && !settled[pair.other(place) as usize]
        {
            followers.entry(pair.other(place)).or_default().push(place);
        }
    }
    followers
}

/// In whose favour `place` can go instead: the best match among the settled.
fn other_survivor(
    neighbours: &Neighbours,
    settled: &[bool],
    place: u32,
    limits: Limits,
) -> Option<(Kind, Overlap)> {
    let pairs = neighbours.of(place).iter().copied().filter(|pair| settled[pair.other(place) as usize]);
    pairs
        .filter_map(|pair| Some((relation_of(place, pair, limits)?, pair)))
        .min_by(|a, b| by_common(b.1, a.1).then(a.1.other(place).cmp(&b.1.other(place))))
}

/// Whether `place` is the smaller of the two and can go in the other's favour, be the other better placed or not.
fn may_be_contained(place: u32, pair: Overlap, limits: Limits) -> bool {
    pair.smaller() == place && relation_of(place, pair, limits).is_some()
}

/// What `place` is to the other, if it can go in its favour.
fn relation_of(place: u32, pair: Overlap, limits: Limits) -> Option<Kind> {
    if !pair.may_lose(place) {
        None
    } else if limits.is_near(pair) {
        Some(Kind::Near)
    } else {
        (pair.smaller() == place && limits.is_contained(pair)).then_some(Kind::Contained)
    }
}

/// Orders by resemblance, exactly.
fn by_jaccard(a: Overlap, b: Overlap) -> std::cmp::Ordering {
    (u64::from(a.common) * u64::from(b.union())).cmp(&(u64::from(b.common) * u64::from(a.union())))
}

/// Orders pairs of one document by how much of it the other holds.
fn by_common(a: Overlap, b: Overlap) -> std::cmp::Ordering {
    a.common.cmp(&b.common)
}

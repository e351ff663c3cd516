//! Which of very many are shown: the first of an order, or drawn at random, and always the same ones.

use std::collections::BTreeSet;

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// What is drawn by: a report is the same on every run.
const SEED: u64 = 6;

/// A bounded set of the least by a key, with what they are.
#[derive(Debug)]
pub struct Least<T> {
    room: usize,
    set: BTreeSet<(u64, T)>,
}

impl<T: Ord + Copy> Least<T> {
    /// One with room for so many.
    pub fn new(room: usize) -> Self {
        Self { room, set: BTreeSet::new() }
    }

    /// Takes one in, if it is less than what there is, or there is room.
    pub fn offer(&mut self, key: u64, what: T) {
        if self.set.len() == self.room && self.set.last().is_none_or(|last| *last <= (key, what)) {
            return;
        }
        self.set.insert((key, what));
        if self.set.len() > self.room {
            self.set.pop_last();
        }
    }

    /// What was taken in, the least first.
    pub fn iter(&self) -> impl Iterator<Item = T> + '_ {
        self.set.iter().map(|(_, what)| *what)
    }
}

/// A number that looks drawn, and is the same for the same thing on every run.
pub fn drawn(name: &str, number: u64) -> u64 {
    xxh3_64_with_seed(name.as_bytes(), SEED ^ number)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_least_are_what_sorting_gives(mut keys: Vec<(u64, u64)>, room in 0_usize..6) {
            let mut least = Least::new(room);
            for (key, what) in &keys {
                least.offer(*key, *what);
            }
            keys.sort_unstable();
            keys.dedup();
            keys.truncate(room);
            let sorted: Vec<u64> = keys.into_iter().map(|(_, what)| what).collect();
            proptest::prop_assert_eq!(least.iter().collect::<Vec<_>>(), sorted);
        }
    }
}

//! How many of many hashes are different.

/// Hashes beyond which only a part of them is counted.
const COUNTED: usize = 1 << 20;

/// An open-addressed set of hashes, used for one document after another. Slots go by the low bits and hold the high
/// ones: two of a thousand hashes are taken for one once in ten million documents.
#[derive(Debug, Default)]
pub(super) struct Table {
    slots: Vec<u32>,
}

impl Table {
    /// The number of different `hashes`; beyond a million an estimate from those in a fixed part of the hash space, so
    /// that the table stays small. The error is then below 0.3 % (two standard deviations).
    pub(super) fn count(&mut self, hashes: &[u64]) -> u32 {
        let halvings = hashes.len().div_ceil(COUNTED).next_power_of_two().trailing_zeros();
        self.slots.clear();
        self.slots.resize((4 * hashes.len().min(2 * COUNTED)).next_power_of_two(), 0);
        let counted = if halvings == 0 {
            self.count_all(hashes.iter().copied())
        } else {
            // The top bits of the slot's part of the hash say whether it counts.
            let part = (1_u64 << halvings) - 1;
            self.count_all(hashes.iter().copied().filter(|hash| (hash >> 24) & part == 0))
        };
        u32::try_from(counted << halvings).unwrap_or(u32::MAX)
    }

    fn count_all(&mut self, hashes: impl Iterator<Item = u64>) -> u64 {
        let mask = self.slots.len() - 1;
        let mut found = 0;
        for hash in hashes {
            // An empty slot is 0; so what would be 0 is 1.
            let held = ((hash >> 32) as u32).max(1);
            let mut at = hash as usize & mask;
            while self.slots[at] != 0 && self.slots[at] != held {
                at = (at + 1) & mask;
            }
            found += u64::from(self.slots[at] == 0);
            self.slots[at] = held;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::shingle::mix;

    #[test]
    fn counts_what_is_different() {
        let mut table = Table::default();
        assert_eq!(table.count(&[]), 0);
        assert_eq!(table.count(&[0, 0]), 1);
        assert_eq!(table.count(&[7]), 1);
        assert_eq!(table.count(&[1, 2, 3, u64::MAX, 1, 0, u64::MAX].map(mix)), 5);
        let many: Vec<u64> = (0..10_000).map(|at| mix(at % 7_000 + 1)).collect();
        assert_eq!(table.count(&many), 7_000);
    }

    #[test]
    fn estimates_beyond_a_million() {
        let many: Vec<u64> = (0..3_000_000_u64).map(|at| mix(at % 2_000_000 + 1)).collect();
        let found = f64::from(Table::default().count(&many));
        assert!((found - 2e6).abs() < 2e4, "{found}");
    }
}

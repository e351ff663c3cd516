//! Room in memory, counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// So many bytes of memory that several may use between them.
#[derive(Clone, Debug)]
pub struct Room {
    bytes: u64,
    used: Arc<AtomicU64>,
}

impl Room {
    /// Room for so many bytes.
    pub fn new(bytes: u64) -> Self {
        Self { bytes, used: Arc::default() }
    }

    /// Takes room, if there is so much.
    pub fn take(&self, bytes: u64) -> bool {
        let fits = |used: u64| used.checked_add(bytes).filter(|sum| *sum <= self.bytes);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok()
    }

    /// Counts what must be in memory whether there is room for it or not.
    pub fn charge(&self, bytes: u64) {
        self.used.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Gives room back.
    pub fn give(&self, bytes: u64) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Bytes that are left.
    pub fn left(&self) -> u64 {
        self.bytes.saturating_sub(self.used.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_shared_and_ends() {
        let room = Room::new(10);
        let other = room.clone();
        assert!(room.take(6) && !other.take(5) && other.take(4) && !room.take(1));
        room.charge(5);
        assert_eq!(other.left(), 0);
    }
}

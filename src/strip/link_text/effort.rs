//! How many bytes were looked at closely: counted in tests, where what must take linear time is shown to without a clock.

#[cfg(test)]
thread_local! {
    static BYTES: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Counts a look at so many bytes.
pub(super) fn note(bytes: usize) {
    #[cfg(test)]
    BYTES.with(|all| all.set(all.get() + bytes));
    #[cfg(not(test))]
    let _ = bytes;
}

/// The bytes that `work` looks at.
#[cfg(test)]
pub(super) fn of(work: impl FnOnce()) -> usize {
    let before = BYTES.with(std::cell::Cell::get);
    work();
    BYTES.with(std::cell::Cell::get) - before
}

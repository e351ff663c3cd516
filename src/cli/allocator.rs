//! What the system's allocator is told about the budget.

/// Pieces of memory to a budget: what is larger than one of them goes back to the system as soon as it is free.
const PIECES: u64 = 64;
/// The allocator's own least and most, in bytes: what it begins with, and what it comes to by itself as large pieces come and go.
const LEAST: u64 = 128 << 10;
const MOST: u64 = 32 << 20;

/// Has large pieces of memory given back to the system as soon as they are free, in a run with this budget in bytes.
///
/// By itself the allocator of glibc learns from each large piece that is freed to hold on to pieces of its size, up to 32 MiB. A run
/// whose stages work on tables of their own, one after the other, then holds what the largest of each stage took: at `--memory 256MiB` some
/// 80 MiB more than it uses. Taking pieces from the system anew costs time (3 % of CPU at 4 MiB), so a large budget has large pieces.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the allocator's settings are C's alone")]
pub(crate) fn give_back_early(memory: u64) {
    let bytes = (memory / PIECES).clamp(LEAST, MOST) as libc::c_int;
    if u64::from(bytes.unsigned_abs()) == MOST {
        return;
    }
    for setting in [libc::M_MMAP_THRESHOLD, libc::M_TRIM_THRESHOLD] {
        // SAFETY: `mallopt` takes two numbers and changes nothing but settings of the allocator, under the allocator's own lock; no value of
        // these settings invalidates memory that was given out.
        unsafe { libc::mallopt(setting, bytes) };
    }
}

/// Other allocators are left as they are.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn give_back_early(_memory: u64) {}

//! How much a device still takes.

use std::path::Path;

use sysinfo::Disks;

/// Bytes that are free where a file or folder stands or would stand, and the place the device is mounted at; `None` where the system does not tell.
pub fn free_space(path: &Path) -> Option<u64> {
    let absolute = std::path::absolute(path).ok()?;
    let standing = absolute.ancestors().find(|place| place.exists())?.canonicalize().ok()?;
    let disks = Disks::new_with_refreshed_list();
    let below = disks.iter().filter(|disk| standing.starts_with(disk.mount_point()));
    below.max_by_key(|disk| disk.mount_point().as_os_str().len()).map(sysinfo::Disk::available_space)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_stand_yet_has_the_room_of_the_folder_above() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            free_space(&folder.path().join("not/there")).is_some(),
            free_space(folder.path()).is_some()
        );
    }
}

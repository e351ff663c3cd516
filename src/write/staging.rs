//! Files and folders that appear whole or not at all: written beside their place under a hidden name, put to disk, then
//! moved into place. What was begun and not published is taken away again.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{Builder, TempDir};

use crate::error::{Error, Result};

/// A folder under a hidden name beside the place where its content will stand.
#[derive(Debug)]
pub struct Staging {
    hidden: TempDir,
    target: PathBuf,
    is_folder: bool,
}

impl Staging {
    /// Begins a folder that will stand at `target`.
    ///
    /// # Errors
    /// When the folder beside it cannot be written to.
    pub fn folder(target: &Path) -> Result<Self> {
        Self::begin(target, true)
    }

    /// Begins a file that will stand at `target`.
    ///
    /// # Errors
    /// When the folder it will stand in cannot be written to.
    pub fn file(target: &Path) -> Result<Self> {
        Self::begin(target, false)
    }

    fn begin(target: &Path, is_folder: bool) -> Result<Self> {
        let target = without_trailing_slash(target);
        let parent = parent_of(&target);
        fs::create_dir_all(&parent).map_err(Error::io("create folder", &parent))?;
        let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let hidden = Builder::new()
            .prefix(&format!(".{name}.partial-"))
            .tempdir_in(&parent)
            .map_err(Error::io("write in folder", &parent))?;
        Ok(Self { hidden, target, is_folder })
    }

    /// The hidden folder.
    pub fn folder_for_now(&self) -> &Path {
        self.hidden.path()
    }

    /// Where a file of this name is to be written for now; folders on the way are made.
    ///
    /// # Errors
    /// When a folder cannot be made.
    pub fn place(&self, relative: &Path) -> Result<PathBuf> {
        let place = self.hidden.path().join(relative);
        let parent = parent_of(&place);
        fs::create_dir_all(&parent).map_err(Error::io("create folder", &parent))?;
        Ok(place)
    }

    /// The folder under its hidden name.
    pub fn hidden(&self) -> &Path {
        self.hidden.path()
    }

    /// Where the one file is to be written for now.
    pub fn single(&self) -> PathBuf {
        self.hidden.path().join("content")
    }

    /// Moves what was written into place, in the stead of what may stand there.
    ///
    /// # Errors
    /// When the system refuses; nothing then stands at the place that did not before.
    pub fn publish(self) -> Result<()> {
        let target = self.target.clone();
        let failed = || Error::io("move into place", &target);
        if self.is_folder {
            self.publish_folder().map_err(failed())?;
        } else {
            fs::rename(self.single(), &self.target).map_err(failed())?;
        }
        sync_folder(&parent_of(&target)).map_err(failed())
    }

    fn publish_folder(self) -> io::Result<()> {
        let old = self.hidden.path().with_extension("old");
        if self.target.exists() {
            // One that a killed run had not wholly taken away; without a target it is all that is left, and stays until it is replaced.
            remove_folder(&old)?;
            fs::rename(&self.target, &old)?;
        }
        let hidden = self.hidden.keep();
        make_readable(&hidden)?;
        fs::rename(&hidden, &self.target)?;
        remove_folder(&old)
    }
}

/// Takes a folder away, if it is there.
fn remove_folder(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A staging folder is private; the published one is as any other.
#[cfg(unix)]
fn make_readable(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_readable(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Puts a folder's own entries to disk.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn parent_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

fn without_trailing_slash(path: &Path) -> PathBuf {
    path.components().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publish(target: &Path, text: &str) {
        let staging = Staging::folder(target).unwrap();
        fs::write(staging.folder_for_now().join("a"), text).unwrap();
        staging.publish().unwrap();
    }

    #[test]
    fn what_a_killed_run_left_of_the_old_folder_is_in_nobody_s_way() {
        let folder = tempfile::tempdir().unwrap();
        let (target, old) = (folder.path().join("out"), folder.path().join(".out.old"));
        publish(&target, "one");
        fs::create_dir(&old).unwrap();
        fs::write(old.join("b"), "left over").unwrap();
        publish(&target, "two");
        assert_eq!(fs::read_to_string(target.join("a")).unwrap(), "two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

//! Files and folders that appear whole or not at all: written beside their place under a hidden name, put to disk, then
//! moved into place. What was begun and not published is taken away again.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::Builder;

use crate::error::{Error, Result};

/// Name of the one file in a staging folder.
const CONTENT: &str = "content";

/// A folder under a hidden name beside the place where its content will stand, or where an unfinished run keeps it.
#[derive(Debug)]
pub struct Staging {
    hidden: Hidden,
    target: PathBuf,
    is_folder: bool,
}

#[derive(Debug)]
struct Hidden {
    path: PathBuf,
    /// Whether it stays when the run ends before its time, for the run that goes on with it.
    is_lasting: bool,
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if !self.is_lasting {
            // Hidden, and of no use to anyone: what cannot be removed does no harm.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
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
        Ok(Self { hidden: Hidden { path: hidden.keep(), is_lasting: false }, target, is_folder })
    }

    /// Begins what will stand at `target`, or goes on with it, in a folder of this name; it stays until it is published, even if
    /// the run ends before.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn lasting(target: &Path, is_folder: bool, hidden: &Path) -> Result<Self> {
        let target = without_trailing_slash(target);
        for parent in [parent_of(&target), parent_of(hidden)] {
            fs::create_dir_all(&parent).map_err(Error::io("create folder", &parent))?;
        }
        make_private_folder(hidden).map_err(Error::io("create folder", hidden))?;
        Ok(Self { hidden: Hidden { path: hidden.to_path_buf(), is_lasting: true }, target, is_folder })
    }

    /// As [`Staging::lasting`], with what a run that died as it published may have moved to `target` already: it is moved back.
    ///
    /// # Errors
    /// When it cannot be moved, or the folder cannot be made.
    pub fn taken_back(target: &Path, is_folder: bool, hidden: &Path) -> Result<Self> {
        let target = without_trailing_slash(target);
        let place = if is_folder { hidden.to_path_buf() } else { hidden.join(CONTENT) };
        if target.exists() && !place.exists() && parent_of(&place).exists() {
            fs::rename(&target, &place).map_err(Error::io("move back", &target))?;
        }
        Self::lasting(&target, is_folder, hidden)
    }

    /// The hidden folder.
    pub fn folder_for_now(&self) -> &Path {
        &self.hidden.path
    }

    /// Where a file of this name is to be written for now; folders on the way are made.
    ///
    /// # Errors
    /// When a folder cannot be made.
    pub fn place(&self, relative: &Path) -> Result<PathBuf> {
        let place = self.hidden.path.join(relative);
        let parent = parent_of(&place);
        fs::create_dir_all(&parent).map_err(Error::io("create folder", &parent))?;
        Ok(place)
    }

    /// Where the one file is to be written for now.
    pub fn single(&self) -> PathBuf {
        self.hidden.path.join(CONTENT)
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

    fn publish_folder(&self) -> io::Result<()> {
        let old = old_of(&self.target);
        if self.target.exists() {
            // One that a killed run had not wholly taken away; without a target it is all that is left, and stays until it is replaced.
            remove(&old)?;
            fs::rename(&self.target, &old)?;
        }
        make_readable(&self.hidden.path)?;
        fs::rename(&self.hidden.path, &self.target)?;
        remove(&old)
    }
}

/// Where what stood at a place is put while it is replaced.
fn old_of(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    parent_of(target).join(format!(".{name}.old"))
}

/// Takes a folder or a file away, if it is there.
fn remove(old: &Path) -> io::Result<()> {
    let removed = if old.is_dir() { fs::remove_dir_all(old) } else { fs::remove_file(old) };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes a folder that is nobody else's business, if it is not there.
fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        made => made,
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

/// The folder that a file or folder is in.
pub fn parent_of(path: &Path) -> PathBuf {
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
    fn a_lasting_folder_stays_and_is_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let (target, hidden) = (folder.path().join("out"), folder.path().join("state/output"));
        drop(Staging::lasting(&target, true, &hidden).unwrap());
        fs::write(hidden.join("a"), "one").unwrap();
        Staging::lasting(&target, true, &hidden).unwrap().publish().unwrap();
        assert_eq!(fs::read_to_string(target.join("a")).unwrap(), "one");
        assert!(!hidden.exists());
        let again = Staging::taken_back(&target, true, &hidden).unwrap();
        assert!(hidden.join("a").exists() && !target.exists());
        again.publish().unwrap();
        assert_eq!(fs::read_to_string(target.join("a")).unwrap(), "one");
    }

    #[test]
    fn a_file_is_moved_back_only_if_it_was_moved() {
        let folder = tempfile::tempdir().unwrap();
        let (target, hidden) = (folder.path().join("out"), folder.path().join("state"));
        let staging = Staging::lasting(&target, false, &hidden).unwrap();
        fs::write(&target, "old").unwrap();
        fs::write(staging.single(), "new").unwrap();
        Staging::taken_back(&target, false, &hidden).unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "old");
        staging.publish().unwrap();
        let again = Staging::taken_back(&target, false, &hidden).unwrap();
        assert_eq!(fs::read_to_string(again.single()).unwrap(), "new");
        assert!(!target.exists());
    }

    #[test]
    fn a_folder_takes_the_place_of_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        fs::write(&target, "a file").unwrap();
        publish(&target, "one");
        assert_eq!(fs::read_to_string(target.join("a")).unwrap(), "one");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
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

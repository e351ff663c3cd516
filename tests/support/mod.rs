//! What the tests of the command line share: a folder of its own for each test, and the real binary run in it.

#![allow(dead_code, reason = "each topic is a program of its own and uses a part of this")]
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

pub(crate) mod corpus;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Every file below a folder: its name there, and its bytes.
pub(crate) type Tree = BTreeMap<String, Vec<u8>>;

/// A folder of one test, in which tamis runs.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn copy(&self, from: &Path, name: &str) {
        self.write(name, fs::read(from).unwrap());
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    /// The files below `name`, hidden ones too.
    pub(crate) fn tree(&self, name: &str) -> Tree {
        let mut tree = Tree::new();
        collect(&self.path(name), "", &mut tree);
        tree
    }

    /// What stands directly in the folder, hidden entries too.
    pub(crate) fn entries(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// tamis in this folder, not started yet.
    pub(crate) fn tamis(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("tamis"));
        command.current_dir(self.0.path()).args(arguments);
        command
    }

    /// tamis in this folder, to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.tamis(arguments).stdin(Stdio::null()).output().unwrap())
    }

    /// tamis in this folder, with something on standard input.
    pub(crate) fn run_on(&self, input: &[u8], arguments: &[&str]) -> Ran {
        let mut child = start(&mut self.tamis(arguments));
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // A run that ends early closes the pipe: what it says then is the test.
        let writer = std::thread::spawn(move || {
            let _ = stdin.write_all(&input);
        });
        let ran = Ran::of(child.wait_with_output().unwrap());
        writer.join().unwrap();
        ran
    }

    pub(crate) fn summary(&self, report: &str) -> Value {
        serde_json::from_slice(&self.read(&format!("{report}/summary.json"))).unwrap()
    }

    pub(crate) fn count(&self, report: &str, name: &str) -> u64 {
        self.summary(report)["counts"][name].as_u64().unwrap()
    }

    pub(crate) fn rows(&self, name: &str) -> Vec<Value> {
        rows(&self.read(name))
    }

    /// The receipts of a report.
    pub(crate) fn receipts(&self, report: &str) -> Vec<Value> {
        rows(&zstd::decode_all(self.read(&format!("{report}/removals.jsonl.zst")).as_slice()).unwrap())
    }

    /// The problems of a report, as (record, kind, reason).
    pub(crate) fn problems(&self, report: &str) -> Vec<(Option<u64>, String, String)> {
        let of_row = |row: Value| {
            let word = |name: &str| row[name].as_str().unwrap().to_owned();
            (row["record"].as_u64(), word("kind"), word("reason"))
        };
        self.rows(&format!("{report}/problems.jsonl")).into_iter().map(of_row).collect()
    }
}

/// A run that ended.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        let stderr = String::from_utf8(output.stderr).unwrap();
        Self { code: output.status.code(), stdout: output.stdout, stderr }
    }

    /// Checks the exit code.
    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        self
    }

    /// Checks that it failed with this code and exactly this message.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, message: &str) {
        assert_eq!((self.code, self.stderr.as_str()), (Some(code), format!("tamis: {message}\n").as_str()));
    }

    pub(crate) fn stdout(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }
}

/// Starts a command with all three streams in hand.
pub(crate) fn start(command: &mut Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

pub(crate) fn rows(bytes: &[u8]) -> Vec<Value> {
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
}

/// The texts of a corpus, in order.
pub(crate) fn texts(bytes: &[u8]) -> Vec<String> {
    rows(bytes).iter().map(|row| row["text"].as_str().unwrap().to_owned()).collect()
}

/// The ids of a corpus, in order.
pub(crate) fn ids(bytes: &[u8]) -> Vec<String> {
    rows(bytes).iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

pub(crate) fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut out).unwrap();
    out
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

pub(crate) fn unzstd(bytes: &[u8]) -> Vec<u8> {
    zstd::decode_all(bytes).unwrap()
}

/// A record with these two fields.
pub(crate) fn record(id: &str, text: &str) -> String {
    format!("{}\n", serde_json::json!({ "id": id, "text": text }))
}

/// A story long enough to be compared, told by `number` in words that no other number's story shares.
pub(crate) fn story(number: u64) -> String {
    corpus::Dice::new(number).story(4)
}

fn collect(folder: &Path, prefix: &str, tree: &mut Tree) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), tree);
        } else {
            tree.insert(name, fs::read(entry.path()).unwrap());
        }
    }
}

//! Runs that are killed go on where they were, and come to the same bytes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(unix)]

mod support;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tamis::config::Config;
use tamis::job::{Job, Output, Stop};
use tamis::progress::{Silent, Stage, Watch};

use support::corpus::{Dice, lines, messy};
use support::{Folder, Ran, Tree, gzip, start};

const OUT: &str = "clean";

/// Two files of some batches each, one of them packed.
fn corpus(folder: &Folder) {
    folder.write("in/a.jsonl", lines(&messy(1500, 7)).repeat(2));
    folder.write("in/b.jsonl.gz", gzip(lines(&messy(900, 8)).as_bytes()));
}

fn clean(folder: &Folder, options: &[&str]) -> Ran {
    folder.run(&[&["clean", "in", "-o", OUT, "--threads", "2"], options].concat())
}

/// Output and report, but for what differs between equal runs.
fn outputs(folder: &Folder) -> Tree {
    let mut tree = folder.tree(OUT);
    tree.extend(
        folder.tree("clean.report").into_iter().map(|(name, bytes)| (format!("report/{name}"), bytes)),
    );
    tree.remove("report/timings.json");
    assert!(tree.contains_key("report/summary.json"));
    tree
}

/// Starts a run and kills it after so many milliseconds; whether it was still running.
fn kill_after(folder: &Folder, options: &[&str], milliseconds: u64) -> bool {
    let mut child =
        start(&mut folder.tamis(&[&["clean", "in", "-o", OUT, "--threads", "2"], options].concat()));
    std::thread::sleep(Duration::from_millis(milliseconds));
    child.kill().unwrap();
    child.wait().unwrap().code().is_none()
}

#[test]
fn killed_again_and_again_it_comes_to_the_same_bytes() {
    let folder = Folder::new();
    corpus(&folder);
    clean(&folder, &[]).ends_with(0);
    let (undisturbed, entries) = (outputs(&folder), folder.entries());
    let mut dice = Dice::new(5);
    for memory in [["--memory", "0"], ["--memory", "1GiB"]] {
        let mut kills = 0;
        while kills < 4 {
            // As the machine is slow or fast, so is the moment: between the first byte and the last.
            let options = [&memory[..], &["--resume"]].concat();
            if !kill_after(&folder, &options, 30 + dice.throw(900)) {
                break;
            }
            kills += 1;
        }
        clean(&folder, &[&memory[..], &["--resume", "-q"]].concat()).ends_with(0);
        assert!(outputs(&folder) == undisturbed, "{memory:?}, after {kills} kills");
        assert_eq!(folder.entries(), entries, "a finished run leaves no state");
    }
}

/// A run killed once its journal has some blocks.
fn interrupted() -> Folder {
    let folder = Folder::new();
    corpus(&folder);
    kill_when(&folder, |folder| journal_length(folder) > 300_000);
    folder
}

fn journal_length(folder: &Folder) -> u64 {
    std::fs::metadata(folder.path("clean.unfinished/journal")).map_or(0, |journal| journal.len())
}

/// Starts runs and kills them at this moment, until one is met by it.
fn kill_when(folder: &Folder, is_moment: impl Fn(&Folder) -> bool) {
    loop {
        let mut child = start(&mut folder.tamis(&["clean", "in", "-o", OUT, "--threads", "2"]));
        while child.try_wait().unwrap().is_none() && !is_moment(folder) {
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        if child.wait().unwrap().code().is_none() && folder.path("clean.unfinished/journal").exists() {
            return;
        }
        remove_outputs(folder);
    }
}

fn remove_outputs(folder: &Folder) {
    for name in [OUT, "clean.report"] {
        std::fs::remove_dir_all(folder.path(name)).unwrap();
    }
}

/// Whether the first output is being written.
fn is_writing(folder: &Folder) -> bool {
    folder.path("clean.unfinished/output/a.jsonl").exists()
}

/// Where the first block of this kind begins in the journal.
fn place_of_block(folder: &Folder, kind: u8) -> Option<usize> {
    let head = [0x49, 0x4d, 0x41, 0x54, kind, 0, 0, 0];
    let journal = folder.read("clean.unfinished/journal");
    journal.windows(head.len()).position(|bytes| bytes == head)
}

#[test]
fn killed_as_it_groups_or_writes_it_comes_to_the_same_bytes() {
    const GROUPING: u8 = 5;
    let folder = Folder::new();
    corpus(&folder);
    clean(&folder, &["-q"]).ends_with(0);
    let (undisturbed, entries) = (outputs(&folder), folder.entries());
    for name in ["report/sources.jsonl", "report/index.html", "report/duplicates.jsonl", "report/lines.jsonl"]
    {
        assert!(undisturbed[name].len() > 100, "{name} is compared");
    }
    remove_outputs(&folder);
    kill_when(&folder, is_writing);
    let grouped = place_of_block(&folder, GROUPING).unwrap();
    clean(&folder, &["--resume", "-q", "--memory", "0"]).ends_with(0);
    assert!(outputs(&folder) == undisturbed, "killed as it wrote");
    assert_eq!(folder.entries(), entries, "a finished run leaves no state");
    remove_outputs(&folder);
    // All shards are done then, and it learns again, groups, or is just done with that.
    kill_when(&folder, |folder| journal_length(folder) >= grouped as u64);
    clean(&folder, &["--resume", "-q"]).ends_with(0);
    assert!(outputs(&folder) == undisturbed, "killed as it grouped");
}

/// The same run by the library, which notes how far the outputs are after each batch.
fn job(folder: &Folder, output: Output) -> Job {
    Job {
        inputs: vec![folder.path("in").to_string_lossy().into_owned()],
        output: Some(output),
        report: Some(folder.path("clean.report")),
        threads: std::num::NonZeroUsize::MIN,
        resume: true,
        noted_bytes: 1,
        ..Job::default()
    }
}

/// Ends a run by its flag once it has written so many bytes more.
struct Ender {
    stop: Stop,
    stage: std::sync::Mutex<Option<Stage>>,
    /// Bytes that were written in this life, and of how many it ends.
    written: AtomicU64,
    most: u64,
}

impl Ender {
    fn new(stop: &Stop, most: u64) -> Self {
        Self { stop: stop.clone(), stage: std::sync::Mutex::default(), written: AtomicU64::new(0), most }
    }
}

impl Watch for Ender {
    fn begin(&self, stage: Stage, _: Option<u64>) {
        *self.stage.lock().unwrap() = Some(stage);
    }

    fn advance(&self, bytes: u64) {
        // What stands when a life begins is told first, in one go.
        if *self.stage.lock().unwrap() == Some(Stage::Write)
            && self.written.fetch_add(bytes.min(2 << 20), Ordering::Relaxed) >= self.most
        {
            self.stop.raise(2);
        }
    }
}

/// Lives of a run that ends after each batch it has written, until it is done.
fn lives(job: &Job) -> usize {
    for life in 1..100 {
        let job = Job { stop: Stop::default(), ..job.clone() };
        if tamis::clean(&Config::default(), &job, &Ender::new(&job.stop, 1)).is_ok() {
            return life;
        }
    }
    panic!("it never comes to its end");
}

#[test]
fn writing_goes_on_behind_what_stands() {
    let folder = Folder::new();
    corpus(&folder);
    folder.write("in/c/tiny.jsonl", "{\"text\": \"one\"}\nno record\n\n");
    let packed = Output::File(folder.path("clean.jsonl.gz"));
    for output in [Output::Folder(folder.path(OUT)), packed, Output::File(folder.path("clean.jsonl"))] {
        let job = job(&folder, output.clone());
        tamis::clean(&Config::default(), &job, &Silent).unwrap();
        let (undisturbed, entries) = (folder.tree("."), folder.entries());
        let lives = lives(&job);
        assert!(lives > 3, "{lives} lives");
        let again = folder.tree(".");
        for (name, bytes) in &undisturbed {
            assert!(name.ends_with("timings.json") || again[name] == *bytes, "{output:?}: {name} differs");
        }
        assert_eq!(folder.entries(), entries, "{output:?}");
    }
}

#[test]
fn what_was_written_is_not_believed_if_it_is_another_now() {
    let folder = Folder::new();
    corpus(&folder);
    let job = job(&folder, Output::File(folder.path("clean.jsonl")));
    tamis::clean(&Config::default(), &job, &Silent).unwrap();
    let undisturbed = folder.tree(".");
    for harm in [|bytes: &mut Vec<u8>| bytes[1000] ^= 1, |bytes: &mut Vec<u8>| bytes.truncate(1000)] {
        let job = Job { stop: Stop::default(), ..job.clone() };
        assert!(tamis::clean(&Config::default(), &job, &Ender::new(&job.stop, 1)).is_err());
        let mut bytes = folder.read("clean.jsonl.unfinished/output/content");
        harm(&mut bytes);
        folder.write("clean.jsonl.unfinished/output/content", bytes);
        tamis::clean(&Config::default(), &Job { stop: Stop::default(), ..job }, &Silent).unwrap();
        let again = folder.tree(".");
        for (name, bytes) in &undisturbed {
            assert!(name.ends_with("timings.json") || again[name] == *bytes, "{name} differs");
        }
    }
}

#[test]
fn a_report_that_stands_elsewhere_leaves_nothing_there() {
    let folder = Folder::new();
    corpus(&folder);
    let report = Some(folder.path("reports/one"));
    let job = Job { report, ..job(&folder, Output::File(folder.path("clean.jsonl"))) };
    assert!(tamis::clean(&Config::default(), &job, &Ender::new(&job.stop, 1)).is_err());
    let hidden = |folder: &Folder| {
        let entries = std::fs::read_dir(folder.path("reports")).unwrap();
        entries.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with('.')).count()
    };
    assert_eq!(hidden(&folder), 1);
    // Begun anew with another report, the run takes the old one's folder away.
    let job = Job { report: None, resume: false, overwrite: true, stop: Stop::default(), ..job };
    tamis::clean(&Config::default(), &job, &Silent).unwrap();
    assert_eq!(hidden(&folder), 0);
    let report = Some(folder.path("reports/one"));
    let job = Job { report, resume: true, stop: Stop::default(), ..job };
    assert!(tamis::clean(&Config::default(), &job, &Ender::new(&job.stop, 1)).is_err());
    assert_eq!(hidden(&folder), 1);
    tamis::clean(&Config::default(), &Job { stop: Stop::default(), ..job }, &Silent).unwrap();
    assert_eq!(hidden(&folder), 0);
    assert!(folder.path("reports/one/summary.json").exists());
}

/// Names the folder of [`a_run_that_another_test_kills`].
const KILLED_IN: &str = "TAMIS_TEST_KILLED_IN";

/// No test of its own: what [`killed_as_it_writes_it_goes_on_behind_what_stands`] starts and kills.
#[test]
fn a_run_that_another_test_kills() {
    let Some(folder) = std::env::var_os(KILLED_IN) else { return };
    let folder = Path::new(&folder);
    let job = Job {
        inputs: vec![folder.join("in").to_string_lossy().into_owned()],
        output: Some(Output::Folder(folder.join(OUT))),
        report: Some(folder.join("clean.report")),
        resume: true,
        noted_bytes: 1,
        ..Job::default()
    };
    tamis::clean(&Config::default(), &job, &Silent).unwrap();
}

#[test]
fn killed_as_it_writes_it_goes_on_behind_what_stands() {
    const WRITTEN: u8 = 7;
    let folder = Folder::new();
    corpus(&folder);
    tamis::clean(&Config::default(), &job(&folder, Output::Folder(folder.path(OUT))), &Silent).unwrap();
    let undisturbed = outputs(&folder);
    remove_outputs(&folder);
    let mut kills = 0;
    for life in 0..12 {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_run_that_another_test_kills"])
            .env(KILLED_IN, folder.path("in").parent().unwrap())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let is_noted =
            || folder.path("clean.unfinished/journal").exists() && place_of_block(&folder, WRITTEN).is_some();
        while child.try_wait().unwrap().is_none() && !is_noted() {
            std::thread::sleep(Duration::from_millis(2));
        }
        std::thread::sleep(Duration::from_millis(life * 7));
        child.kill().unwrap();
        if child.wait().unwrap().code().is_some() {
            break;
        }
        kills += 1;
    }
    assert!(kills > 0);
    tamis::clean(&Config::default(), &job(&folder, Output::Folder(folder.path(OUT))), &Silent).unwrap();
    assert!(outputs(&folder) == undisturbed, "after {kills} kills");
    assert!(!folder.path("clean.unfinished").exists());
}

#[test]
fn a_state_that_is_left_is_not_passed_over() {
    let folder = interrupted();
    let refused = "refused: an interrupted run left clean.unfinished; go on with it by --resume, or begin anew by --overwrite";
    clean(&folder, &[]).fails(6, refused);
    clean(&folder, &["--overwrite", "-q"]).ends_with(0);
    assert!(!folder.path("clean.unfinished").exists());
}

#[test]
fn another_configuration_or_input_is_refused_by_name() {
    let folder = interrupted();
    let refused = |ran: Ran, what: &str| {
        let message =
            format!("refused: clean.unfinished is not of this run: {what}; begin anew by --overwrite");
        ran.fails(6, &message);
    };
    refused(clean(&folder, &["--resume", "--threshold", "0.7"]), "group.threshold was 0.8, and is 0.7");
    refused(
        clean(&folder, &["--resume", "--profile", "strict"]),
        "strip.profile was \"default\", and is \"strict\"",
    );
    refused(
        folder.run(&["clean", "in/a.jsonl", "-o", OUT, "--resume"]),
        "in/b.jsonl.gz is no input any more",
    );
    folder.write("in/c.jsonl", "{\"text\": \"new\"}\n");
    refused(clean(&folder, &["--resume"]), "in/c.jsonl is a new input");
    std::fs::remove_file(folder.path("in/c.jsonl")).unwrap();
    let mut longer = folder.read("in/a.jsonl");
    let length = longer.len();
    longer.extend_from_slice(b"{\"text\": \"one more\"}\n");
    folder.write("in/a.jsonl", &longer);
    let what = format!("in/a.jsonl has {} bytes, and had {length}", longer.len());
    refused(clean(&folder, &["--resume"]), &what);
    folder.write("in/a.jsonl", &longer[..length]);
    refused(clean(&folder, &["--resume"]), "in/a.jsonl was changed since");
}

#[test]
fn a_torn_journal_goes_on_before_the_tear() {
    let folder = interrupted();
    let journal = folder.read("clean.unfinished/journal");
    let torn = [&journal[..journal.len() * 2 / 3], b"what power loss may leave"].concat();
    folder.write("clean.unfinished/journal", torn);
    clean(&folder, &["--resume", "-q"]).ends_with(0);
    let resumed = outputs(&folder);
    clean(&folder, &["-q"]).ends_with(0);
    assert!(outputs(&folder) == resumed);
}

#[test]
fn a_run_that_died_while_it_moved_its_outputs_goes_on() {
    let folder = interrupted();
    folder.write("clean/a.jsonl", "moved already");
    clean(&folder, &["--resume"]).ends_with(6);
    folder.write("clean.unfinished/publishing", "");
    clean(&folder, &["--resume", "-q"]).ends_with(0);
    assert!(!outputs(&folder)["a.jsonl"].starts_with(b"moved already"));
}

#[test]
fn an_interrupt_leaves_a_state_and_says_how_to_go_on() {
    let folder = Folder::new();
    corpus(&folder);
    let child = start(&mut folder.tamis(&["clean", "in", "-o", OUT, "--threads", "1", "--keep", "longest"]));
    let begun = std::time::Instant::now();
    while !folder.path("clean.unfinished/journal").exists() && begun.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(2));
    }
    let kill = format!("kill -INT {}", child.id());
    assert!(std::process::Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    let ran = Ran::of(child.wait_with_output().unwrap());
    let hint = "tamis: interrupted; nothing was written\n\
        tamis: go on with: tamis clean in -o clean --threads 1 --keep longest --resume\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(130), hint));
    assert!(!folder.path(OUT).exists() && folder.path("clean.unfinished").exists());
    folder.run(&["clean", "in", "-o", OUT, "--threads", "1", "--keep", "longest", "--resume"]).ends_with(0);
    assert!(!folder.path("clean.unfinished").exists());
}

#[test]
fn streams_cannot_go_on() {
    let folder = Folder::new();
    corpus(&folder);
    let message = "--resume needs an output file or folder, and inputs that can be read again: standard input and standard \
        output cannot go on";
    folder.run(&["clean", "in", "-o", "-", "--resume"]).fails(2, message);
    folder.run_on(b"", &["clean", "-", "-o", OUT, "--resume"]).fails(2, message);
    clean(&folder, &["--resume", "-q"]).ends_with(0);
    assert!(outputs(&folder).len() > 4, "with no state it begins anew");
}

#[test]
fn threads_and_memory_make_no_difference() {
    let folder = Folder::new();
    corpus(&folder);
    clean(&folder, &["-q"]).ends_with(0);
    let first = outputs(&folder);
    for threads in ["1", "16"] {
        for memory in ["0", "1GiB"] {
            folder
                .run(&["clean", "in", "-o", OUT, "-q", "--threads", threads, "--memory", memory])
                .ends_with(0);
            assert!(outputs(&folder) == first, "{threads} threads, {memory}");
        }
    }
}

#[test]
fn too_little_memory_is_refused_with_what_it_takes() {
    let folder = Folder::new();
    corpus(&folder);
    let ran = clean(&folder, &["--memory", "32MiB"]).ends_with(2);
    assert!(ran.stderr.starts_with("tamis: --memory 32MiB is too little: with 2 threads"), "{}", ran.stderr);
    assert_eq!(folder.entries(), ["in"]);
}

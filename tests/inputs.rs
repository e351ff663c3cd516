//! What may be named as input and output, what is refused, and what is said then.

mod support;

use support::{Folder, record, story};

fn one_file() -> Folder {
    let folder = Folder::new();
    folder.write("a.jsonl", record("a", &story(1)));
    folder
}

#[test]
fn a_missing_input_is_an_error() {
    let folder = one_file();
    folder
        .run(&["clean", "a.jsonl", "b.jsonl", "-o", "out"])
        .fails(5, "failed to open b.jsonl: No such file or directory (os error 2)");
    assert_eq!(folder.entries(), ["a.jsonl"]);
}

#[cfg(unix)]
#[test]
fn a_link_to_nowhere_in_a_folder_is_a_problem() {
    let folder = Folder::new();
    folder.write("in/a.jsonl", record("a", &story(1)));
    std::os::unix::fs::symlink("gone.jsonl", folder.path("in/b.jsonl")).unwrap();
    folder.run(&["clean", "in", "-o", "out"]).ends_with(3);
    let reason = "failed to open the file: No such file or directory (os error 2)".to_owned();
    assert_eq!(folder.problems("out.report"), [(None, "unreadable".to_owned(), reason)]);
    assert_eq!(folder.text("out/a.jsonl"), record("a", &story(1)));
    folder.run(&["clean", "in", "-o", "strict", "--strict"]).fails(
        4,
        "failed to read in/b.jsonl: failed to open the file: No such file or directory (os error 2)",
    );
    assert_eq!(folder.entries(), ["in", "out", "out.report"]);
}

#[test]
fn a_file_whose_name_means_no_format_must_be_told() {
    let folder = Folder::new();
    folder.write("a.data", record("a", &story(1)));
    folder
        .run(&["clean", "a.data", "-o", "out"])
        .fails(2, "cannot tell the format of a.data: name it with --format jsonl or --format txt");
    folder.run(&["clean", "a.data", "-o", "out", "--format", "jsonl"]).ends_with(0);
    assert_eq!(folder.text("out/a.data"), record("a", &story(1)));
}

#[test]
fn a_folder_without_texts_is_an_error() {
    let folder = Folder::new();
    folder.write("in/a.html", "x");
    folder.run(&["clean", "in", "-o", "out"]).fails(
        2,
        "found nothing to read in in: no file there is called .jsonl, .ndjson or .txt (or one of them with .gz or .zst)",
    );
}

#[test]
fn a_glob_means_the_files_it_matches() {
    let folder = Folder::new();
    for name in ["in/b.jsonl", "in/a.jsonl", "in/c.txt", "in/deep/d.jsonl"] {
        folder.write(name, record(name, &story(name.bytes().map(u64::from).sum())));
    }
    folder.run(&["clean", "in/*.jsonl", "-o", "one.jsonl"]).ends_with(0);
    assert_eq!(folder.text("one.jsonl"), folder.text("in/a.jsonl") + &folder.text("in/b.jsonl"));
    folder.run(&["clean", "in/**/*.jsonl", "-o", "all"]).ends_with(0);
    let names: Vec<_> = folder.tree("all").into_keys().collect();
    assert_eq!(names, ["a.jsonl", "b.jsonl", "deep/d.jsonl"]);
    folder.run(&["clean", "in/*.csv", "-o", "none"]).fails(2, "no file matches in/*.csv");
}

#[test]
fn an_output_must_be_named() {
    one_file()
        .run(&["clean", "a.jsonl"])
        .fails(2, "where to? Name the output with -o: a file, a folder, or - for standard output");
}

#[test]
fn an_input_is_never_written_over() {
    let folder = one_file();
    for output in ["a.jsonl", "./a.jsonl"] {
        folder
            .run(&["clean", "a.jsonl", "-o", output])
            .fails(6, &format!("refused: {output} is an input; name another output"));
    }
    folder
        .run(&["clean", "a.jsonl", "-o", "out", "--report", "a.jsonl", "--overwrite"])
        .fails(6, "refused: a.jsonl is an input; name another output");
    assert_eq!((folder.text("a.jsonl"), folder.entries()), (record("a", &story(1)), vec!["a.jsonl".into()]));
}

#[cfg(unix)]
#[test]
fn an_input_is_known_behind_a_link() {
    let folder = one_file();
    std::os::unix::fs::symlink("a.jsonl", folder.path("b.jsonl")).unwrap();
    folder
        .run(&["clean", "b.jsonl", "-o", "a.jsonl"])
        .fails(6, "refused: a.jsonl is an input; name another output");
}

#[test]
fn an_output_may_not_stand_inside_an_input_folder_nor_around_one() {
    let folder = Folder::new();
    folder.write("in/a.jsonl", record("a", &story(1)));
    folder
        .run(&["clean", "in", "-o", "in/out"])
        .fails(6, "refused: in/out lies inside the input folder in; name another output");
    folder
        .run(&["clean", "in", "-o", "out", "--report", "in/report"])
        .fails(6, "refused: in/report lies inside the input folder in; name another output");
    folder
        .run(&["clean", "in/a.jsonl", "-o", "in"])
        .fails(6, "refused: input in/a.jsonl lies inside in; name another output");
    assert_eq!(folder.tree(".").into_keys().collect::<Vec<_>>(), ["in/a.jsonl"]);
}

#[cfg(unix)]
#[test]
fn a_socket_or_a_device_is_never_replaced() {
    use std::os::unix::fs::FileTypeExt;
    let folder = one_file();
    let _listener = std::os::unix::net::UnixListener::bind(folder.path("socket")).unwrap();
    for output in [&["-o", "socket"][..], &["-o", "out.jsonl", "--report", "socket"]] {
        let arguments = [&["clean", "a.jsonl", "--overwrite"], output].concat();
        folder.run(&arguments).fails(
            6,
            "refused: socket is no file and no folder, and nothing takes its place; write to - and leave the output to the shell",
        );
    }
    assert!(std::fs::metadata(folder.path("socket")).unwrap().file_type().is_socket());
}

#[test]
fn a_folder_of_strangers_is_not_replaced() {
    let folder = one_file();
    folder.write("out/letter.txt", "dear");
    folder.run(&["clean", "a.jsonl", "-o", "out"]).fails(
        6,
        "refused: out holds files that this report did not write; name an empty folder, or replace it with --overwrite",
    );
    assert_eq!(folder.text("out/letter.txt"), "dear");
    folder.run(&["clean", "a.jsonl", "-o", "out", "--overwrite"]).ends_with(0);
    assert_eq!(folder.tree("out").into_keys().collect::<Vec<_>>(), ["a.jsonl"]);
}

#[test]
fn a_folder_that_is_no_report_is_not_replaced() {
    let folder = one_file();
    folder.write("notes/letter.txt", "dear");
    folder.run(&["clean", "a.jsonl", "-o", "out", "--report", "notes"]).fails(
        6,
        "refused: notes holds files and is no report; name another --report, or replace it with --overwrite",
    );
    assert_eq!(folder.entries(), ["a.jsonl", "notes"]);
}

#[test]
fn a_second_run_takes_the_place_of_the_first() {
    let folder = one_file();
    folder.run(&["clean", "a.jsonl", "-o", "out"]).ends_with(0);
    folder.write("b.jsonl", record("b", &story(2)));
    folder.run(&["clean", "b.jsonl", "-o", "out"]).ends_with(0);
    assert_eq!(folder.tree("out").into_keys().collect::<Vec<_>>(), ["b.jsonl"]);
    assert_eq!(folder.summary("out.report")["inputs"][0]["name"], "b.jsonl");
    assert_eq!(folder.entries(), ["a.jsonl", "b.jsonl", "out", "out.report"]);
    folder.write("out/letter.txt", "added by hand");
    folder.run(&["clean", "b.jsonl", "-o", "out"]).ends_with(6);
}

#[test]
fn an_output_that_cannot_be_written_leaves_nothing_but_what_to_go_on_from() {
    let folder = one_file();
    folder.write("file", "x");
    let ran = folder.run(&["clean", "a.jsonl", "-o", "file/out.jsonl"]).ends_with(5);
    assert!(
        ran.stderr.starts_with("tamis: failed to create folder file/out.jsonl.unfinished: "),
        "{}",
        ran.stderr
    );
    let ran = folder.run(&["clean", "a.jsonl", "-o", "out.jsonl", "--report", "file/report"]).ends_with(5);
    assert!(ran.stderr.starts_with("tamis: failed to create folder file: "), "{}", ran.stderr);
    // Whoever makes room for the report can go on.
    assert_eq!(folder.entries(), ["a.jsonl", "file", "out.jsonl.unfinished"]);
}

#[test]
fn a_strict_run_stops_at_the_first_bad_record_and_publishes_nothing() {
    let folder = Folder::new();
    folder.write("a.jsonl", record("a", &story(1)) + "{\"id\": 2}\n{\n");
    for output in ["out", "out.jsonl", "-"] {
        let ran = folder.run(&["clean", "a.jsonl", "-o", output, "--strict"]);
        assert_eq!(ran.stdout(), "");
        ran.fails(4, "failed to read record 2 of a.jsonl: missing field \"text\"");
    }
    folder.write("b.jsonl", "");
    folder
        .run(&["clean", "b.jsonl", "-o", "out", "--strict"])
        .fails(4, "failed to read b.jsonl: the file is empty");
    assert_eq!(folder.entries(), ["a.jsonl", "b.jsonl"]);
    folder.write("b.jsonl", record("b", &story(2)));
    folder.run(&["clean", "b.jsonl", "-o", "out", "--strict"]).ends_with(0);
}

#[test]
fn files_of_one_name_get_names_of_their_own() {
    let folder = Folder::new();
    for (number, name) in ["x/a.jsonl", "y/a.jsonl", "x/y/a.jsonl"].into_iter().enumerate() {
        folder.write(name, record(name, &story(number as u64)));
    }
    folder
        .run(&["clean", "x/a.jsonl", "x/y/a.jsonl", "x/../y/a.jsonl", "-o", "out", "--no-dedup"])
        .ends_with(0);
    let names: Vec<_> = folder.tree("out").into_keys().collect();
    assert_eq!(names, ["x/a.jsonl", "x/y/a.2.jsonl", "x/y/a.jsonl"]);
    assert_eq!(folder.read("out/x/y/a.2.jsonl"), folder.read("y/a.jsonl"));
}

#[test]
fn a_file_that_is_named_twice_is_two_files_of_the_same_bytes() {
    let folder = Folder::new();
    folder.write("in/a.jsonl", record("a", &story(1)));
    let ran = folder.run(&["clean", "in", "in/*.jsonl", "./in/a.jsonl", "-o", "out"]).ends_with(0);
    assert!(
        ran.stderr.contains("2 files hold the same bytes as another: ./in/a.jsonl as in/a.jsonl"),
        "{}",
        ran.stderr
    );
    assert_eq!(folder.rows("out.report/duplicates.jsonl").len(), 2);
    folder.run(&["check", "out.report"]).ends_with(0);
    folder.run(&["restore", "out.report", "-o", "again"]).ends_with(0);
    assert_eq!(folder.tree("again").len(), 3);
}

#[cfg(unix)]
#[test]
fn links_to_one_file_are_files_of_their_own() {
    let folder = Folder::new();
    folder.write("in/a.jsonl", record("a", &story(1)));
    std::os::unix::fs::symlink("a.jsonl", folder.path("in/b.jsonl")).unwrap();
    folder.run(&["clean", "in", "-o", "out"]).ends_with(0);
    assert_eq!(folder.text("out/b.jsonl"), "");
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_not_waited_for() {
    let folder = Folder::new();
    folder.write("in/a.jsonl", record("a", &story(1)));
    let _socket = std::os::unix::net::UnixListener::bind(folder.path("in/b.jsonl")).unwrap();
    folder.run(&["clean", "in", "-o", "out"]).ends_with(0);
    assert_eq!(folder.summary("out.report")["passed_over"], 1);
    let said =
        "in/b.jsonl is no regular file and can be read only once: hand it over on standard input, as `-`";
    folder.run(&["clean", "in/b.jsonl", "-o", "out"]).fails(2, said);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_utf_8_come_back_byte_for_byte() {
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new();
    let names =
        [&b"b\xff.jsonl"[..], b"b\xfe.jsonl", "b\u{ef80}.jsonl".as_bytes(), "b\u{fffd}.jsonl".as_bytes()];
    let path = |below: &str, name: &[u8]| folder.path(below).join(std::ffi::OsStr::from_bytes(name));
    folder.write("in/a.jsonl", record("a", &story(1)));
    for (number, name) in (2..).zip(names) {
        std::fs::write(path("in", name), record(&number.to_string(), &format!("{} \u{a0}", story(number))))
            .unwrap();
    }
    for output in ["out", "one.jsonl"] {
        folder.run(&["clean", "in", "-o", output]).ends_with(0);
        let report = format!("{output}.report");
        folder.run(&["check", &report]).ends_with(0);
        let back = format!("{output}.back");
        folder.run(&["restore", &report, "-o", &back]).ends_with(0);
        for name in names {
            assert_eq!(std::fs::read(path("in", name)).unwrap(), std::fs::read(path(&back, name)).unwrap());
        }
    }
    assert!(names.iter().all(|name| path("out", name).is_file()), "a folder mirrors the names as they are");
}

/// A dry run is told what the run would be told, with the same exit code, and says nothing else.
#[test]
fn a_dry_run_is_refused_what_the_run_is_refused() {
    let folder = Folder::new();
    folder.write("in/a.jsonl", record("a", &story(1)));
    folder.write("a.txt", story(2));
    folder.write("letters/dear.txt", "dear");
    folder.write("state.jsonl.unfinished/journal", "torn");
    folder.run(&["clean", "in", "-o", "out.jsonl"]).ends_with(0);
    let before = folder.tree(".");
    for (code, arguments) in [
        (2, &["in", "in/b.data", "-o", "x"][..]),
        (2, &["in", "-o", "x.txt"]),
        (2, &["a.txt", "-o", "x.txt", "--annotate"]),
        (2, &["in", "-o", "x.jsonl", "--memory", "1"]),
        (2, &["in", "-o", "x.jsonl", "--with", "nothing"]),
        (2, &["in", "-o", "-", "--resume"]),
        (5, &["in", "gone.jsonl", "-o", "x"]),
        (5, &["in", "-o", "a.txt/x.jsonl"]),
        (6, &["in", "-o", "in/a.jsonl"]),
        (6, &["in", "-o", "in/x"]),
        (6, &["in", "-o", "letters"]),
        (6, &["in", "-o", "x.jsonl", "--report", "letters"]),
        (6, &["in", "-o", "x", "--report", "x/report"]),
        (6, &["in", "-o", "x", "--against", "in"]),
        (6, &["in", "-o", "state.jsonl"]),
    ] {
        if code == 2 && arguments.contains(&"in/b.data") {
            folder.write("in/b.data", "x");
        }
        let run = |more: &[&str]| folder.run(&[&["clean"], arguments, more].concat());
        let tried = run(&["--dry-run"]).ends_with(code);
        let told = if code == 5 { tried.stderr.clone() } else { run(&[]).ends_with(code).stderr };
        assert_eq!(tried.stderr, told, "{arguments:?}");
        assert_eq!((tried.stdout.len(), told.lines().count()), (0, 1), "{arguments:?}: {told}");
        run(&["--dry-run", "--quiet"]).ends_with(code);
        let _ = std::fs::remove_file(folder.path("in/b.data"));
    }
    folder.run(&["clean", "in", "-o", "a.txt/x.jsonl"]).ends_with(5);
    assert_eq!(folder.tree("."), before);
    folder.run(&["clean", "in", "-o", "letters", "--overwrite", "--dry-run"]).ends_with(0);
    folder.run(&["clean", "in", "-o", "out.jsonl", "--dry-run"]).ends_with(0);
    folder.run(&["clean", "in", "--dry-run"]).ends_with(0);
    assert_eq!(folder.tree("."), before);
}

#[test]
fn the_folder_for_temporary_files_is_looked_at_first() {
    let folder = one_file();
    folder.run(&["clean", "a.jsonl", "-o", "out.jsonl"]).ends_with(0);
    for (place, reason) in [("gone", "No such file or directory"), ("a.jsonl", "Not a directory")] {
        let expected = format!("tamis: failed to write in --temp-dir {place}: {reason}");
        for command in [
            &["clean", "a.jsonl", "-o", "other"][..],
            &["clean", "a.jsonl", "-o", "other", "--dry-run"],
            &["clean", "a.jsonl", "-o", "other", "--estimate"],
            &["dups", "a.jsonl"],
            &["learn", "a.jsonl", "-o", "lines.toml"],
            &["index", "build", "a.jsonl", "-o", "known.idx"],
            &["check", "out.jsonl.report"],
        ] {
            let ran = folder.run(&[command, &["--temp-dir", place]].concat()).ends_with(5);
            assert!(ran.stderr.starts_with(&expected), "{command:?}: {}", ran.stderr);
        }
    }
    assert_eq!(folder.entries(), ["a.jsonl", "out.jsonl", "out.jsonl.report"]);
}

#[test]
fn an_input_without_a_name_is_told() {
    let folder = one_file();
    for arguments in [&["clean", "", "-o", "x"][..], &["dups", "a.jsonl", "--against", ""]] {
        folder
            .run(arguments)
            .fails(2, "an input has an empty name; it is a file, a folder, a glob, or - for standard input");
    }
}

#[test]
fn a_number_that_is_none_is_told_with_what_is_wanted() {
    let folder = one_file();
    let told = |options: &[&str], expected: &str| {
        let ran = folder.run(&[&["clean", "a.jsonl", "-o", "out"], options].concat()).ends_with(2);
        assert!(ran.stderr.contains(expected), "{options:?}: {}", ran.stderr);
    };
    told(&["--threads", "0"], "invalid value '0' for '--threads <N>': it is a whole number from 1 on");
    told(&["--threads", "two"], "invalid value 'two' for '--threads <N>': it is a whole number from 1 on");
    told(&["--memory", "much"], "for '--memory <SIZE>': a size is a number and a unit: 512MiB, 4GiB");
    told(&["--memory", "4 apples"], "for '--memory <SIZE>': the unit is KiB, MiB, GiB or TiB");
    told(&["--memory", "1", "--threads", "1"], "--memory 1 byte is too little: with 1 thread and ");
    told(
        &["--memory", "2000000", "--threads", "2"],
        "--memory 2,000,000 bytes is too little: with 2 threads and ",
    );
}

#[test]
fn there_is_no_estimate_of_nothing() {
    let folder = Folder::new();
    folder.write("a.jsonl", "");
    folder
        .run(&["clean", "a.jsonl", "-o", "out.jsonl", "--estimate"])
        .fails(2, "the input holds nothing, so there is no estimate of it");
    let ran = folder.run(&["clean", "a.jsonl", "-o", "out.jsonl", "--dry-run"]).ends_with(3);
    assert!(
        ran.stderr.starts_with("the input holds nothing, so there is no estimate of it\n"),
        "{}",
        ran.stderr
    );
}

/// A list has no report: what it passed over is told in full, up to a hundred.
#[test]
fn what_a_list_could_not_read_is_told() {
    let folder = Folder::new();
    folder.write("a.jsonl", record("a", &story(1)) + &"x\n".repeat(104));
    let told = |arguments: &[&str]| {
        let ran = folder.run(arguments).ends_with(3);
        let told = ran.stderr.matches("failed to read record").count();
        let more = ran.stderr.lines().find(|line| line.starts_with("  and ")).unwrap_or_default().to_owned();
        (told, more)
    };
    let beyond = "  and 4 more, in the report of tamis clean INPUT -o OUT".to_owned();
    for arguments in [
        &["dups", "a.jsonl"][..],
        &["learn", "a.jsonl", "-o", "a.toml"],
        &["index", "build", "a.jsonl", "-o", "a.idx"],
    ] {
        assert_eq!(told(arguments), (100, beyond.clone()), "{arguments:?}");
    }
    assert_eq!(
        told(&["clean", "a.jsonl", "-o", "out"]),
        (5, "  and 99 more, in problems.jsonl of the report".to_owned())
    );
}

#[test]
fn wrong_usage_is_told() {
    let folder = one_file();
    let usage = |options: &[&str], message: &str| {
        folder.run(&[&["clean", "a.jsonl", "-o", "out"], options].concat()).fails(2, message);
    };
    usage(&["--threshold", "0.2"], "--threshold is a share between 0.5 and 1, not 0.2");
    usage(&["--shingle", "lines:3"], "--shingle is words:N or chars:N, not lines:3");
    for (rule, why) in [
        ("date:best", "a field's value is kept by :min or :max"),
        ("first:min", "first is a rule, and :min and :max are for fields"),
        ("newest:max", "newest is a rule, and :min and :max are for fields"),
        ("", "it needs a rule: first, longest, newest, oldest, or FIELD[:min|max]"),
        ("NEWEST", "did you mean newest? If it is a field, say NEWEST:max or NEWEST:min"),
        ("longst", "did you mean longest? If it is a field, say longst:max or longst:min"),
    ] {
        usage(&["--keep", rule], &format!("--keep {rule}: {why}"));
    }
    usage(
        &["--format", "csv"],
        "unknown format csv: use jsonl or txt, with .gz or .zst for a compressed one",
    );
    folder.run(&["clean", "-", "-", "-o", "out"]).fails(2, "standard input can be read only once");
    folder.run(&["clean", "a.jsonl", "-o", "out", "--no-such-option"]).ends_with(2);
    assert_eq!(folder.entries(), ["a.jsonl"]);
}

#[test]
fn restore_writes_into_an_empty_folder_only() {
    let folder = one_file();
    folder.run(&["clean", "a.jsonl", "-o", "out"]).ends_with(0);
    folder.write("again/letter.txt", "dear");
    folder
        .run(&["restore", "out.report", "-o", "again"])
        .fails(6, "refused: again holds files; name an empty folder");
    assert_eq!(folder.text("again/letter.txt"), "dear");
    folder
        .run(&["restore", "none", "-o", "x"])
        .fails(5, "failed to read none/summary.json: No such file or directory (os error 2)");
}

#[test]
fn restore_notices_an_output_that_was_changed() {
    let folder = Folder::new();
    folder.write("a.jsonl", record("a", &story(1)) + &record("b", &story(2)));
    folder.run(&["clean", "a.jsonl", "-o", "out.jsonl"]).ends_with(0);
    folder.write("out.jsonl", record("a", &story(1)) + &record("b", &story(3)));
    let ran = folder.run(&["restore", "out.jsonl.report", "-o", "again"]).ends_with(5);
    assert!(ran.stderr.contains("a.jsonl has another digest than the input had"), "{}", ran.stderr);
    folder.write("out.jsonl", record("a", &story(1)));
    folder.run(&["restore", "out.jsonl.report", "-o", "third"]).ends_with(5);
}

#[test]
fn a_glob_below_a_folder_that_is_not_there_matches_nothing() {
    let folder = one_file();
    folder.run(&["clean", "a.jsonl", "-o", "out.jsonl"]).ends_with(0);
    folder.run(&["clean", "gone/*.jsonl", "-o", "out.jsonl"]).fails(2, "no file matches gone/*.jsonl");
    assert_eq!(folder.text("out.jsonl"), folder.text("a.jsonl"));
}

#[test]
fn what_a_run_rests_on_is_not_written_over() {
    let folder = one_file();
    folder.write(
        "mine.toml",
        "category = \"promo\"\n[[rule]]\nid = \"a\"\naction = [\"always\"]\nliterals = [\"Buy now\"]\nlanguages = [\"*\"]\n",
    );
    let said = |name: &str| {
        format!("refused: {name} would be written over, and this run reads it; name another output")
    };
    for command in ["clean", "dups"] {
        folder
            .run(&[command, "a.jsonl", "--rules", "mine.toml", "-o", "mine.toml"])
            .fails(6, &said("mine.toml"));
    }
    let rules = ["--rules", "mine.toml", "--overwrite"];
    folder
        .run(&[&["learn", "a.jsonl", "-o", "./mine.toml"][..], &rules].concat())
        .fails(6, &said("mine.toml"));
    folder.run(&["index", "build", "a.jsonl", "-o", "a.index"]).ends_with(0);
    folder.run(&["index", "query", "a.index", "a.jsonl", "-o", "a.index"]).fails(6, &said("a.index"));
    folder.run(&["index", "query", "a.index", "a.jsonl"]).ends_with(0);
}

#[test]
fn a_report_is_neither_written_into_nor_left_to_tell_of_another_output() {
    let folder = one_file();
    folder.write("b.jsonl", record("b", &story(2)));
    folder.run(&["clean", "a.jsonl", "-o", "out.jsonl"]).ends_with(0);
    folder.run(&["dups", "a.jsonl", "-o", "out.jsonl.report/summary.json"]).fails(
        6,
        "refused: out.jsonl.report/summary.json would be written into the report out.jsonl.report; name another output",
    );
    for options in [&["--no-report"][..], &["--report", "elsewhere"]] {
        folder.run(&[&["clean", "b.jsonl", "-o", "out.jsonl"], options].concat()).fails(
            6,
            "refused: out.jsonl.report is the report on what stands at out.jsonl, and would tell of another corpus; remove it, let \
             it be written anew, or leave it by --overwrite",
        );
    }
    assert_eq!(folder.text("out.jsonl"), folder.text("a.jsonl"));
    folder.write("out.jsonl.report/notes.txt", "read by me");
    folder.run(&["clean", "b.jsonl", "-o", "out.jsonl"]).fails(
        6,
        "refused: the report out.jsonl.report holds notes.txt, which tamis did not write; move it away, name another --report, or \
         replace all of it with --overwrite",
    );
    folder.run(&["clean", "b.jsonl", "-o", "out.jsonl", "--overwrite"]).ends_with(0);
    folder.run(&["check", "out.jsonl.report"]).ends_with(0);
}

#[test]
fn a_folder_of_somebody_s_own_with_the_name_of_an_unfinished_run_is_left_alone() {
    let folder = one_file();
    folder.write("out.jsonl.unfinished/mine", "precious");
    for options in [&[][..], &["--overwrite"], &["--resume"]] {
        folder.run(&[&["clean", "a.jsonl", "-o", "out.jsonl"], options].concat()).ends_with(6);
        assert_eq!(folder.text("out.jsonl.unfinished/mine"), "precious");
    }
}

#[test]
fn a_folder_takes_the_place_of_a_file_if_it_is_told_to() {
    let folder = one_file();
    folder.write("out", "a file");
    folder.run(&["clean", "a.jsonl", "-o", "out"]).ends_with(6);
    folder.run(&["clean", "a.jsonl", "-o", "out", "--overwrite"]).ends_with(0);
    folder.write("back", "a file");
    let said = "refused: back is a file; name an empty folder, or one that is not there";
    folder.run(&["restore", "out.report", "-o", "back"]).fails(6, said);
    assert_eq!(folder.entries(), ["a.jsonl", "back", "out", "out.report"]);
}

#[cfg(unix)]
#[test]
fn an_output_that_is_a_link_is_written_where_it_leads() {
    let folder = one_file();
    std::fs::create_dir(folder.path("disk")).unwrap();
    for (link, target) in [("out.jsonl", "disk/clean.jsonl"), ("out", "disk")] {
        std::os::unix::fs::symlink(target, folder.path(link)).unwrap();
    }
    // Once where nothing stands yet, once where something does.
    for _ in 0..2 {
        folder.run(&["clean", "a.jsonl", "-o", "out.jsonl"]).ends_with(0);
        assert_eq!(folder.text("disk/clean.jsonl"), folder.text("a.jsonl"));
    }
    folder.run(&["check", "out.jsonl.report"]).ends_with(0);
    std::fs::remove_file(folder.path("disk/clean.jsonl")).unwrap();
    folder.run(&["clean", "a.jsonl", "-o", "out"]).ends_with(0);
    assert_eq!(folder.text("disk/a.jsonl"), folder.text("a.jsonl"));
    assert!(folder.path("out").is_symlink() && folder.path("out.jsonl").is_symlink());
    assert_eq!(folder.entries(), ["a.jsonl", "disk", "out", "out.jsonl", "out.jsonl.report", "out.report"]);
}

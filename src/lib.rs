//! tamis cleans scraped text: it strips what a page printed around an article, removes duplicates of what is left, and
//! keeps a receipt for every byte it took out.
//!
//! # The method, in seven steps
//!
//! 1. **Read** ([`read`]): files, folders, globs or standard input become records, records become documents. A record that
//!    cannot be read is set aside and told; it never ends its file.
//! 2. **Normalise** ([`normalize`]): Unicode form C, line ends, odd spaces, invisible characters, left-over references,
//!    mojibake. Found as edits; a clean text has none.
//! 3. **Strip** ([`strip`]): link texts glued into sentences, boilerplate lines by rule, and lines that recur in the corpus
//!    in contexts that have nothing else in common. Found as spans, each with its rule and evidence.
//! 4. **Fold** ([`fold`]): the form that texts are compared in, which looks at neither case nor punctuation. Never written.
//! 5. **Fingerprint** ([`fingerprint`]): digests of the whole and of each paragraph, and a sample of the shingles.
//! 6. **Group** ([`group`]): pairs that share a part of their samples are candidates; the full shingle sets decide. What goes
//!    has a direct match with one that stays.
//! 7. **Decide and write** ([`decide`], [`write`](mod@write), [`report`]): edits and removals become one list for each text,
//!    which is carried out on the raw record and is its receipt. Output and report together give the input back
//!    ([`report::restore`]).
//!
//! They run in four passes, which [`pipeline`] has on one screen: *survey* (1 to 3, for what recurs), *fingerprint* (2 to 5),
//! *group* (6), *write* (7). `ARCHITECTURE.md` says what is kept between them.
//!
//! # Example
//!
//! Two files hold the same sentence, one of them with a link's pop-up glued into it. Stripped first, they are equal:
//!
//! ```
//! use tamis::config::Config;
//! use tamis::job::{Job, Output};
//! use tamis::progress::Silent;
//!
//! let folder = tempfile::tempdir()?;
//! let (input, clean) = (folder.path().join("input"), folder.path().join("clean"));
//! std::fs::create_dir(&input)?;
//! std::fs::write(
//!     input.join("a.txt"),
//!     "He will meet President Joe BidenJoe BidenBiden prepares to confront Putin MORE later this week.\n",
//! )?;
//! std::fs::write(input.join("b.txt"), "He will meet President Joe Biden later this week.\n")?;
//!
//! let job = Job {
//!     inputs: vec![input.to_string_lossy().into_owned()],
//!     output: Some(Output::Folder(clean.clone())),
//!     report: Some(folder.path().join("clean.report")),
//!     ..Job::default()
//! };
//! let outcome = tamis::clean(&Config::default(), &job, &Silent)?;
//!
//! assert_eq!(std::fs::read_to_string(clean.join("a.txt"))?, "He will meet President Joe Biden later this week.\n");
//! assert_eq!((outcome.summary.counts.read, outcome.summary.counts.kept), (2, 1));
//! assert_eq!(outcome.duplicates[0].kind, "exact");
//! assert!(outcome.duplicates[0].survivor.ends_with("a.txt:1"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! `cli` (on by default) is the command `tamis`. Without default features the library knows no terminal, no arguments and
//! no signals.

// The whole method, and what it is asked to do.
pub mod pipeline;

pub mod budget;
pub mod config;
pub mod job;
pub mod plan;
pub mod request;
pub mod run;

// What the stages pass to each other.
pub mod document;
pub mod edit;
pub mod span;

// The stages, in order.
pub mod read;

pub mod pass;

pub mod normalize;

pub mod strip;

pub mod site;

pub mod fold;

pub mod fingerprint;

pub mod group;

pub mod store;

pub mod unfinished;

pub mod reference;

pub mod index;

pub mod date;

pub mod decide;

pub mod verdict;

pub mod write;

pub mod report;

// How a run ends, and how it is watched.
pub mod outcome;

pub mod estimate;

pub mod learning;
pub mod listing;

pub mod indexing;

pub mod error;

pub mod parallel;
pub mod progress;

pub use error::{Error, Result};
pub use pipeline::{build_index, clean, dups, learn, query_index, refuse};

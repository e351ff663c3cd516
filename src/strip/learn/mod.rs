//! Lines learned from the corpus itself.
//!
//! What it removes: lines that recur on a site, or on many, in contexts that have nothing else in common: sign-up and
//! follow-us lines, notices, tags and counters at the end, repeated announcements. Why: no list of phrases has all of them,
//! least of all in a language nobody wrote rules for. Before and after: `… the council said.⏎⏎Get our stories in your inbox
//! every morning` loses its last line when that stands under five different stories, and at least one in a hundred, of its
//! site. When it is wrong: a paragraph of background under every story of a subject looks the same; sentences therefore
//! stay in the first document, and the report has all of them. Settings: `strip.learn`, `strip.profile`, the survey's
//! budget, and a rule file to overrule single lines.
//!
//! Three steps, each mergeable over shards: [`LineSurvey::observe`] on every document, [`LineSurvey::finish`] once,
//! [`LearnedLines::find`] on every document. [`LineTexts::note`], on every document again, collects the texts for a rule file;
//! [`GivenLines`] are those of a rule file, and overrule.

mod context;
mod decide;
mod given;
mod key;
mod learned;
mod line;
mod peel;
mod recurrence;
mod rule_file;
mod survey;
mod tally;
mod template;
mod wording;

pub use decide::{Decision, LearnedRule};
pub use given::{FirstPlaces, GivenLines};
pub use key::{FOLDED_BYTES, line_key, shape_key};
pub use learned::{LearnedHit, LearnedLine, LearnedLines, StoredLine};
pub(super) use line::cue_forms;
pub use line::{Line, Traits, read_glanced, read_lines, read_shapes};
pub use peel::Peeled;
pub use recurrence::Evidence;
pub use rule_file::{Action, Place, RuleFileError, RuleLine, from_rule_file, to_rule_file};
pub use survey::{DocumentLines, LineSurvey, SurveyBudget};
pub use template::{template_key, template_of};
pub use wording::{LISTED_BYTES, LearnedRow, LineTexts, Scope, Selection};

#[cfg(test)]
mod tests;

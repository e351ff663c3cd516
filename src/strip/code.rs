//! Texts that are program code: their lines are told from those of a template by nothing but chance, and each counts.

use memchr::memchr_iter;

/// Bytes of a line of code at the most: what is longer is a paragraph, whatever it ends with.
const LONGEST: usize = 160;

/// Words of a statement at the most: an item of a list of clauses ends in a semicolon too.
const STATEMENT_WORDS: usize = 7;

/// Lines of code from which on a text may be code, and the share of its lines that they are then, as one of so many. A quarter: comments
/// and what stands between brackets look like prose. This finds 95 to 99 of a hundred source files in C, JavaScript and Rust, 86 headers, 77 files
/// in Python, hardly a shell script (of 6,000 in all), and three of 65,000 articles.
const LEAST_LINES: u32 = 8;
const LEAST_SHARE: u32 = 4;

/// Whether a text with so many lines, so many of them [lines of code](is_code_line), is code.
pub(super) fn is_code(code_lines: u32, lines: u32) -> bool {
    code_lines >= LEAST_LINES && code_lines.saturating_mul(LEAST_SHARE) >= lines
}

/// Whether a line, without the white space around it, ends as statements and blocks do, calls something without a word, assigns, or is
/// a comment or a tag.
pub(super) fn is_code_line(line: &str) -> bool {
    let bytes = line.as_bytes();
    if bytes.len() > LONGEST {
        return false;
    }
    let is_statement = || line.split_ascii_whitespace().nth(STATEMENT_WORDS).is_none();
    opens_or_closes(bytes) || is_marked(bytes) || (bytes.ends_with(b";") && is_statement()) || assigns(bytes)
}

/// Whether a line ends as one does that opens a block or closes one, or with a call of nothing.
fn opens_or_closes(line: &[u8]) -> bool {
    matches!(
        line,
        [.., b'{' | b'}' | b'[' | b'(']
            | [.., b')' | b']' | b'}', b',']
            | [.., b')', b':']
            | [.., b'(', b')']
    )
}

/// Whether a line is a comment of the kind that C has, a tag, or code between back quotes.
fn is_marked(line: &[u8]) -> bool {
    matches!(line, [b'/', b'/' | b'*', ..] | [.., b'*', b'/'] | [b'<', .., b'>'] | [b'`', .., b'`'])
}

/// Whether something is set to something, or compared with it, with a space on either side.
fn assigns(line: &[u8]) -> bool {
    let is_set = |at: usize| line[..at].ends_with(b" ") && line[at + 1..].starts_with(b" ");
    let is_compared = |at: usize| line[..at].ends_with(b" ") && line[at + 1..].starts_with(b"= ");
    memchr_iter(b'=', line).any(|at| is_set(at) || is_compared(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_code_are_told_from_prose() {
        for code in [
            "int main(void) {",
            "}",
            "return total;",
            "total = count * price",
            "if total == 0:",
            "def price(self, count):",
            "self.close()",
            "\"name\": [",
            "// Take a look at the licence.",
            "<div class=\"page\">",
        ] {
            assert!(is_code_line(code), "{code}");
        }
        for prose in [
            "",
            "“Nobody knows,” he said (and smiled).",
            "(a) that more people will come legally in the years to come;",
            "Sports (12)",
            "Related: Council votes to close the bridge",
            "E=mc²",
            "* * *",
        ] {
            assert!(!is_code_line(prose), "{prose}");
        }
    }

    #[test]
    fn a_few_lines_make_no_code() {
        assert!(!is_code(7, 7) && is_code(8, 8) && is_code(8, 32) && !is_code(8, 33));
    }
}

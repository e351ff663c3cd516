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

/// Numbers of a row of data at the least.
const ROW_NUMBERS: usize = 4;

/// Whether a line, without the white space around it, ends as statements and blocks do, calls something without a word, assigns, is
/// a comment or a tag, or a row of numbers.
pub(super) fn is_code_line(line: &str) -> bool {
    let bytes = line.as_bytes();
    if bytes.len() > LONGEST {
        return false;
    }
    let is_statement = || line.split_ascii_whitespace().nth(STATEMENT_WORDS).is_none();
    opens_or_closes(bytes)
        || is_marked(bytes)
        || (bytes.ends_with(b";") && is_statement())
        || assigns(bytes)
        || is_row(bytes)
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

/// Whether a line is a comment of the kind that C has, a tag, code between back quotes, or opens with a command of POD or TeX.
fn is_marked(line: &[u8]) -> bool {
    match line {
        [b'/', b'/' | b'*', ..] | [.., b'*', b'/'] | [b'<', .., b'>'] | [b'`', .., b'`'] => true,
        [b'=' | b'\\', command, ..] => command.is_ascii_lowercase(),
        _ => false,
    }
}

/// Whether something is set to something, or compared with it, with a space on either side.
fn assigns(line: &[u8]) -> bool {
    let is_set = |at: usize| line[..at].ends_with(b" ") && line[at + 1..].starts_with(b" ");
    let is_compared = |at: usize| line[..at].ends_with(b" ") && line[at + 1..].starts_with(b"= ");
    memchr_iter(b'=', line).any(|at| is_set(at) || is_compared(at))
}

/// Whether a line is a row of data: four numbers and more, of any base, and nothing but what stands between numbers.
fn is_row(line: &[u8]) -> bool {
    let opens_number = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'|' | b'"');
    if !line.first().is_some_and(opens_number) {
        return false;
    }
    let is_gap = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b';' | b'|' | b'"');
    let mut cells = line.split(is_gap).filter(|cell| !cell.is_empty());
    let numbers = cells.try_fold(0_usize, |count, cell| is_number(cell).then_some(count + 1));
    numbers.is_some_and(|count| count >= ROW_NUMBERS)
}

/// Whether a cell of a row is a number, in figures or from `0x` on.
fn is_number(cell: &[u8]) -> bool {
    if let [b'0', b'x' | b'X', rest @ ..] = cell {
        return rest.iter().all(u8::is_ascii_hexdigit);
    }
    let joins = |byte: &u8| matches!(byte, b'.' | b'-' | b'+' | b':' | b'/' | b'%' | b'e' | b'E');
    cell.iter().any(u8::is_ascii_digit) && cell.iter().all(|byte| byte.is_ascii_digit() || joins(byte))
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
            "3,3,3,3,",
            "0xad, 0x09, 17, 0",
            "12.5\t-3\t1e-7\t2020-01-31",
            "| 4 | 17 | 9 | 30% |",
            "=cut",
            r"\section{Results}",
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
            "1, 2, 3",
            "0-1, 4-2, 3-3 and 1-1",
            "2, 4, 6, 8, who do we appreciate",
            "- - - - - 1",
        ] {
            assert!(!is_code_line(prose), "{prose}");
        }
    }

    #[test]
    fn a_few_lines_make_no_code() {
        assert!(!is_code(7, 7) && is_code(8, 8) && is_code(8, 32) && !is_code(8, 33));
    }
}

//! A messy corpus made by rule, the same in every run: stories, copies of them whole, edited and in part, lines that stand
//! on every page, odd characters, several scripts, and JSON written in several ways.

use std::fmt::Write as _;

/// Numbers that look random and are the same in every run (`SplitMix64`).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    pub(crate) fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.throw(of.len() as u64) as usize]
    }

    /// A word of three to nine letters.
    fn word(&mut self) -> String {
        let syllables = 2 + self.throw(3);
        (0..syllables).map(|_| self.pick(&SYLLABLES)).collect()
    }

    fn sentence(&mut self) -> String {
        let words = 8 + self.throw(9);
        let mut sentence = String::new();
        for number in 0..words {
            let word = if number % 3 == 1 { self.pick(&SMALL_WORDS).to_owned() } else { self.word() };
            if number == 0 {
                let (head, tail) = word.split_at(1);
                sentence.push_str(&head.to_uppercase());
                sentence.push_str(tail);
            } else {
                let _ = write!(sentence, " {word}");
            }
        }
        sentence + "."
    }

    fn paragraph(&mut self) -> String {
        let sentences = 2 + self.throw(3);
        (0..sentences).map(|_| self.sentence()).collect::<Vec<_>>().join(" ")
    }

    /// Paragraphs with blank lines between them.
    pub(crate) fn story(&mut self, paragraphs: u64) -> String {
        (0..paragraphs).map(|_| self.paragraph()).collect::<Vec<_>>().join("\n\n")
    }
}

const SYLLABLES: [&str; 40] = [
    "ba", "ko", "ri", "ten", "la", "mo", "sur", "vel", "din", "po", "ga", "fen", "ul", "tra", "ser", "min",
    "do", "nar", "il", "pes", "cu", "ron", "ha", "ste", "ve", "bru", "ock", "ly", "an", "der", "qui", "zo",
    "em", "ith", "wel", "gor", "pla", "nu", "tis", "ket",
];
const SMALL_WORDS: [&str; 14] =
    ["the", "of", "and", "in", "to", "with", "for", "on", "by", "from", "that", "was", "has", "under"];
/// Lines that a page prints around its text.
const BOILERPLATE: [&str; 8] = [
    "ADVERTISEMENT",
    "Share on Facebook",
    "Sign up for our newsletter",
    "Read more:",
    "Leave a comment",
    "Story continues below advertisement",
    "All rights reserved.",
    "Follow us on Twitter",
];
/// What makes a text messy: each stands in some documents, in front of, behind, or between words.
const ODDITIES: [&str; 14] = [
    "Two\u{a0}words and\u{202f}a third",
    "Tom &amp;amp; Jerry &amp;quot;here&amp;quot;",
    "zero\u{200b}width, soft\u{ad}hyphen",
    "cafe\u{301} and \u{212b}ngstro\u{308}m",
    "東京で新しい経済政策が発表されました。首相は記者会見で説明した。",
    "Правительство одобрило законопроект",
    "👩‍👩‍👧 came, 🇫🇷 won 1\u{202f}000\u{a0}€",
    "ends with spaces   \t",
    "“quotes” \"plain\" back\\slash /slash",
    "bell\u{7} and escape \u{1b}[31mred\u{1b}[0m",
    "FranÃ§ois est arrivÃ© Ã  l’hÃ´tel",
    "line one\r\nline two\rline three",
    "می‌خواهم کتاب بخوانم",
    "\u{feff}a mark inside",
];

/// One document of the corpus.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) id: String,
    pub(crate) text: String,
    style: u64,
}

/// `number` documents, about two in five of them copies of an earlier one.
pub(crate) fn messy(number: u64, seed: u64) -> Vec<Made> {
    let mut dice = Dice::new(seed);
    let mut made: Vec<Made> = Vec::new();
    for place in 0..number {
        let text = match dice.throw(10) {
            0 if place > 5 => earlier(&made, &mut dice),
            1 if place > 5 => edited(&earlier(&made, &mut dice), &mut dice),
            2 if place > 5 => part(&earlier(&made, &mut dice)),
            3 if place > 5 => format!("{}\n\n{}", earlier(&made, &mut dice), dice.story(1)),
            4 => dice.sentence(),
            _ => page(&mut dice),
        };
        made.push(Made { id: format!("d{place:04}"), text, style: dice.throw(7) });
    }
    made
}

/// Lines that stand in the way of each other: a menu, the site's name, headings with their lists, forms, separators, hard
/// wraps.
const FURNITURE: [&str; 26] = [
    "Daily Example",
    "Daily Example\n\nDaily Example",
    "Daily Example\n\nDaily Example\n\nDaily Example",
    "Home\nNews\nSport\nBusiness\nOpinion\nLog in\nSubscribe\nSearch\nMenu\nContact us\nAbout us\nShare",
    "The bridge is closed again\n\nThe bridge is closed again",
    "* * *",
    "* * *\n\n* * *",
    "Related articles\n\nWhy the ferries fail every spring\n\nWhat the mayor knew of the ferries",
    "READ MORE:\n\n- Why the ferries fail\n- What the mayor knew",
    "You may also like",
    "Comments",
    "Share",
    "Sign up for our newsletter",
    "Enter your email address",
    "© 2019 Daily Example. All rights reserved.",
    "Thank you for reading our paper today.",
    "This page is published by a media house in Exampletown.",
    "Follow our reporter in Exampletown for more of this",
    "Our town, our paper",
    "By Jo Smith",
    "Updated at 8:45 a.m.",
    "The ferry was seen at the old harbour …\nReuters/Jo Smith",
    "The house, owned\nby a society of friends of the old harbour, was said to\nbecome a member in May, and a card is to be issued for\nuse in the harbour.",
    "Source: Example Bureau",
    "Advertisement",
    "Next »",
];

/// Pages with much of what is stripped, of stories of which some are too short to bear it; about one in six is a copy.
pub(crate) fn furnished(number: u64, seed: u64) -> Vec<Made> {
    let mut dice = Dice::new(seed);
    let mut made: Vec<Made> = Vec::new();
    for place in 0..number {
        let text =
            if place > 5 && dice.throw(6) == 0 { earlier(&made, &mut dice) } else { cluttered(&mut dice) };
        made.push(Made { id: format!("d{place:04}"), text, style: 5 });
    }
    made
}

/// A story among furniture.
fn cluttered(dice: &mut Dice) -> String {
    let mut lines = Vec::new();
    let put = |dice: &mut Dice, most: u64, lines: &mut Vec<String>| {
        for _ in 0..dice.throw(most) {
            lines.push(dice.pick(&FURNITURE).to_owned());
        }
    };
    put(dice, 5, &mut lines);
    for _ in 0..=dice.throw(6) {
        lines.push(if dice.throw(3) == 0 { dice.sentence() } else { dice.paragraph() });
        put(dice, 3, &mut lines);
    }
    put(dice, 6, &mut lines);
    lines.join("\n\n")
}

/// A story with what stands around it on a page.
fn page(dice: &mut Dice) -> String {
    let mut lines = Vec::new();
    if dice.throw(4) == 0 {
        lines.extend(["Daily Example".to_owned(), "Daily Example".to_owned()]);
    }
    for _ in 0..3 + dice.throw(4) {
        lines.push(dice.paragraph());
        if dice.throw(3) == 0 {
            lines.push(dice.pick(&BOILERPLATE).to_owned());
        }
        if dice.throw(4) == 0 {
            lines.push(format!("{} {}", dice.pick(&ODDITIES), dice.word()));
        }
    }
    lines.push("This page is published by a media house in Exampletown.".to_owned());
    lines.join("\n\n")
}

fn earlier(made: &[Made], dice: &mut Dice) -> String {
    made[dice.throw(made.len() as u64) as usize].text.clone()
}

/// The text with one word changed.
fn edited(text: &str, dice: &mut Dice) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let place = words.len() / 2;
    words[place] = dice.word();
    words.join(" ")
}

/// The first half of a text's paragraphs.
fn part(text: &str) -> String {
    let paragraphs: Vec<&str> = text.split("\n\n").collect();
    paragraphs[..paragraphs.len().div_ceil(2)].join("\n\n")
}

impl Made {
    /// The document as a line of JSON, in one of several ways to write it.
    pub(crate) fn line(&self) -> String {
        let (id, text) = (quoted(&self.id), quoted(&self.text));
        match self.style {
            0 => format!("{{\"text\":{text},\"id\":{id}}}\n"),
            1 => format!("  {{ \"id\" :\t{id} , \"n\": 1.50e+3, \"text\" :  {text} }}  \n"),
            2 => format!("{{\"id\": {id}, \"text\": {}}}\n", escaped(&self.text)),
            3 => format!(
                "{{\"id\": {id}, \"meta\": {{\"text\": \"no\", \"x\": [1, {{}}]}}, \"text\": {text}}}\r\n"
            ),
            4 => format!("{{\"text\": \"overruled\", \"id\": {id}, \"text\": {text}}}\n"),
            5 => format!(
                "\n{{\"id\": {id}, \"url\": \"https:\\/\\/example.org\\/{}\", \"text\": {text}}}\n",
                self.id
            ),
            _ => format!("{{\"id\": {id}, \"text\": {text}, \"caf\\u00e9\": \"\\ud83d\\ude00\"}}\n"),
        }
    }
}

/// A corpus as JSON Lines.
pub(crate) fn lines(documents: &[Made]) -> String {
    documents.iter().map(Made::line).collect()
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A JSON string in which every character that is not an ASCII letter or a space is an escape.
fn escaped(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        if character.is_ascii_alphanumeric() || character == ' ' {
            out.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04X}");
        }
    }
    out + "\""
}

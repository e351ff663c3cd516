use super::*;
use crate::normalize::test_data;

fn cleaned(text: &str) -> String {
    let found = find(text, &Cues::default());
    let mut out = String::new();
    let mut done = 0;
    for link in &found {
        out.push_str(&text[done..link.span.start]);
        done = link.span.end;
    }
    out + &text[done..]
}

/// Each pop-up with an invented name, as the sentence was written.
const POPUPS: &[(&str, &str)] = &[
    // Glued to the link and not to the headline; a name that the headline begins with.
    (
        "Speaker Pavel RylandPavel Davis Ryland Retirees should say no thanks to the plan MORE (R-Wis.) and",
        "Speaker Pavel Ryland (R-Wis.) and",
    ),
    (
        "Leader Harry ReedHarry Mason ReedHarry Reed predicts a long night in town MORE (D-Nev.) said",
        "Leader Harry Reed (D-Nev.) said",
    ),
    (
        "leader Kim Jong UnKim Jong UnPompeo says gunfire was accidental after all MORE is smarter",
        "leader Kim Jong Un is smarter",
    ),
    // Glued, with and without a middle name, with a headline list.
    (
        "President Ana BeltonAna Maria BeltonBelton signs the bill Senate waits for the vote MORE said so.",
        "President Ana Belton said so.",
    ),
    // A space after the link.
    (
        "Sen. Rosa Quill Rosa Amelia QuillLawmakers under pressure over the harbour MORE (R-Maine) left.",
        "Sen. Rosa Quill (R-Maine) left.",
    ),
    // Headlines glued to each other and to the cue.
    (
        "with TarkovJon TarkovTarkov to sign the orderNew timetable for the ferry: reportMORE on Monday",
        "with Tarkov on Monday",
    ),
    // No glue point at all.
    (
        "Speaker Pavel Ryland Pavel Davis Ryland Retirees should say no thanks to the plan MORE (R-Wis.) and",
        "Speaker Pavel Ryland (R-Wis.) and",
    ),
    // A nickname in brackets, no glue point.
    (
        "Sen. Rick Durban Richard (Rick) Joseph Durban Durban: we must act on this MORE said",
        "Sen. Rick Durban said",
    ),
    // A capital inside the surname.
    (
        "Rep. Frank LoBianco Frank Alo LoBianco Democratic challenger says he was betrayed MORE and Mitch McDonnel Addison (Mitch) Mitchell McDonnel Senate to vote on it MORE met",
        "Rep. Frank LoBianco and Mitch McDonnel met",
    ),
    (
        "Rep. Frank LoBianco Frank Alo LoBiancoDemocratic challenger says he was betrayed MORE left, Peter FitzHarald Peter Gos FitzHarald Voters go to the polls MORE too",
        "Rep. Frank LoBianco left, Peter FitzHarald too",
    ),
    // No headline.
    ("Gen. John KellinJohn Francis KellinMORE was there", "Gen. John Kellin was there"),
    // A headline that begins with a digit or a quotation mark.
    ("and Bern SandorBern Sandor2020 candidates meet in the hall MORE agreed", "and Bern Sandor agreed"),
    ("and Paul RyderPaul Davis Ryder'Gang of eight' is back in town MORE agreed", "and Paul Ryder agreed"),
    // A nickname, an accent on one side, a suffix, a particle, an apostrophe, a hyphen, a two-part capital.
    (
        "Leader Mitch McDonnelAddison (Mitch) Mitchell McDonnelSenate to vote on the budget MORE said",
        "Leader Mitch McDonnel said",
    ),
    ("Gov. Luis Sanchez Luis SánchezFirst votes are counted in the state MORE won", "Gov. Luis Sanchez won"),
    ("Ed Trump Jr.Edward John Trump Jr.Trump to sign the order today MORE called", "Ed Trump Jr. called"),
    (
        "with Ella von der HeideElla von der HeideEurope waits for an answer MORE today",
        "with Ella von der Heide today",
    ),
    ("Rep. Beto O'RorkeRobert (Beto) O'RorkeTexas voters go to the polls MORE ran", "Rep. Beto O'Rorke ran"),
    (
        "Rep. Alexa Ocasio-CorralAlexa Ocasio-CorralSandor to hold a rally MORE (D-N.Y.) did",
        "Rep. Alexa Ocasio-Corral (D-N.Y.) did",
    ),
    // Possessives, commas and brackets behind the cue.
    ("TarkovJon TarkovTarkov to sign the order MORE’s plan", "Tarkov’s plan"),
    (
        "Jon Tarkov, Jon TarkovTarkov to sign the order MORE",
        "Jon Tarkov, Jon TarkovTarkov to sign the order MORE",
    ),
    (
        "by Mark WarnickMark Robert WarnickPlants close in the valley MORE (D-Va.), Bern SandorBern SandorThe campaign in review this week MORE (I-Vt.) and",
        "by Mark Warnick (D-Va.), Bern Sandor (I-Vt.) and",
    ),
    // Inside quotation marks and a list.
    (
        "“We met with Jon TarkovJon TarkovTarkov to sign the order MORE,” he said",
        "“We met with Jon Tarkov,” he said",
    ),
    ("- Jon TarkovJon TarkovTarkov to sign the order MORE\n- Ana Belton", "- Jon Tarkov\n- Ana Belton"),
    // No space behind the cue.
    (
        "Sen. Rosa Quill Rosa Amelia QuillLawmakers under pressure over the harbour MORE(R-Maine) left.",
        "Sen. Rosa Quill (R-Maine) left.",
    ),
    // A surname with one letter wrong, the first name said twice.
    (
        "Rep. Ryan Costelo Ryan CostelloHouse leaves town for the summer MORE (Pa.) said",
        "Rep. Ryan Costelo (Pa.) said",
    ),
    // Half the name linked.
    (
        "Secretary Sara Hucklby Sara Elizabeth SandersonPress leaves the room in anger MORE Sanderson said",
        "Secretary Sara Hucklby Sanderson said",
    ),
    // Cut off before its cue.
    (
        "Former President TarkovJon TarkovFive takeaways from the long debate in Ohio Belton aims…",
        "Former President Tarkov…",
    ),
    (
        "Former President TarkovJon TarkovFive takeaways from the long debate in Ohio MO… [+2463 chars]",
        "Former President Tarkov…",
    ),
    // Cyrillic.
    (
        "Президент ПетровИван ПетровПетров готовится к встрече с министром MORE сказал",
        "Президент Петров сказал",
    ),
    // Brackets and cut marks.
    ("The bill ( Also on POLITICO: Portman for (vice) president) passed.", "The bill passed."),
    ("The vote failed. (RELATED: The Five Best Moments) Then it rained.", "The vote failed. Then it rained."),
    ("The vote failed ( PHOTOS: 10 quotes about the bill) again.", "The vote failed again."),
    ("Il voto (Continua a leggere dopo la foto) non passa.", "Il voto non passa."),
    ("It ended here… [+120 chars]", "It ended here…"),
];

/// Texts in which nothing is link text.
const NEGATIVES: &[&str] = &[
    "Old McDonald had a farm, and McDonald sold MORE eggs.",
    "The iPhone and YouTube were there, JavaScript and LaTeX too.",
    "BlueCross BlueShield of Ohio wants members, and more of them.",
    "DeMar DeRozan scored 30 points, DeRozan said he wanted MORE.",
    "Johnson & Johnson said Johnson would buy MORE of it.",
    "class FooBarFactory FooBarFactoryImpl { int MORE = 1; }",
    "Die StudentInnen und PolitikerInnen wollen MORE davon.",
    "lesiXhosa cheCovid zveZimbabwe ekuAmerica ngoMgqibelo MORE",
    "XiJinping met XiJinping and wanted MORE.",
    "TRUMP SAYS MORE AND MORE PEOPLE WANT MORE",
    "Donald TrumpDonald Trump Jr., Jared Kushner, and Paul Manafortand at least five other people",
    "Give me MORE, said Oliver, and more again. MORE!",
    "Sir Thomas More met Thomas More; READ MORE about Thomas.",
    "New York New York City is a song. READ MORE",
    "President Obama. Barack Obama then spoke and the crowd wanted MORE of it.",
    "The Clinton campaign said Hillary Clinton won. She wants MORE.",
    "ScuttleButton. ScuttleButton puzzles are MORE fun.",
    "東京で首相が会見した。首相は「MORE」と述べた。",
    "getUserName setUserName getUserName MORE",
    "Bill Clinton Bill Clinton Jr was MORE popular",
    "| Biden | 45 | Trump | 43 | MORE |",
    "MORE: the story so far",
    "He said (see also: Smith 2010) that it was so.",
    "He said (watch: the sky) and left (related to the case).",
    "An array a[+2] and b[+10 chars] differ.",
    "She is Mary Ann Mary Ann Smith MORE or less",
    "AgenturchefinAnnett und KritikStefanie MORE",
    "Smith and Smith Smith MORE",
    "McConnell, R-Ky., and McConnell's aide wanted MORE time.",
    "The New YorkNew York Times story had MORE.",
    "He wants more. More — and broader — cuts are to come (More — and broader — cuts).",
    "(MORE — and broader — cuts) are on the table.",
    "— Ana Belton (@anabelton) June 1, 2018",
    "Ana Belton (@anabelton): MORE to come (@harbour) RT [@town: MORE to come]",
];

#[test]
fn popups_go_and_the_sentence_stays_as_it_was_written() {
    for (text, expected) in POPUPS {
        assert_eq!(&cleaned(text), expected, "{text}");
    }
}

#[test]
fn what_only_looks_like_link_text_stays() {
    for text in NEGATIVES {
        assert_eq!(&cleaned(text), text, "{:?}", find(text, &Cues::default()));
    }
}

#[test]
fn nothing_is_found_in_what_remains() {
    for (text, _) in POPUPS {
        let once = cleaned(text);
        assert_eq!(cleaned(&once), once, "{text}");
    }
}

#[derive(serde::Deserialize)]
struct Gold {
    text: String,
    spans: Vec<(usize, usize)>,
    clean: String,
    text_glued: String,
    spans_glued: Vec<(usize, usize)>,
}

#[derive(Default, Debug)]
struct Score {
    gold: usize,
    found: usize,
    wrong: usize,
    gold_characters: usize,
    found_characters: usize,
    right_characters: usize,
    seams: usize,
    right_seams: usize,
    shown: Vec<String>,
}

fn bytes_of(text: &str, spans: &[(usize, usize)]) -> Vec<Span> {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    spans.iter().map(|(start, end)| Span::new(places[*start], places[*end])).collect()
}

fn score(text: &str, gold: &[Span], clean: &str, score: &mut Score) {
    let found = find(text, &Cues::default());
    let overlap = |a: Span, b: Span| a.end.min(b.end).saturating_sub(a.start.max(b.start));
    score.gold += gold.len();
    score.gold_characters += gold.iter().map(|span| span.len()).sum::<usize>();
    for span in gold {
        if found.iter().any(|link| overlap(link.span, *span) * 10 >= span.len() * 9) {
            score.found += 1;
        } else if score.shown.len() < 60 {
            let start = text.floor_char_boundary(span.start.saturating_sub(50));
            let end = text.ceil_char_boundary((span.end + 20).min(text.len()));
            score.shown.push(format!("MISS {:?}", &text[start..end]));
        }
    }
    let mut out = String::new();
    let mut done = 0;
    for link in &found {
        let right: usize = gold.iter().map(|span| overlap(link.span, *span)).sum();
        score.found_characters += link.span.len();
        score.right_characters += right;
        if right == 0 {
            score.wrong += 1;
            let start = text.floor_char_boundary(link.span.start.saturating_sub(50));
            let end = text.ceil_char_boundary((link.span.end + 20).min(text.len()));
            score.shown.push(format!("EXTRA {:?} {:?}", link.kind, &text[start..end]));
        }
        out.push_str(&text[done..link.span.start]);
        done = link.span.end;
        let before: String = out.chars().rev().take(20).collect::<Vec<_>>().into_iter().rev().collect();
        let after: String = text[link.span.end..].chars().take(20).collect();
        let cut = find(&after, &Cues::default()).is_empty();
        score.seams += usize::from(cut);
        let is_right = clean.contains(&before);
        score.right_seams += usize::from(cut && is_right);
        if cut && !is_right && score.shown.len() < 60 {
            score.shown.push(format!("SEAM {before:?} {after:?}"));
        }
    }
    let _ = out;
}

/// SHA-256 of the unpacked labels that the floor was measured on.
const LABELS: &str = "328c4c7b4e1bd9cf99c557c8907c03089dbe5fe7d80e64c3721695a7c742738b";

fn digest(text: &str) -> String {
    use sha2::{Digest, Sha256};
    crate::read::hexadecimal(&Sha256::digest(text.as_bytes()))
}

#[test]
fn the_floor_on_labelled_popups_holds() {
    let Some(lines) = test_data("linktext/hill_glue_spans.jsonl.zst") else { return };
    assert_eq!(digest(&lines), LABELS, "other labels: measure again, then set the floor");
    let (mut spaced, mut glued) = (Score::default(), Score::default());
    for line in lines.lines() {
        let gold: Gold = serde_json::from_str(line).unwrap();
        score(&gold.text, &bytes_of(&gold.text, &gold.spans), &gold.clean, &mut spaced);
        score(&gold.text_glued, &bytes_of(&gold.text_glued, &gold.spans_glued), &gold.clean, &mut glued);
    }
    for score in [&spaced, &glued] {
        let recall = score.found as f64 / score.gold as f64;
        let precision = score.right_characters as f64 / score.found_characters as f64;
        eprintln!(
            "recall {recall:.5} precision {precision:.5} seams {}/{} wrong {} gold {}",
            score.right_seams, score.seams, score.wrong, score.gold
        );
        score.shown.iter().take(20).for_each(|shown| eprintln!("{shown}"));
    }
    for score in [&spaced, &glued] {
        assert!(score.found as f64 / score.gold as f64 >= 0.999);
        assert!(score.right_characters as f64 / score.found_characters as f64 >= 0.9999);
        // The labels take `Jr.` for a part of the pop-up, and `Biondo` and `Morris Rodgers`, whose names they leave as `Frank Lo`
        // and `Cathy Mc`: 20 seams differ.
        assert!(score.right_seams as f64 / score.seams as f64 >= 0.9945);
        assert_eq!(score.wrong, 0);
    }
}

#[test]
fn real_snippets_come_out_as_labelled() {
    #[derive(serde::Deserialize)]
    struct Snippet {
        text: String,
        clean: Option<String>,
    }
    let Some(lines) = test_data("linktext/glue_real_snippets.jsonl.zst") else { return };
    for line in lines.lines() {
        let snippet: Snippet = serde_json::from_str(line).unwrap();
        let expected = snippet.clean.unwrap_or_else(|| snippet.text.clone());
        assert_eq!(cleaned(&snippet.text), expected);
    }
}

#[test]
fn articles_of_other_sites_lose_nothing() {
    for corpus in ["news-de", "news-pt", "news-african", "bbc", "newsgroups", "news-ar", "news-mojibake"] {
        let Some(lines) = test_data(&format!("articles/{corpus}.jsonl.zst")) else { continue };
        for text in texts_of(&lines).step_by(7) {
            let mut found = find(&text, &Cues::default());
            found.retain(|link| !matches!(link.kind, Kind::Bracket | Kind::CutMark));
            let found: Vec<&str> = found.iter().map(|link| link.span.of(&text)).collect();
            assert_eq!(found, Vec::<&str>::new(), "{corpus}");
        }
    }
}

/// Pieces that made one look or another go over the same bytes again and again.
const HOSTILE: &[&str] = &[
    "AbAbAb",
    "Ab",
    "Ab Cd Ab CdAb ",
    "Trump TrumpTrump ",
    "Trump TrumpTrump MORE ",
    "MORE MORE ",
    "MORE-",
    "MORE Aa-",
    "Jo JoJo MORE",
    "Jo Jo JoJo was here MORE ",
    "A A A A AbAb",
    "Ann Lee Ann Lee ",
    "Bob Jr.Bob",
    " Jr.T",
    "(RELATED: ",
    "((((",
    "(a",
    "( ",
    "[+1 chars]",
    "aB'C",
    "aB\n",
    "éÉ",
    "Read more ",
    ". T",
];

#[test]
fn hostile_lines_take_work_in_proportion_to_their_length() {
    for piece in HOSTILE {
        for (head, tail) in [("", ""), ("", " MORE"), ("MORE ", "…")] {
            let work = |length: usize| {
                let text = format!("{head}{}{tail}", piece.repeat(length / piece.len()));
                effort::of(|| {
                    find(&text, &Cues::default());
                    may_hold(&text);
                    CueSurvey::default().observe(&text);
                })
            };
            let least = work(16_000);
            for doublings in 1..=4 {
                let most = (least << doublings) * 5 / 4;
                assert!(work(16_000 << doublings) <= most, "{head}{piece}{tail}, {doublings} doublings");
            }
            assert!(least <= 16_000 * 1_000, "{head}{piece}{tail}: {least} bytes looked at");
        }
    }
}

#[test]
fn what_may_hold_nothing_holds_nothing() {
    for text in POPUPS.iter().map(|(text, _)| text).chain(NEGATIVES) {
        assert!(may_hold(text) || find(text, &Cues::default()).is_empty(), "{text}");
    }
    for corpus in ["news-de", "news-pt", "news-african", "news-en-mixed"] {
        let Some(lines) = test_data(&format!("articles/{corpus}.jsonl.zst")) else { continue };
        for text in texts_of(&lines).step_by(5) {
            assert!(may_hold(&text) || find(&text, &Cues::default()).is_empty(), "{text}");
        }
    }
}

fn texts_of(lines: &str) -> impl Iterator<Item = String> + '_ {
    let text = |line: &str| {
        serde_json::from_str::<serde_json::Value>(line).unwrap()["text"].as_str().unwrap().to_owned()
    };
    lines.lines().map(text)
}

#[test]
fn nothing_is_found_in_cleaned_articles() {
    let Some(lines) = test_data("linktext/hill_glue_spans.jsonl.zst") else { return };
    for line in lines.lines() {
        let gold: Gold = serde_json::from_str(line).unwrap();
        for text in [gold.text, gold.text_glued] {
            let once = cleaned(&text);
            assert_eq!(cleaned(&once), once);
        }
    }
}

proptest::proptest! {
    #[test]
    fn any_text_gives_sound_spans(text in "[A-Za-zé .…’'(:)\\[\\]+0-9]{0,80}( MORE)?[a-zA-Z .]{0,20}") {
        let mut end = 0;
        for link in find(&text, &Cues::default()) {
            proptest::prop_assert!(link.span.start >= end && text.get(link.span.range()).is_some());
            end = link.span.end;
        }
    }

    #[test]
    fn a_survey_does_not_depend_on_order(order in proptest::collection::vec(0usize..6, 0..40)) {
        let texts: Vec<&str> = POPUPS.iter().take(6).map(|(text, _)| *text).collect();
        let survey = |order: &[usize]| {
            let mut survey = CueSurvey::default();
            for place in order {
                survey.observe(texts[*place]);
            }
            survey
        };
        let whole = survey(&order).finish();
        let (head, tail) = order.split_at(order.len() / 2);
        let mut parts = survey(tail);
        parts.merge(&survey(head));
        let parts = parts.finish();
        proptest::prop_assert_eq!(whole.known(), parts.known());
    }
}

/// The cues of many plain stories and of a few with a pop-up behind a name, each made of its first and last part.
fn cues_of(with_popup: impl Fn(&str, &str) -> String) -> Cues {
    let mut survey = CueSurvey::default();
    for number in 0..4_000 {
        survey.observe(&format!(
            "Story {number} tells of the harbour and of the town, and of nothing else at all."
        ));
    }
    for (first, last) in [
        ("Ana", "Belton"),
        ("Jon", "Tarkov"),
        ("Rosa", "Quill"),
        ("Pavel", "Ryland"),
        ("Harry", "Reed"),
        ("Ella", "Heider"),
        ("Luis", "Sanchez"),
        ("Mark", "Warnick"),
        ("Bern", "Sandor"),
    ] {
        survey.observe(&with_popup(first, last));
    }
    survey.finish()
}

#[test]
fn a_cue_is_learned_from_a_few_documents() {
    let cues = cues_of(|first, last| {
        format!("Minister {last}{first} {last}{last} und {first} am See WEITERLESEN sagte das gestern.")
    });
    let learned: Vec<&str> =
        cues.known().iter().filter(|cue| cue.learned).map(|cue| cue.text.as_str()).collect();
    assert_eq!(learned, ["WEITERLESEN"]);
    let text = "Minister BeltonAna BeltonBelton baut den Hafen um WEITERLESEN sagte das.";
    assert_eq!(find(text, &cues)[0].span.of(text), "Ana BeltonBelton baut den Hafen um WEITERLESEN");
}

/// Where a known cue ends the pop-ups, the name that all their headlines tell of is none.
#[test]
fn a_name_in_all_headlines_is_no_cue() {
    let headlines = "asks for more Courts halt Gravener's tax Mayor meets Gravener on the tax";
    let cues = cues_of(|first, last| format!("Senator {last}{first} {last}{last} {headlines} MORE said so."));
    assert!(!cues.has_learned(), "{:?}", cues.known());
    let cues =
        cues_of(|first, last| format!("Senator {last}{first} {last}{last} {headlines} WEITER said so."));
    assert!(cues.has_learned(), "it tells nothing where no cue is known");
}

#![allow(warnings, clippy::all, clippy::pedantic)]
use std::io::Read;
use std::time::Instant;
fn main() {
    let mut s = String::new();
    zstd::Decoder::new(std::fs::File::open("/work/shared/data/articles/news-en.jsonl.zst").unwrap())
        .unwrap()
        .read_to_string(&mut s)
        .unwrap();
    let t: Vec<String> = s
        .lines()
        .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap()["text"].as_str().unwrap().to_string())
        .collect();
    let n: usize = t.iter().map(|t| t.lines().filter(|l| !l.trim().is_empty()).count()).sum();
    macro_rules! b {
        ($name:expr,$f:expr) => {
            for _ in 0..2 {
                let a = Instant::now();
                let mut x = 0u64;
                for t in &t {
                    for l in t.split('\n') {
                        let l = l.trim();
                        if l.is_empty() {
                            continue;
                        }
                        x = x.wrapping_add($f(l) as u64);
                    }
                }
                println!("{} {:?} {} ns/line", $name, x, a.elapsed().as_nanos() / n as u128);
            }
        };
    }
    b!("trim", |l: &str| l.len());
    b!("chars", |l: &str| if l.is_ascii() { l.len() } else { l.chars().count() });
    b!("key", |l: &str| tamis::strip::learn::line_key(l));
    b!("digits", |l: &str| l.bytes().filter(u8::is_ascii_digit).count());
    b!("alnum", |l: &str| !l.contains(char::is_alphanumeric));
    b!("ends", |l: &str| l.chars().rev().take(4).find(|c| !matches!(c, '"' | ')')).unwrap_or(' ') as u64);
    b!("at", |l: &str| memchr::memchr(b'@', l.as_bytes()).is_some());
    let cues = [
        "acebook",
        "witter",
        "nstagram",
        "ouTube",
        "outube",
        "hatsApp",
        "hatsapp",
        "elegram",
        "inkedIn",
        "interest",
        "FACEBOOK",
        "TWITTER",
        "INSTAGRAM",
        "YOUTUBE",
        "WHATSAPP",
        "TELEGRAM",
        "ewsletter",
        "NEWSLETTER",
        "atreon",
        "opyright",
        "COPYRIGHT",
        "©",
        "://",
        "www.",
        "potify",
        "odcast",
    ];
    let mk = |c: &[&str]| aho_corasick::packed::Config::new().builder().extend(c).build().unwrap();
    let s1 = mk(&cues);
    b!("packed all", |l: &str| l.len() <= 600 && s1.find(l.as_bytes()).is_some());
    let c2: Vec<&str> = cues.iter().filter(|c| c.len() > 4).cloned().collect();
    let s2 = mk(&c2);
    b!("packed long", |l: &str| l.len() <= 600 && s2.find(l.as_bytes()).is_some());
    let ac = aho_corasick::AhoCorasick::builder()
        .kind(Some(aho_corasick::AhoCorasickKind::DFA))
        .build(&cues)
        .unwrap();
    b!("dfa", |l: &str| l.len() <= 600 && ac.is_match(l));
    let f = memchr::memmem::Finder::new("://");
    b!("memmem", |l: &str| l.len() <= 600 && f.find(l.as_bytes()).is_some());
    let mut v = vec![];
    for _ in 0..2 {
        let a = Instant::now();
        let mut k = 0;
        for t in &t {
            tamis::strip::learn::read_lines(t, &mut v);
            k += v.len();
        }
        println!("read {} ns/line", a.elapsed().as_nanos() / k as u128);
    }
}

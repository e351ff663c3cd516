//! Which site a document comes from: the registrable domain of its address.

use std::borrow::Cow;
use std::net::IpAddr;
use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

/// The site of an address: its registrable domain by the public suffix list (`bbc.co.uk`, `user.github.io`), in lower
/// case; the address itself for an IP. The scheme may be missing. `None` where no host with a known suffix is found.
pub fn of(url: &str) -> Option<Cow<'_, str>> {
    let host = host(url)?;
    if is_ip(host) {
        return Some(Cow::Borrowed(host));
    }
    if host.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte)) {
        return registrable(host).map(Cow::Borrowed);
    }
    let host = url::Host::parse(host).ok()?.to_string();
    registrable(&host).map(|domain| Cow::Owned(domain.to_owned()))
}

/// The site that the folder of a file stands for, by the file's path below the input: the first folder that is called as a
/// domain, with what it has in front of its registrable part left off; else the first whose name has a letter, since
/// `2020/11` is a date. `None` for a file in no folder below the input.
pub fn of_folder(relative: &Path) -> Option<String> {
    let folders: Vec<_> = relative.parent()?.iter().map(|name| name.to_string_lossy()).collect();
    let named_as_domain = folders.iter().find_map(|name| of(name).map(Cow::into_owned));
    let named = || folders.iter().find(|name| name.contains(char::is_alphabetic));
    named_as_domain.or_else(|| named().map(ToString::to_string))
}

/// The number a site is known by in a survey. Never zero.
pub fn key(site: &str) -> u64 {
    xxh3_64(site.as_bytes()).max(1)
}

/// The host part of an address, without scheme, user, port and final dot.
fn host(url: &str) -> Option<&str> {
    let url = url.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    let rest = match url.split_once("://") {
        Some((scheme, rest)) if !scheme.contains(['/', '?', '#']) => rest,
        _ => url.strip_prefix("//").unwrap_or(url),
    };
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']')?.0,
        None => without_port(host),
    };
    // 253 is the longest name DNS can carry (RFC 1035); what is longer is no host, however it looks.
    let host = host.strip_suffix('.').unwrap_or(host);
    (!host.is_empty() && host.len() <= 253).then_some(host)
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

fn is_ip(host: &str) -> bool {
    host.as_bytes().first().is_some_and(|&byte| byte.is_ascii_hexdigit() || byte == b':')
        && host.parse::<IpAddr>().is_ok()
}

/// The registrable domain of a host whose suffix the list knows; a made-up one (`localhost`, `a.invalidtld`) has none.
fn registrable(host: &str) -> Option<&str> {
    let domain = psl::domain(host.as_bytes())?;
    if !domain.suffix().is_known() {
        return None;
    }
    std::str::from_utf8(domain.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("https://www.bbc.co.uk/news/1", Some("bbc.co.uk"))]
    #[case("example.co.uk/x", Some("example.co.uk"))]
    #[case("//cdn.example.com", Some("example.com"))]
    #[case("HTTP://User:pw@WWW.Example.COM:8080/a?b=http://other.org/", Some("example.com"))]
    #[case("example.com/?u=https://other.org", Some("example.com"))]
    #[case("https://münchen.de/", Some("xn--mnchen-3ya.de"))]
    #[case("https://example.com.", Some("example.com"))]
    #[case("http://192.168.0.1:80/x", Some("192.168.0.1"))]
    #[case("http://[2001:db8::1]:80/x", Some("2001:db8::1"))]
    #[case("https://co.uk/", None)]
    #[case("localhost:3000", None)]
    #[case("not a url", None)]
    #[case("", None)]
    #[case("https://", None)]
    #[case("mailto:a@example.org", Some("example.org"))]
    fn an_address_has_its_registrable_domain(#[case] url: &str, #[case] site: Option<&str>) {
        assert_eq!(of(url).as_deref(), site);
    }

    #[rstest]
    #[case("a.txt", None)]
    #[case("gazette/a.txt", Some("gazette"))]
    #[case("gazette/2020/11/a.txt", Some("gazette"))]
    #[case("2020/11/a.txt", None)]
    #[case("en/www.bbc.co.uk/news/a.txt", Some("bbc.co.uk"))]
    #[case("../gazette/a.txt", Some("gazette"))]
    fn a_folder_stands_for_a_site(#[case] path: &str, #[case] site: Option<&str>) {
        assert_eq!(of_folder(Path::new(path)).as_deref(), site);
    }

    #[test]
    fn a_hosted_blog_is_a_site_of_its_own() {
        assert_ne!(of("https://a.github.io/x"), of("https://b.github.io/x"));
    }

    proptest::proptest! {
        #[test]
        fn no_address_panics(url in ".{0,80}") {
            let _ = of(&url);
        }
    }
}

//! Dates as records carry them, for the survivor rules `newest` and `oldest`.

use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// Layouts without a zone that scraped corpora use, tried in this order after the standard ones.
const LAYOUTS: &[&str] = &[
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%d-%b-%Y %H:%M:%S",
    "%a, %d %b %Y %H:%M:%S",
    "%B %d, %Y %H:%M",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%d-%b-%Y",
    "%d %B %Y",
    "%d %b %Y",
    "%B %d, %Y",
    "%b %d, %Y",
    "%Y%m%d",
    "%Y-%m",
    "%Y",
];

/// Seconds since 1970 of a date in one of the usual layouts (RFC 3339, RFC 2822, day and month names, seconds or
/// milliseconds since 1970); what names no zone is taken as UTC. `None` when it is no date.
///
/// A layout that swaps day and month is not guessed at: `03/04/2020` is no date.
pub fn seconds(value: &str) -> Option<f64> {
    let value = value.trim();
    since_epoch(value)
        .or_else(|| value.parse::<Timestamp>().ok().map(of_timestamp))
        .or_else(|| value.parse::<Zoned>().ok().map(|zoned| of_timestamp(zoned.timestamp())))
        .or_else(|| jiff::fmt::rfc2822::parse(value).ok().map(|zoned| of_timestamp(zoned.timestamp())))
        .or_else(|| value.parse::<DateTime>().ok().and_then(of_civil))
        .or_else(|| LAYOUTS.iter().find_map(|layout| by_layout(value, layout)))
}

/// Seconds (10 digits and fewer than 12) or milliseconds (12 and more); shorter numbers are years or days.
fn since_epoch(value: &str) -> Option<f64> {
    let number: f64 = value.parse().ok()?;
    match number.abs() {
        milliseconds if milliseconds >= 1e11 => Some(number / 1000.0),
        seconds if seconds >= 1e8 => Some(number),
        _ => None,
    }
}

fn by_layout(value: &str, layout: &str) -> Option<f64> {
    // Fractions of a second and what follows a whole date say nothing new.
    let value = value.split_once('.').filter(|_| layout.ends_with("%S")).map_or(value, |(head, _)| head);
    let broken = strtime::parse(layout, value).ok()?;
    // `12` is no year.
    broken.year().filter(|year| *year >= 1000)?;
    broken.to_datetime().or_else(|_| broken.to_date().map(Date::into)).ok().and_then(of_civil).or_else(|| {
        let year = broken.year()?;
        Date::new(year, broken.month().unwrap_or(1), broken.day().unwrap_or(1))
            .ok()
            .map(Into::into)
            .and_then(of_civil)
    })
}

fn of_civil(datetime: DateTime) -> Option<f64> {
    datetime.to_zoned(TimeZone::UTC).ok().map(|zoned| of_timestamp(zoned.timestamp()))
}

fn of_timestamp(timestamp: Timestamp) -> f64 {
    timestamp.as_second() as f64 + f64::from(timestamp.subsec_nanosecond()) / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_dates_are_read() {
        let same = [
            "2021-02-11T13:55:35Z",
            "2021-02-11T14:55:35+01:00",
            "2021-02-11T13:55:35",
            "2021-02-11 13:55:35",
            "2021-02-11 13:55:35.784",
            "2021/02/11 13:55:35",
            "11-FEB-2021 13:55:35.00",
            "Thu, 11 Feb 2021 13:55:35 +0000",
            "1613051735",
            "1613051735000",
        ];
        for date in same {
            assert_eq!(seconds(date).map(f64::floor), Some(1_613_051_735.0), "{date}");
        }
        assert!(seconds("2016").unwrap() < seconds("2016-09").unwrap());
        assert!(seconds("2017/2/7").unwrap() > seconds("2016-09-20").unwrap());
        assert!(seconds("May 7, 2020").unwrap() > seconds("6 May 2020").unwrap());
    }

    #[test]
    fn what_is_no_date_is_none() {
        for value in ["", "yesterday", "03/04/2020", "n/a", "12"] {
            assert_eq!(seconds(value), None, "{value}");
        }
    }
}

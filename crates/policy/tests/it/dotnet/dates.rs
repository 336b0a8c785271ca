//! Dates: the examples of .NET's documentation, the existing reader of instants, and Node's.

use proptest::prelude::*;
use zaguan_policy::{
    Timestamp,
    dotnet::{DateTime, FormatError},
};

fn at(text: &str) -> DateTime {
    DateTime::parse(text).unwrap_or_else(|| panic!("{text}"))
}

#[test]
fn standard_formats_are_those_of_the_documentation() {
    for (text, format, expected) in [
        ("2009-06-15T13:45:30", "d", "06/15/2009"),
        ("2009-06-15T13:45:30", "D", "Monday, 15 June 2009"),
        ("2009-06-15T13:45:30", "f", "Monday, 15 June 2009 13:45"),
        ("2009-06-15T13:45:30", "F", "Monday, 15 June 2009 13:45:30"),
        ("2009-06-15T13:45:30", "g", "06/15/2009 13:45"),
        ("2009-06-15T13:45:30", "G", "06/15/2009 13:45:30"),
        ("2009-06-15T13:45:30", "", "06/15/2009 13:45:30"),
        ("2009-06-15T13:45:30", "m", "June 15"),
        ("2009-06-15T13:45:30.0000000Z", "O", "2009-06-15T13:45:30.0000000Z"),
        ("2009-06-15T13:45:30.0000001-07:00", "o", "2009-06-15T20:45:30.0000001Z"),
        ("2009-06-15T13:45:30", "r", "Mon, 15 Jun 2009 13:45:30 GMT"),
        ("2009-06-15T13:45:30", "s", "2009-06-15T13:45:30"),
        ("2009-06-15T13:45:30", "t", "13:45"),
        ("2009-06-15T13:45:30", "T", "13:45:30"),
        ("2009-06-15T13:45:30", "u", "2009-06-15 13:45:30Z"),
        ("2009-06-15T13:45:30", "U", "Monday, 15 June 2009 13:45:30"),
        ("2009-06-15T13:45:30", "Y", "2009 June"),
    ] {
        assert_eq!(at(text).format(format).as_deref(), Ok(expected), "{text} {format}");
    }
}

#[test]
fn custom_formats_are_those_of_the_documentation() {
    for (text, format, expected) in [
        ("2009-06-01T13:45:30", "%d", "1"),
        ("2009-06-15T13:45:30", "dd", "15"),
        ("2009-06-15T13:45:30", "ddd", "Mon"),
        ("2009-06-15T13:45:30", "dddd", "Monday"),
        ("2009-06-15T13:45:30.6170000", "%f", "6"),
        ("2009-06-15T13:45:30.05", "%f", "0"),
        ("2009-06-15T13:45:30.6170000", "ff", "61"),
        ("2009-06-15T13:45:30.0050000", "ff", "00"),
        ("2009-06-15T13:45:30.617", "fff", "617"),
        ("2009-06-15T13:45:30.6175000", "ffff", "6175"),
        ("2009-06-15T13:45:30.6175425", "fffffff", "6175425"),
        ("2009-06-15T13:45:30.6170000", "%F", "6"),
        ("2009-06-15T13:45:30.0500000", "%F", ""),
        ("2009-06-15T13:45:30.0050000", "FF", ""),
        ("2009-06-15T13:45:30.6175000", "FFFFFF", "6175"),
        ("2009-06-15T13:45:30.0001150", "FFFFFFF", "000115"),
        ("2009-06-15T13:45:30", "ss.FFF", "30"),
        ("2009-06-15T13:45:30", "%g", "A.D."),
        ("2009-06-15T01:45:30", "%h", "1"),
        ("2009-06-15T13:45:30", "hh", "01"),
        ("2009-06-15T00:45:30", "hh tt", "12 AM"),
        ("2009-06-15T12:45:30", "h t", "12 P"),
        ("2009-06-15T01:45:30", "%H", "1"),
        ("2009-06-15T01:45:30", "HH", "01"),
        ("2009-06-15T01:09:30", "%m", "9"),
        ("2009-06-15T01:09:30", "mm", "09"),
        ("2009-06-15T13:45:30", "%M", "6"),
        ("2009-06-15T13:45:30", "MM MMM MMMM", "06 Jun June"),
        ("2009-06-15T13:45:09", "%s ss", "9 09"),
        ("0001-01-01T00:00:00", "%y yy yyy yyyy yyyyy", "1 01 001 0001 00001"),
        ("2009-06-15T13:45:30", "%y yy yyy yyyy yyyyy", "9 09 2009 2009 02009"),
        ("2009-06-15T13:45:30", "%z zz zzz", "+0 +00 +00:00"),
        ("2009-06-15T13:45:30", "%K", "Z"),
        ("2009-06-15T13:45:30", "h \\h m \\m", "1 h 45 m"),
        ("2009-06-15T13:45:30", "'arr:' h:m t", "arr: 1:45 P"),
        ("2009-06-15T13:45:30", "\"it's\" yyyy", "it's 2009"),
        ("2009-06-15T13:45:30", "yyyy-MM-ddTHH:mm:ssZ", "2009-06-15T13:45:30Z"),
        ("2009-06-15T13:45:30", "yyyyMMdd", "20090615"),
        ("2009-06-15T13:45:30", "dd/MM/yyyy", "15/06/2009"),
        ("2009-06-15T13:45:30", " d", " 15"),
    ] {
        assert_eq!(at(text).format(format).as_deref(), Ok(expected), "{text} {format}");
    }
    for format in ["x", "e", "%", "a%", "%%d", "ffffffff", "FFFFFFFF", "'open", "\"open", "yyyy\\"] {
        let refused = Err(FormatError::Specifier { specifier: format.to_owned() });
        assert_eq!(DateTime::MIN.format(format), refused, "{format}");
    }
}

#[test]
fn reads_what_policies_have() {
    for (text, expected) in [
        ("2022-01-01", "2022-01-01T00:00:00.0000000Z"),
        (" 2022-01-01T15:00:00 ", "2022-01-01T15:00:00.0000000Z"),
        ("2022-01-01T15:00", "2022-01-01T15:00:00.0000000Z"),
        ("2022-01-01 15:00:00Z", "2022-01-01T15:00:00.0000000Z"),
        ("2022-01-14T11:40:35.1234567Z", "2022-01-14T11:40:35.1234567Z"),
        ("2022-01-14T11:40:35.12345678Z", "2022-01-14T11:40:35.1234568Z"),
        ("2022-01-14T11:40:35.1Z", "2022-01-14T11:40:35.1000000Z"),
        ("2022-01-14t11:40:35z", "2022-01-14T11:40:35.0000000Z"),
        ("2024-02-29T23:59:59+02:00", "2024-02-29T21:59:59.0000000Z"),
        ("2024-02-29T23:59:59-0230", "2024-03-01T02:29:59.0000000Z"),
        ("2024-02-29T23:59:59 +2", "2024-02-29T21:59:59.0000000Z"),
        ("Fri, 14 Jan 2022 11:40:35 GMT", "2022-01-14T11:40:35.0000000Z"),
        ("01/14/2022", "2022-01-14T00:00:00.0000000Z"),
        ("1/4/2022 1:40:35 PM", "2022-01-04T13:40:35.0000000Z"),
        ("01/14/2022 23:40:35", "2022-01-14T23:40:35.0000000Z"),
    ] {
        assert_eq!(format!("{:?}", at(text)), expected, "{text}");
    }
    for text in [
        "",
        "yesterday",
        "2022",
        "2022-1-1",
        "2022-13-01",
        "2022-00-01",
        "2023-02-29",
        "1900-02-29",
        "2022-01-32",
        "0000-01-01",
        "2022-01-01T25:00:00",
        "2022-01-01T24:00:00",
        "2022-01-01T23:60:00",
        "2022-01-01T1",
        "2022-01-01T15:00:00.",
        "2022-01-01T15:00:00X",
        "2022-01-01T15:00:00+15:00",
        "2022-01-01T15:00:00+",
        "2022-01-01T",
        "Thu, 14 Jan 2022 11:40:35 GMT",
        "31/01/2022",
        "2022-01-01é",
        "٢٠٢٢-01-01",
    ] {
        assert_eq!(DateTime::parse(text), None, "{text}");
    }
}

#[test]
fn reads_exactly_what_a_format_says() {
    for (text, format, expected) in [
        ("15/06/2009", "dd/MM/yyyy", Some("2009-06-15T00:00:00.0000000Z")),
        ("5/6/2009", "d/M/yyyy", Some("2009-06-05T00:00:00.0000000Z")),
        ("5/6/2009", "dd/MM/yyyy", None),
        ("20090615", "yyyyMMdd", Some("2009-06-15T00:00:00.0000000Z")),
        ("15 june 2009 01:02:03 pm", "d MMMM yyyy hh:mm:ss tt", Some("2009-06-15T13:02:03.0000000Z")),
        ("12 AM 2009", "h tt yyyy", Some("2009-01-01T00:00:00.0000000Z")),
        ("13 AM 2009", "h tt yyyy", None),
        ("13 AM 2009", "H tt yyyy", None),
        ("49 50", "yy", None),
        ("49", "yy", Some("2049-01-01T00:00:00.0000000Z")),
        ("50", "yy", Some("1950-01-01T00:00:00.0000000Z")),
        ("2009.5", "yyyy.FFF", Some("2009-01-01T00:00:00.5000000Z")),
        ("2009.", "yyyy.FFF", Some("2009-01-01T00:00:00.0000000Z")),
        ("2009 2010", "yyyy yyyy", None),
        ("2009 2009", "yyyy yyyy", Some("2009-01-01T00:00:00.0000000Z")),
        ("2009-06-15T13:45:30.0000001-07:00", "o", Some("2009-06-15T20:45:30.0000001Z")),
        ("Tue 2009-06-15", "ddd yyyy-MM-dd", None),
        ("2009", "x", None),
    ] {
        let read = DateTime::parse_exact(text, format).map(|at| format!("{at:?}"));
        assert_eq!(read.as_deref(), expected, "{text} {format}");
    }
}

/// Dates are read in two places: where only milliseconds are kept, they are the same.
#[test]
fn instants_are_read_as_timestamps_are() {
    for text in [
        "2022-01-01",
        "2022-01-01T15:00:00",
        "2022-01-14T11:40:35.1234567Z",
        "2024-02-29T23:59:59+02:00",
        "1969-12-31T23:59:59Z",
        "2022-13-01",
        "2023-02-29",
        "2022-01-01T25:00:00",
        "yesterday",
        "2022-01-01T1",
        "",
    ] {
        assert_eq!(DateTime::parse(text).map(DateTime::to_timestamp), Timestamp::parse(text), "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(ticks in 0..=DateTime::MAX.ticks()) {
        let at = DateTime::from_ticks(ticks).unwrap();
        prop_assert_eq!(DateTime::parse(&at.format("o").unwrap()), Some(at));
        prop_assert_eq!(DateTime::parse_exact(&at.format("o").unwrap(), "o"), Some(at));
        let seconds = DateTime::from_ticks(ticks - ticks % 10_000_000);
        for format in ["r", "u", "s", "F", "G", "dddd d MMMM yyyy h:m:s tt", "yyyyMMddHHmmss"] {
            prop_assert_eq!(DateTime::parse_exact(&at.format(format).unwrap(), format), seconds, "{}", format);
        }
        let millis = at.to_timestamp();
        prop_assert_eq!(DateTime::from_timestamp(millis).unwrap().ticks(), ticks - ticks % 10_000);
    }

    #[test]
    fn reading_never_panics(text in "\\PC*", format in "[dfFghHmMsty:zK'\"\\\\%. a]{0,8}") {
        let _ = DateTime::parse(&text);
        let _ = DateTime::parse_exact(&text, &format);
        let _ = DateTime::MAX.format(&format);
    }
}

//! Dates, numbers and letters, compared with what Node makes of them.

use std::fmt::Write as _;

use zaguan_policy::{
    Timestamp,
    dotnet::{
        Argument, DateTime,
        compare::{to_lower, to_upper},
    },
};

use super::{ask_node, node_version};

/// Compares ours with Node's, for each (kind, value, ours).
fn agree(rows: &[(&str, String, String)]) {
    let asked: Vec<(&str, &str)> = rows.iter().map(|(kind, value, _)| (*kind, value.as_str())).collect();
    let Some(answers) = ask_node::<_, Vec<String>>("values.mjs", &asked) else { return };
    let mut wrong = String::new();
    for ((kind, value, ours), said) in rows.iter().zip(&answers) {
        if ours != said {
            writeln!(wrong, "{kind} of {value:?}: {ours:?}, Node says {said:?}").unwrap();
        }
    }
    assert_eq!(answers.len(), rows.len());
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn dates_are_what_node_says() {
    let mut rows = Vec::new();
    // From year 1 to 9999, some 119 days apart and at all times of the day.
    for millis in (-62_135_596_800_000..253_402_300_800_000_i64).step_by(10_270_412_345) {
        let at = DateTime::from_timestamp(Timestamp::from_millis(millis)).unwrap();
        for (kind, format) in
            [("iso", "yyyy-MM-ddTHH:mm:ss.fffZ"), ("rfc1123", "r"), ("long", "dddd, MMMM d"), ("clock", "h:mm:ss tt")]
        {
            rows.push((kind, millis.to_string(), at.format(format).unwrap()));
        }
    }
    assert!(rows.len() > 100_000, "{}", rows.len());
    agree(&rows);
}

#[test]
fn numbers_are_what_node_says() {
    let mut numbers = vec![0, i64::MIN, i64::MAX];
    for power in 0..=18 {
        let ten = 10_i64.pow(power);
        numbers.extend([ten, -ten, ten - 1, 1 - ten, ten.wrapping_mul(7), -(ten / 3)]);
    }
    let mut rows = Vec::new();
    for number in numbers {
        let written = |specifier| Argument::Integer(number).text(specifier).unwrap();
        rows.push(("grouped", number.to_string(), written("N2")));
        rows.push(("grouped", number.to_string(), written("#,##0.00")));
        rows.push(("hexadecimal", number.to_string(), written("x")));
        // Node writes the nearest double: the same below 2^53.
        if number.unsigned_abs() < 1 << 53 {
            rows.push(("scientific", number.to_string(), written("0.000e+0")));
        }
    }
    agree(&rows);
}

/// Case is one for one in .NET: where Node makes several characters of one, ours stays, or has a simple case.
#[test]
fn letters_are_what_node_says() {
    let (major, minor, _) = char::UNICODE_VERSION;
    let Some(unicode) = node_version("unicode") else { return };
    // Each version has letters that the one before it had not.
    if unicode != format!("{major}.{minor}") {
        println!("skipped: Node has the letters of Unicode {unicode}, and Rust those of {major}.{minor}");
        return;
    }
    let mut rows = Vec::new();
    for one in ('\0'..='\u{ffff}').filter(|one| one.is_alphabetic()) {
        let text = one.to_string();
        if one.to_uppercase().count() == 1 && one != 'ı' {
            rows.push(("upper", text.clone(), to_upper(&text)));
        }
        if one != 'İ' {
            rows.push(("lower", text.clone(), to_lower(&text)));
        }
    }
    agree(&rows);
}

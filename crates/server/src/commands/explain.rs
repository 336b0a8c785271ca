//! `zaguan explain`: what a finding means, and how to mend it. The pages are those of `docs/findings`, in the program.

use std::process::ExitCode;

use clap::Args;
use zaguan_policy::diagnostic::Code;

/// Say what a finding of `zaguan check` means, with an example
///
/// Without a code: list all of them. Exit code 2: there is no such code.
#[derive(Args)]
#[command(after_help = "Examples:
  zaguan explain Z0107
  zaguan explain 107
  zaguan explain")]
pub(super) struct Options {
    /// The code of a finding, with or without its letter and leading zeros
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

pub(super) fn run(options: &Options) -> ExitCode {
    match options.code.as_deref().map_or_else(|| Ok(list()), explained) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::from(2)
        }
    }
}

macro_rules! pages {
    ($($code:ident)*) => {
        &[$((stringify!($code), include_str!(concat!("../../../../docs/findings/", stringify!($code), ".md")))),*]
    };
}

/// Code and page, by code.
#[rustfmt::skip]
const PAGES: &[(&str, &str)] = pages![
    Z0001 Z0002 Z0003 Z0004
    Z0101 Z0102 Z0103 Z0104 Z0105 Z0106 Z0107 Z0108 Z0109 Z0110 Z0111 Z0112 Z0113 Z0114 Z0115 Z0116 Z0117 Z0118
    Z0119 Z0120 Z0121 Z0122 Z0123 Z0124 Z0125 Z0126 Z0127 Z0128 Z0129
    Z0201 Z0202 Z0203 Z0204 Z0205 Z0206 Z0207 Z0208 Z0209 Z0210 Z0211 Z0212 Z0213 Z0214 Z0215
    Z0301 Z0302 Z0303 Z0304 Z0305 Z0306 Z0307 Z0308 Z0309 Z0310 Z0311 Z0312 Z0313 Z0314 Z0315
    Z0401 Z0402 Z0403 Z0404 Z0405 Z0406 Z0407 Z0408 Z0409
    Z0501 Z0502 Z0503 Z0504 Z0505 Z0506 Z0507 Z0508 Z0509 Z0510
    Z0601 Z0602 Z0603 Z0604 Z0605 Z0606 Z0607
];

/// One line for each code.
fn list() -> String {
    PAGES.iter().map(|(code, page)| format!("{code}  {}\n", title(page))).collect()
}

/// The first line of a page, without its mark and the code.
fn title(page: &str) -> &str {
    let first = page.lines().next().unwrap_or_default();
    first.split_once(": ").map_or(first, |(_, title)| title)
}

fn explained(given: &str) -> Result<String, String> {
    let digits = given.trim().trim_start_matches(['z', 'Z']);
    let Some(number) = digits.parse::<u16>().ok().filter(|_| digits.len() <= 4) else {
        return Err(format!(
            "`{given}` is no code of a finding: write one such as `Z0107`; `zaguan explain` lists all"
        ));
    };
    let code = Code(number).to_string();
    match PAGES.iter().find(|(known, _)| *known == code) {
        Some((_, page)) => Ok(for_terminal(page)),
        None => {
            Err(format!("there is no finding `{code}`; the nearest is `{}`: {}", nearest(number).0, nearest(number).1))
        }
    }
}

/// The code whose number is nearest, and its title.
fn nearest(number: u16) -> (&'static str, &'static str) {
    let distance = |code: &str| code.trim_start_matches('Z').parse::<u16>().map_or(u16::MAX, |it| it.abs_diff(number));
    PAGES.iter().min_by_key(|(code, _)| distance(code)).map_or(("", ""), |(code, page)| (code, title(page)))
}

/// Markdown as it reads well without a browser: examples are indented, headings and links are their texts.
fn for_terminal(page: &str) -> String {
    let mut text = String::new();
    let mut in_example = false;
    for line in page.lines() {
        if line.starts_with("```") {
            in_example = !in_example;
        } else if in_example {
            text += &format!("    {line}\n");
        } else {
            text += &format!("{}\n", without_links(line.trim_start_matches('#').trim_start()));
        }
    }
    text
}

/// `[text](address)` becomes `text`.
fn without_links(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, link, behind)) = first_link(rest) {
        text += before;
        text += link;
        rest = behind;
    }
    text + rest
}

/// What stands before the first link, its text, and what stands behind it.
fn first_link(line: &str) -> Option<(&str, &str, &str)> {
    let middle = line.find("](")?;
    let start = line[..middle].rfind('[')?;
    let end = middle + line[middle..].find(')')?;
    Some((&line[..start], &line[start + 1..middle], &line[end + 1..]))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::report;

    use super::*;

    #[test]
    fn every_page_of_the_folder_is_in_the_program() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/findings");
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut there: BTreeSet<String> = names.filter_map(|name| Some(name.strip_suffix(".md")?.to_owned())).collect();
        there.remove("README");
        assert_eq!(PAGES.iter().map(|(code, _)| (*code).to_owned()).collect::<BTreeSet<_>>(), there);
        assert!(PAGES.is_sorted());
    }

    #[test]
    fn every_code_is_explained_under_its_title() {
        for rule in report::rules() {
            let text = explained(&rule.code.to_string()).unwrap();
            assert!(text.starts_with(&format!("{}: {}\n", rule.code, rule.title)), "{text}");
        }
    }

    #[test]
    fn a_code_is_understood_in_any_spelling() {
        let page = explained("Z0107").unwrap();
        for spelled in ["z0107", "0107", "107", "Z107", " Z0107 "] {
            assert_eq!(explained(spelled).as_ref(), Ok(&page), "{spelled}");
        }
    }

    #[test]
    fn what_is_no_code_is_answered_with_what_is() {
        for (given, expected) in [
            (
                "Z0199",
                "there is no finding `Z0199`; the nearest is `Z0201`: a value is none of those that the language knows",
            ),
            ("9999", "there is no finding `Z9999`; the nearest is `Z0607`: "),
            ("profile", "`profile` is no code of a finding: write one such as `Z0107`; `zaguan explain` lists all"),
            ("00107", "`00107` is no code of a finding: write one such as `Z0107`; `zaguan explain` lists all"),
            ("", "`` is no code of a finding: write one such as `Z0107`; `zaguan explain` lists all"),
        ] {
            let problem = explained(given).unwrap_err();
            assert!(problem.starts_with(expected), "{problem}");
        }
    }

    #[test]
    fn the_list_has_a_line_for_each() {
        let list = list();
        assert_eq!(list.lines().count(), PAGES.len());
        assert!(list.contains("\nZ0108  a user journey does not exist\n"), "{list}");
    }

    #[test]
    fn pages_read_well_in_a_terminal() {
        let page = "# Z1: `a`\n\nSee [one](a.md#b) and [two](c).\n\n## Wrong\n\n```xml wrong\n<A>\n  <B />\n</A>\n```\nEnd [x] (y)\n";
        let expected = "Z1: `a`\n\nSee one and two.\n\nWrong\n\n    <A>\n      <B />\n    </A>\nEnd [x] (y)\n";
        assert_eq!(for_terminal(page), expected);
        for (code, page) in PAGES {
            let text = for_terminal(page);
            assert!(!text.contains("```") && !text.contains("]("), "{code}: {text}");
        }
    }
}

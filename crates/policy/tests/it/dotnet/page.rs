//! `docs/dotnet.md`: its tables are made by running what they show.

use std::{fs, path::Path};

use serde_json::json;
use zaguan_policy::dotnet::{Argument, DateTime, JsonPath, Regex, json_text};

use super::regexes;

/// What stands between the marks of that name; `ZAGUAN_UPDATE_DOCS=1` writes it anew.
#[track_caller]
fn is_current(name: &str, rows: &[Vec<String>]) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/dotnet.md");
    let begin = format!("<!-- {name}: begin (made by `ZAGUAN_UPDATE_DOCS=1 cargo test -p zaguan-policy dotnet`) -->");
    let end = format!("<!-- {name}: end -->");
    let text = fs::read_to_string(&page).unwrap();
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("docs/dotnet.md has lost {begin}"));
    let (there, after) = rest.split_once(&end).unwrap_or_else(|| panic!("docs/dotnet.md has lost {end}"));
    let mut lines: Vec<String> = rows.iter().map(|row| format!("| {} |", row.join(" | "))).collect();
    lines.insert(1, format!("|{}", "---|".repeat(rows[0].len())));
    let wanted = format!("\n\n{}\n\n", lines.join("\n"));
    if there != wanted && std::env::var_os("ZAGUAN_UPDATE_DOCS").is_some() {
        fs::write(&page, format!("{before}{begin}{wanted}{end}{after}")).unwrap();
        return;
    }
    assert_eq!(there, wanted, "run `ZAGUAN_UPDATE_DOCS=1 cargo test -p zaguan-policy dotnet`");
}

/// In backticks, inside a table.
fn code(text: &str) -> String {
    let text = text.replace('|', "\\|").replace('\n', "\\n");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|&cell| cell.to_owned()).collect()
}

// The five tests write into one file: so they are one.
#[test]
fn the_tables_of_the_page_are_current() {
    is_current("expressions", &expressions());
    is_current("differences", &differences());
    is_current("numbers", &numbers());
    is_current("dates", &dates());
    is_current("paths", &paths());
}

fn expressions() -> Vec<Vec<String>> {
    let mut rows = vec![row(&["What", "Example", "Answer"])];
    for (what, example) in [
        ("groups, named groups", r"(a)(?:b)(?<n>c)(?'m'd)(?<5>e)"),
        ("references to groups", r"(?<n>a)\1\k<n>\k'n'\<n>"),
        ("a reference to one of several groups of a name", r"(?<n>a)|(?<n>b)\k<n>"),
        ("balancing groups", r"(?<open>a)(?<close-open>b)"),
        ("a condition on a group", "(a)?(?(1)b|c)"),
        ("a condition that is an expression", "(?((a)b)c|d)"),
        ("look-ahead", "(?=a)(?!b)"),
        ("look-behind of one length, or of alternatives of one length each", "(?<=ab|c)(?<!d)"),
        ("look-behind of variable length", "(?<=a+)b"),
        ("atomic groups", "(?>a*)b"),
        ("quantifiers, lazy too", "a*b+?c{2}d{2,}?e{1,3}"),
        ("braces that are no quantifier mean themselves", "x{,3}{y}"),
        ("options within", "(?i)a(?-i)b(?s:.)(?m)^(?n)(c)(?x) d # e"),
        ("subtraction of classes", "[a-z-[aeiou]]"),
        ("POSIX classes", "[[:alpha:]]"),
        ("categories", r"\p{Lu}\P{Nd}[\p{Cs}\p{L}]"),
        ("named blocks, all of .NET's", r"\p{IsGreek}\p{IsCJKUnifiedIdeographs}"),
        ("scripts", r"\p{Greek}"),
        ("anchors", r"^\A\b\B$\Z\z"),
        ("the end of the match before", r"\Ga"),
        ("characters by their codes", r"\x41\u00e9\cA\e\0\012"),
        ("groups nested more than 50 deep", &format!("{}{}", "(".repeat(51), ")".repeat(51))),
        ("what would be too large when compiled", r"(?:\p{L}{1000}){1000}"),
    ] {
        let answer = match Regex::compile(example) {
            Ok(_) => "works".to_owned(),
            Err(error) => format!("refused: {error}"),
        };
        let shown = if example.len() > 60 { format!("{}…", &example[..20]) } else { example.to_owned() };
        rows.push(vec![what.to_owned(), code(&shown), answer.replace('|', "\\|")]);
    }
    rows
}

fn differences() -> Vec<Vec<String>> {
    let mut rows = vec![row(&["Expression", "Text", "Matches here", "Matches in Node", "Why"])];
    for difference in regexes::rows().iter().filter(|row| row.why.is_some()) {
        for text in difference.texts.iter().filter(|text| text.node_says.is_some()) {
            let visible =
                |text: Option<&String>| code(&text.map_or(String::new(), |text| text.escape_default().to_string()));
            rows.push(vec![
                code(&difference.pattern),
                visible(Some(&text.text)),
                visible(text.expected.as_ref()),
                visible(text.node_says.as_ref()),
                difference.why.clone().unwrap_or_default().replace('|', "\\|"),
            ]);
        }
    }
    rows
}

fn numbers() -> Vec<Vec<String>> {
    let mut rows = vec![row(&["Format", "of 1234", "of -7"])];
    for specifier in [
        "",
        "C",
        "D6",
        "E2",
        "F",
        "G2",
        "N0",
        "N2",
        "P0",
        "X",
        "x8",
        "00000",
        "#,##0",
        "0.00",
        "0,.0",
        "00-00-00",
        "0%",
        "0.0E+0",
        "+0;(0);zero",
        "'no. '0",
    ] {
        let written = |number: i64| code(&Argument::Integer(number).text(specifier).unwrap());
        let shown = if specifier.is_empty() { "none".to_owned() } else { code(specifier) };
        rows.push(vec![shown, written(1234), written(-7)]);
    }
    rows
}

fn dates() -> Vec<Vec<String>> {
    let at = DateTime::parse("2009-06-15T13:45:30.0617").unwrap();
    let mut rows = vec![row(&["Format", "of 2009-06-15T13:45:30.0617"])];
    let letters = ('A'..='Z').chain('a'..='z').map(|letter| letter.to_string());
    let custom = [
        "yyyy-MM-ddTHH:mm:ssZ",
        "ddd d MMM yy",
        "dddd, MMMM",
        "h:m:s t",
        "hh:mm tt",
        "HH:mm:ss.fff",
        "HH:mm:ss.FFFFFFF",
        "zzz",
        "%K",
        "'quoted' \\y",
        "%d",
    ];
    for format in letters.chain(custom.map(str::to_owned)) {
        if let Ok(written) = at.format(&format) {
            rows.push(vec![code(&format), code(&written)]);
        }
    }
    rows
}

fn paths() -> Vec<Vec<String>> {
    let person = json!({
        "id": 7, "active": true, "odd.name": "x", "name": { "first": "Ada" },
        "mail": [{ "type": "home", "address": "a@contoso.com" }, { "type": "work", "address": "b@contoso.com" }]
    });
    let mut rows = vec![row(&["Path", "Values, as texts"])];
    rows.push(vec![code("$"), code(&json_text(&person).unwrap())]);
    for path in [
        "id",
        "active",
        "$.name.first",
        "name",
        "['odd.name']",
        "mail[0].address",
        "mail.1.address",
        "mail[*].type",
        "mail[-1:].type",
        "name.*",
        "..address",
        "mail[?(@.type == 'work')].address",
        "mail[?(@.type =~ /^H/i)].address",
        "mail[?(@.phone)]",
    ] {
        let path_read = JsonPath::parse(path).unwrap();
        let values: Vec<String> =
            path_read.all(&person).unwrap().into_iter().map(|value| code(&json_text(value).unwrap())).collect();
        rows.push(vec![code(path), if values.is_empty() { "none".to_owned() } else { values.join(", ") }]);
    }
    rows
}

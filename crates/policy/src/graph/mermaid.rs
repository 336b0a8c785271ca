//! The drawing as a Mermaid flowchart: a diamond before each step that can be skipped.

use std::fmt::Write;

use super::{Graph, Line, Step};

pub(super) fn draw(graph: &Graph) -> String {
    let mut text = String::from("flowchart TD\n");
    let mut row = Row { text: &mut text, prefix: String::new(), indent: "  " };
    let start = format!("start([\"{}\"])", label(None, &graph.start));
    let end = format!("finish([\"{}\"])", label(None, &graph.end));
    row.draw(("start", &start), &graph.steps, ("finish", &end));
    for (at, sub_journey) in graph.sub_journeys.iter().enumerate() {
        let title = escaped(&format!("sub-journey {}", sub_journey.id));
        _ = writeln!(text, "  subgraph j{at} [\"{title}\"]\n    direction TB");
        let (begins, ends) = (format!("j{at}start"), format!("j{at}finish"));
        let mut row = Row { text: &mut text, prefix: format!("j{at}"), indent: "    " };
        let end = format!("{ends}([\"{}\"])", escaped(sub_journey.end));
        row.draw((&begins, &format!("{begins}([\"called\"])")), &sub_journey.steps, (&ends, &end));
        text.push_str("  end\n");
    }
    let all = std::iter::once((String::new(), &graph.steps));
    let all = all.chain(graph.sub_journeys.iter().enumerate().map(|(at, it)| (format!("j{at}"), &it.steps)));
    for (prefix, steps) in all {
        for (at, called) in steps.iter().enumerate().filter_map(|(at, step)| Some((at, step.calls?))) {
            _ = writeln!(text, "  {prefix}s{at} -. \"runs\" .-> j{called}start");
        }
    }
    text
}

/// Nodes in a row.
struct Row<'a> {
    text: &'a mut String,
    /// Before each id.
    prefix: String,
    indent: &'a str,
}

impl Row<'_> {
    /// Ends are an id and its node.
    fn draw(&mut self, start: (&str, &str), steps: &[Step], end: (&str, &str)) {
        let Self { text, prefix, indent } = self;
        _ = writeln!(text, "{indent}{}", start.1);
        for (at, step) in steps.iter().enumerate() {
            if !step.skipped_if.is_empty() {
                let conditions: Vec<String> = step.skipped_if.iter().map(|it| escaped(it)).collect();
                _ = writeln!(text, "{indent}{prefix}d{at}{{\"{}?\"}}", conditions.join("<br/>or "));
            }
            _ = writeln!(text, "{indent}{prefix}s{at}[\"{}\"]", label(Some(&step.title), &step.lines));
        }
        _ = writeln!(text, "{indent}{}", end.1);
        let entry = |at: usize| match steps.get(at) {
            Some(step) if !step.skipped_if.is_empty() => format!("{prefix}d{at}"),
            Some(_) => format!("{prefix}s{at}"),
            None => end.0.to_owned(),
        };
        _ = writeln!(text, "{indent}{} --> {}", start.0, entry(0));
        for (at, step) in steps.iter().enumerate() {
            if !step.skipped_if.is_empty() {
                _ = writeln!(text, "{indent}{prefix}d{at} -->|\"no\"| {prefix}s{at}");
                _ = writeln!(text, "{indent}{prefix}d{at} -->|\"yes: skipped\"| {}", entry(at + 1));
            }
            _ = writeln!(text, "{indent}{prefix}s{at} --> {}", entry(at + 1));
        }
    }
}

fn label(title: Option<&str>, lines: &[Line]) -> String {
    let title = title.map(escaped).into_iter();
    title.chain(lines.iter().map(|line| escaped(&line.text))).collect::<Vec<_>>().join("<br/>")
}

/// Inside quotes, by Mermaid's own entities. [mermaid, Entity codes to escape characters]
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => escaped.push_str("#quot;"),
            '<' => escaped.push_str("#lt;"),
            '>' => escaped.push_str("#gt;"),
            '&' => escaped.push_str("#amp;"),
            // What begins an entity, Markdown, a directive or a formula.
            '#' | '`' | '%' | '$' | '\\' | ';' | '*' => _ = write!(escaped, "#{};", u32::from(c)),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_of_an_author_is_markup() {
        assert_eq!(
            escaped("a \"b\" <c> & #d; `e`\n%%"),
            "a #quot;b#quot; #lt;c#gt; #amp; #35;d#59; #96;e#96; #37;#37;"
        );
    }
}

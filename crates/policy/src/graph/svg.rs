//! The drawing as SVG: boxes from top to bottom, and beside each what skips it.
//!
//! All text is set in a fixed pitch, so that its width is known without a font.

use std::fmt::Write;

use super::{Graph, Line, Step};
use crate::show::escaped_text as escaped;

/// Pixels. A letter of a fixed-pitch font is 0.6 of its size wide; a little more, for fonts that are wider.
const LETTER: usize = 8;
const LINE: usize = 18;
const MARGIN: usize = 24;
const BOX: usize = 624;
/// Inside a box, around its text.
const INSET: usize = 14;
/// Between boxes: room for the way around the one above, an arrow, and the way around the one below.
const GAP: usize = 48;
/// How far the way around a step stands from its box.
const AROUND: usize = 20;
const LABEL: usize = 300;
const FRAME: usize = 16;

const STYLE: &str = "\
svg{--paper:#fff;--ink:#1b1f24;--soft:#57606a;--card:#f6f8fa;--edge:#8c959f;--skip:#9a4b00;--end:#ddf4ff;color-scheme:light dark}\
@media screen and (prefers-color-scheme:dark){svg{--paper:#0d1117;--ink:#e6edf3;--soft:#9da7b3;--card:#161b22;--edge:#6e7681;--skip:#f0a35e;--end:#0c2d4a}}\
text{font:13px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;fill:var(--ink);white-space:pre}\
.b{font-weight:700}.h{font-size:17px;font-weight:700}.d{fill:var(--soft)}.k{fill:var(--skip)}\
.p{fill:var(--paper)}.c{fill:var(--card);stroke:var(--edge)}.e{fill:var(--end);stroke:var(--edge)}.f{fill:none;stroke:var(--edge);stroke-dasharray:5 4}\
.w{fill:none;stroke:var(--ink)}.s{fill:none;stroke:var(--skip);stroke-dasharray:6 3}.a{fill:var(--ink)}.t{fill:var(--skip)}\
a text{text-decoration:underline}";

pub(super) fn draw(graph: &Graph) -> String {
    let mut canvas = Canvas::default();
    let mut y = MARGIN + 20;
    // The title's letters are larger.
    for part in wrapped(&graph.title, (BOX + LABEL) / 11) {
        canvas.text(MARGIN, y, "h", &part);
        y += 24;
    }
    y = canvas.journey(y, &graph.start, &graph.steps, &graph.end);
    for (at, sub_journey) in graph.sub_journeys.iter().enumerate() {
        let top = y + GAP;
        _ = write!(canvas.body, "<g id=\"sub-journey-{at}\">");
        y = top + 30;
        for part in wrapped(&format!("sub-journey {}", sub_journey.id), (BOX + LABEL) / LETTER) {
            canvas.text(MARGIN, y, "b", &part);
            y += LINE;
        }
        let (start, end) = (super::line(0, "called"), super::line(0, sub_journey.end));
        y = canvas.journey(y, &[start], &sub_journey.steps, &[end]) + FRAME;
        let width = BOX + AROUND + LABEL + 2 * FRAME;
        canvas.rect("f", MARGIN - FRAME, top, width, y - top, 6);
        canvas.body.push_str("</g>\n");
    }
    let (width, height) = (2 * MARGIN + BOX + AROUND + LABEL, y + MARGIN);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"graphics-document\" aria-labelledby=\"title\" aria-describedby=\"desc\">\n\
         <title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n<style>{STYLE}</style>\n\
         <rect class=\"p\" width=\"{width}\" height=\"{height}\"/>\n{}</svg>\n",
        escaped(&graph.title),
        escaped(&graph.description()),
        canvas.body
    )
}

#[derive(Default)]
struct Canvas {
    body: String,
}

impl Canvas {
    /// Draws from the given height on; gives the height below the last box.
    fn journey(&mut self, top: usize, start: &[Line], steps: &[Step], end: &[Line]) -> usize {
        let mut y = self.card(top, "e", None, start, None);
        for step in steps {
            let below = y;
            y += GAP;
            self.arrow(below, y);
            let labels: Vec<String> = labels(step);
            self.body.push_str("<g>");
            _ = write!(self.body, "<title>step {}</title>", escaped(&step.title));
            let bottom = self.card(y, "c", Some(&step.title), &step.lines, step.calls);
            let beside = y + labels.len() * LINE;
            if !labels.is_empty() {
                self.way_around(y, bottom.max(beside));
                for (at, label) in labels.iter().enumerate() {
                    self.text(MARGIN + BOX + AROUND + 10, y + 4 + at * LINE, "k", label);
                }
            }
            self.body.push_str("</g>\n");
            // Where more is said beside the box than in it, the way on is longer.
            y = if labels.is_empty() { bottom } else { bottom.max(beside) };
            if y > bottom {
                self.path("w", &format!("M{} {bottom}V{y}", middle()));
            }
        }
        self.arrow(y, y + GAP);
        self.card(y + GAP, "e", None, end, None)
    }

    fn card(&mut self, top: usize, class: &str, title: Option<&str>, lines: &[Line], calls: Option<usize>) -> usize {
        let mut texts: Vec<(usize, &str, String)> = Vec::new();
        let letters = |indent: usize| (BOX - 2 * INSET) / LETTER - indent;
        for part in title.iter().flat_map(|title| wrapped(title, letters(0))) {
            texts.push((0, "b", part));
        }
        for line in lines {
            // Deeper than this nothing is told.
            let indent = 2 * line.level.min(6);
            for (at, part) in wrapped(&line.text, letters(indent + 2)).into_iter().enumerate() {
                let hanging = if at == 0 { 0 } else { 2 };
                texts.push((indent + hanging, if line.level == 0 { "" } else { "d" }, part));
            }
        }
        let height = texts.len() * LINE + INSET;
        self.rect(class, MARGIN, top, BOX, height, if class == "e" { 16 } else { 4 });
        if let Some(called) = calls {
            _ = write!(self.body, "<a href=\"#sub-journey-{called}\">");
        }
        for (at, (indent, class, text)) in texts.iter().enumerate() {
            self.text(MARGIN + INSET + indent * LETTER, top + 20 + at * LINE, class, text);
        }
        if calls.is_some() {
            self.body.push_str("</a>");
        }
        top + height
    }

    fn text(&mut self, x: usize, y: usize, class: &str, text: &str) {
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        _ = writeln!(self.body, "<text x=\"{x}\" y=\"{y}\"{class}>{}</text>", escaped(text));
    }

    fn rect(&mut self, class: &str, x: usize, y: usize, width: usize, height: usize, round: usize) {
        _ = writeln!(
            self.body,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{round}\"/>"
        );
    }

    fn path(&mut self, class: &str, path: &str) {
        _ = writeln!(self.body, "<path class=\"{class}\" d=\"{path}\"/>");
    }

    fn arrow(&mut self, from: usize, to: usize) {
        let x = middle();
        self.path("w", &format!("M{x} {from}V{}", to - 6));
        self.path("a", &format!("M{x} {to}l-5 -8h10z"));
    }

    /// From the line above the box, along its right side, to the line below it.
    fn way_around(&mut self, top: usize, bottom: usize) {
        let (x, right) = (middle(), MARGIN + BOX + AROUND);
        self.path("s", &format!("M{x} {}H{right}V{}H{}", top - AROUND, bottom + 12, x + 8));
        self.path("t", &format!("M{x} {}l8 -5v10z", bottom + 12));
    }
}

fn middle() -> usize {
    MARGIN + BOX / 2
}

fn labels(step: &Step) -> Vec<String> {
    let mut labels = Vec::new();
    for (at, condition) in step.skipped_if.iter().enumerate() {
        let text = format!("{} {condition}", if at == 0 { "skipped if" } else { "or if" });
        labels.extend(wrapped(&text, (LABEL - 10) / LETTER));
    }
    labels
}

/// Breaks at spaces, and inside a word where it is longer than a line.
fn wrapped(text: &str, letters: usize) -> Vec<String> {
    let mut lines: Vec<(usize, String)> = vec![(0, String::new())];
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        let wide: usize = word.chars().map(width).sum();
        let fits = |taken: usize| taken + 1 + wide <= letters;
        if let Some((taken, line)) = lines.last_mut().filter(|(taken, _)| *taken > 0 && fits(*taken)) {
            line.push(' ');
            line.push_str(word);
            *taken += 1 + wide;
            continue;
        }
        if lines.last().is_some_and(|(taken, _)| *taken > 0) {
            lines.push((0, String::new()));
        }
        for c in word.chars() {
            if lines.last().is_some_and(|(taken, _)| taken + width(c) > letters) {
                lines.push((0, String::new()));
            }
            if let Some((taken, line)) = lines.last_mut() {
                line.push(c);
                *taken += width(c);
            }
        }
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

/// In letters: Chinese and the like are twice as wide.
fn width(c: char) -> usize {
    if u32::from(c) >= 0x1100 { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_broken_to_fit() {
        for (text, expected) in [
            ("", vec![""]),
            ("one two", vec!["one two"]),
            ("one two three", vec!["one two", "three"]),
            ("ab abcdefghijk l", vec!["ab", "abcdefgh", "ijk l"]),
            ("中文中文中", vec!["中文中文", "中"]),
        ] {
            assert_eq!(wrapped(text, 8), expected, "{text}");
        }
    }
}

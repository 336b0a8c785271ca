//! Histories of sessions as people write them: one line for each thing that happens.
//!
//! ```text
//! sign in at shop with signup_signin, tick KMSI
//! +23h open blog with signup_signin
//! sign out of shop with signup_signin
//! ```
//!
//! [`read`] and [`write`] are the two directions, [`words`] says what came of it.

pub mod words;

use std::fmt;

use zaguan_policy::id::PolicyId;
use zaguan_session::{
    ClientId,
    simulate::{Event, IfAsked, Keep, Open, Prompt},
};

use crate::clock::Span;

/// Who signs in where a line does not say it.
pub const SOMEBODY: &str = "somebody";
/// In which browser, where a line does not say it.
pub const BROWSER: &str = "browser";

/// What a line may be; for help and for errors.
pub const GRAMMAR: &str = "  open APP with POLICY             the app sends the browser to sign in
  sign in at APP with POLICY       the same
    , as PERSON                    who signs in if asked (default: somebody)
    , tick KMSI                    ticks \"keep me signed in\" if asked
    , leave                        leaves the sign-in page if asked
    , prompt=login | prompt=none   what the app asks for
    , max_age=SECONDS              the same
    , in BROWSER                   in which browser (default: browser)
  sign out of APP with POLICY      the request names the app
  sign out with POLICY             the request names no app
    , in BROWSER
  close BROWSER                    closes the browser and opens it again
  end sessions of PERSON           an administrator ends them
  change password of PERSON        an administrator does
  sweep                            sessions that outlived every policy end
  +TIME                            time passes: +90s, +23h, +1d12h; also in front of a line
  # …                              a remark";

/// A line of a history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// From 1.
    pub number: usize,
    /// The line, without its remark.
    pub text: String,
    /// What happens: time passes, then the rest.
    pub events: Vec<Event>,
}

/// A line that is not understood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotUnderstood {
    /// From 1.
    pub number: usize,
    /// What is wrong with it.
    pub problem: String,
}

impl fmt::Display for NotUnderstood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.number, self.problem)
    }
}

/// Reads a history.
///
/// # Errors
/// The first line that is not understood.
pub fn read(text: &str) -> Result<Vec<Line>, NotUnderstood> {
    let mut lines = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let number = at + 1;
        let text = line.split('#').next().unwrap_or_default().trim();
        if text.is_empty() {
            continue;
        }
        let events = read_line(text).map_err(|problem| NotUnderstood { number, problem })?;
        lines.push(Line { number, text: text.to_owned(), events });
    }
    Ok(lines)
}

fn read_line(text: &str) -> Result<Vec<Event>, String> {
    let Some(timed) = text.strip_prefix('+') else { return Ok(vec![read_event(text)?]) };
    let (time, rest) = timed.split_once(char::is_whitespace).unwrap_or((timed, ""));
    let Some(Span(by)) = Span::parse(time).filter(|Span(by)| *by <= crate::clock::LONGEST_LEAD) else {
        return Err(format!(
            "`+{time}` is no time; write days, hours, minutes and seconds in this order such as `+90s`, `+23h` or `+1d12h`, \
             ten years at the most"
        ));
    };
    let pass = Event::Pass(by);
    Ok(match rest.trim() {
        "" => vec![pass],
        rest => vec![pass, read_event(rest)?],
    })
}

fn read_event(text: &str) -> Result<Event, String> {
    let mut parts = text.split(',').map(str::trim);
    let (head, mut options) = (parts.next().unwrap_or_default(), parts.collect::<Vec<_>>());
    let not_understood = || format!("`{head}` is not understood; a line is one of\n{GRAMMAR}");
    let app_and_policy = |rest: &str| {
        let (app, policy) = rest.split_once(" with ").ok_or_else(not_understood)?;
        Ok::<_, String>((ClientId::new(app), PolicyId::new(policy)))
    };
    let event = if let Some(rest) = head.strip_prefix("open ").or_else(|| head.strip_prefix("sign in at ")) {
        let (app, policy) = app_and_policy(rest)?;
        Event::Open(with_options(app, policy, &mut options)?)
    } else if let Some(rest) = head.strip_prefix("sign out of ") {
        let (app, policy) = app_and_policy(rest)?;
        Event::SignOut { browser: browser(&mut options), app: Some(app), policy }
    } else if let Some(policy) = head.strip_prefix("sign out with ") {
        Event::SignOut { browser: browser(&mut options), app: None, policy: PolicyId::new(policy) }
    } else if let Some(browser) = head.strip_prefix("close ") {
        Event::Close(browser.trim().to_owned())
    } else if let Some(person) = head.strip_prefix("end sessions of ") {
        Event::EndSessionsOf(person.trim().to_owned())
    } else if let Some(person) = head.strip_prefix("change password of ") {
        Event::ChangePasswordOf(person.trim().to_owned())
    } else if head == "sweep" {
        Event::Sweep
    } else {
        return Err(not_understood());
    };
    match options.first() {
        None => Ok(event),
        Some(left) => Err(format!("`{left}` does not belong to `{head}`; what may follow it:\n{GRAMMAR}")),
    }
}

/// Takes one option out of those that are left, where it is there.
fn take<'a>(options: &mut Vec<&'a str>, read: impl Fn(&'a str) -> Option<&'a str>) -> Option<&'a str> {
    let at = options.iter().position(|option| read(option).is_some())?;
    read(options.remove(at))
}

fn browser(options: &mut Vec<&str>) -> String {
    take(options, |option| option.strip_prefix("in ")).map_or(BROWSER, str::trim).to_owned()
}

fn with_options(app: ClientId, policy: PolicyId, options: &mut Vec<&str>) -> Result<Open, String> {
    let flag = |options: &mut Vec<&str>, wanted: &str| {
        let at = options.iter().position(|option| option.eq_ignore_ascii_case(wanted));
        at.map(|at| options.remove(at)).is_some()
    };
    let person = take(options, |option| option.strip_prefix("as ")).map(|person| person.trim().to_owned());
    let keep = if flag(options, "tick KMSI") { Keep::Ticked } else { Keep::Unticked };
    let if_asked = match (flag(options, "leave"), person, keep) {
        (true, None, Keep::Unticked) => IfAsked::Leaves,
        (true, ..) => return Err("who leaves the page neither signs in nor ticks a box: `leave` stands alone".into()),
        (false, person, keep) => IfAsked::SignsIn { person: person.unwrap_or_else(|| SOMEBODY.into()), keep },
    };
    let prompt = match take(options, |option| option.strip_prefix("prompt=")) {
        None => Prompt::Unsaid,
        Some("login") => Prompt::Login,
        Some("none") => Prompt::None,
        Some(other) => {
            return Err(format!("`prompt={other}` is not understood; write `prompt=login` or `prompt=none`"));
        }
    };
    let max_age = match take(options, |option| option.strip_prefix("max_age=")) {
        None => None,
        Some(seconds) => Some(seconds.parse().map_err(|_| {
            format!("`max_age={seconds}` is not understood; write whole seconds such as `max_age=3600`")
        })?),
    };
    Ok(Open { browser: browser(options), app, policy, prompt, max_age, if_asked })
}

/// The line that is read as this event.
pub fn write(event: &Event) -> String {
    let in_browser = |browser: &str| match browser {
        BROWSER => String::new(),
        other => format!(", in {other}"),
    };
    match event {
        Event::Open(open) => {
            let mut line = format!("open {} with {}", open.app, open.policy);
            match &open.if_asked {
                IfAsked::Leaves => line.push_str(", leave"),
                IfAsked::SignsIn { person, keep } => {
                    if person != SOMEBODY {
                        line.push_str(&format!(", as {person}"));
                    }
                    if *keep == Keep::Ticked {
                        line.push_str(", tick KMSI");
                    }
                }
            }
            match open.prompt {
                Prompt::Unsaid => {}
                Prompt::Login => line.push_str(", prompt=login"),
                Prompt::None => line.push_str(", prompt=none"),
            }
            if let Some(seconds) = open.max_age {
                line.push_str(&format!(", max_age={seconds}"));
            }
            line + &in_browser(&open.browser)
        }
        Event::SignOut { browser, app: Some(app), policy } => {
            format!("sign out of {app} with {policy}{}", in_browser(browser))
        }
        Event::SignOut { browser, app: None, policy } => format!("sign out with {policy}{}", in_browser(browser)),
        Event::Pass(by) => format!("+{}", Span(*by)),
        Event::Close(browser) => format!("close {browser}"),
        Event::EndSessionsOf(person) => format!("end sessions of {person}"),
        Event::ChangePasswordOf(person) => format!("change password of {person}"),
        Event::Sweep => "sweep".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "open shop with P",
            "open contoso groceries with P, as ada, tick KMSI, prompt=login, max_age=60, in phone",
            "open shop with P, leave, prompt=none",
            "sign out of shop with P",
            "sign out with P, in phone",
            "close browser",
            "close phone",
            "end sessions of ada",
            "change password of ada",
            "sweep",
            "+1d12h",
        ] {
            let lines = read(text).unwrap();
            let [Line { events, .. }] = lines.as_slice() else { panic!("{lines:?}") };
            assert_eq!(events.iter().map(write).collect::<Vec<_>>(), [text]);
        }
        let same = read("sign in at shop with P, tick kmsi , as somebody").unwrap();
        assert_eq!(same[0].events, read("open shop with P, tick KMSI").unwrap()[0].events);
    }

    #[test]
    fn time_may_stand_in_front_and_remarks_anywhere() {
        let lines = read("# a remark\n\n+23h open shop with P # another\n").unwrap();
        assert_eq!((lines[0].number, lines[0].text.as_str()), (3, "+23h open shop with P"));
        assert_eq!(lines[0].events.iter().map(write).collect::<Vec<_>>(), ["+23h", "open shop with P"]);
    }

    #[test]
    fn what_is_not_understood_is_told_with_what_is_allowed() {
        for (text, says) in [
            ("\nhop", "line 2: `hop` is not understood"),
            ("open shop", "sign in at APP with POLICY"),
            ("open shop with P, tick", "`tick` does not belong to `open shop with P`"),
            ("open shop with P, leave, as ada", "`leave` stands alone"),
            ("open shop with P, prompt=consent", "`prompt=login` or `prompt=none`"),
            ("open shop with P, max_age=1h", "`max_age=3600`"),
            ("open shop with P, in a, in b", "`in b` does not belong"),
            ("sign out of shop with P, tick KMSI", "`tick KMSI` does not belong"),
            ("+1w", "`+1w` is no time"),
            ("+4000d", "ten years at the most"),
        ] {
            let problem = read(text).unwrap_err().to_string();
            assert!(problem.contains(says), "{text}: {problem}");
        }
    }
}

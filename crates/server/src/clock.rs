//! The one clock, and how it is moved.
//!
//! A clock is moved forward and never back: what was written stays in the past. A virtual clock runs at the machine's
//! pace, ahead of it; how far ahead is kept in the data folder, because what else the folder keeps is from then.

use std::{
    fmt,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use zaguan_policy::Timestamp;

/// Where the server takes the time from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's.
    System,
    /// The machine's and a lead: it runs, and can be moved on. Shared by all its clones.
    Virtual(Arc<Lead>),
    /// One that stands still at an instant until it is moved on; shared by all its clones.
    Standing(Timestamp, Arc<Lead>),
}

/// How far a clock was moved on.
#[derive(Default, Debug)]
pub struct Lead {
    millis: AtomicI64,
    /// One move at a time: the file says what the clock says.
    moving: Mutex<()>,
    kept_in: Option<PathBuf>,
}

/// Further ahead than this no clock is moved: ten years, so that no age added to it leaves the calendar.
pub const LONGEST_LEAD: Duration = Duration::from_secs(3650 * 86_400);

/// The file in a data folder that says how many milliseconds its clock is ahead.
const KEPT_IN: &str = "clock";

/// Whose pages may move the clock at `/dev/clock`, beside the server's own and programs that are no browser.
#[derive(Clone, Default, Debug)]
pub struct Door {
    /// Origins: `https://localhost:8446`.
    pub origins: Vec<String>,
}

/// A move.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Move {
    /// By so much.
    By(Span),
    /// To an instant that is still to come.
    To(Timestamp),
}

/// Why a clock was not moved.
#[derive(Debug)]
pub enum NotMoved {
    /// It is the machine's.
    Machine,
    /// The instant is before now.
    Backward(Timestamp),
    /// It would be further ahead than [`LONGEST_LEAD`].
    TooFar,
    /// The data folder could not be written.
    NotKept(io::Error),
}

impl fmt::Display for NotMoved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Machine => f.write_str("this server goes by the machine's clock, which moves for nobody"),
            Self::Backward(now) => {
                write!(f, "the clock moves forward only, and it is {now} already; name an instant after that")
            }
            Self::TooFar => {
                let most = Span(LONGEST_LEAD);
                write!(f, "the clock can be at most {most} (ten years) ahead of the machine's; move it by less")
            }
            Self::NotKept(_) => f.write_str("the data folder could not be written; the clock was not moved"),
        }
    }
}

impl Clock {
    /// A clock that stands still at `start`.
    pub fn standing_at(start: Timestamp) -> Self {
        Self::Standing(start, Arc::default())
    }

    /// The machine's clock, for a data folder that never lived by another.
    ///
    /// # Errors
    /// Where the folder's clock was moved: what it keeps would be from the future.
    pub fn machine_of(folder: &Path) -> anyhow::Result<Self> {
        match Span(kept(folder)?) {
            Span(Duration::ZERO) => Ok(Self::System),
            ahead => bail!(
                "the clock of the data folder `{}` was moved: it lives {ahead} ahead of this machine, and so does what it \
                 keeps; start it with `zaguan demo --clock virtual`, or choose another folder with `--data`",
                folder.display()
            ),
        }
    }

    /// The virtual clock of a data folder, as far ahead as it was moved before.
    ///
    /// # Errors
    /// Where the folder does not say how far that is.
    pub fn virtual_of(folder: &Path) -> anyhow::Result<Self> {
        Ok(Self::Virtual(Arc::new(Lead {
            millis: AtomicI64::new(millis(kept(folder)?)),
            moving: Mutex::default(),
            kept_in: Some(folder.join(KEPT_IN)),
        })))
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => machine(),
            Self::Virtual(lead) => machine() + lead.get(),
            Self::Standing(start, lead) => *start + lead.get(),
        }
    }

    /// How far it was moved on; a virtual one is so far ahead of the machine's.
    pub fn ahead(&self) -> Duration {
        self.lead().map(Lead::get).unwrap_or_default()
    }

    /// Moves a standing clock on, for tests. No other clock moves by this.
    pub fn advance(&self, by: Duration) {
        if let Self::Standing(_, lead) = self {
            lead.millis.fetch_add(millis(by), Ordering::SeqCst);
        }
    }

    /// Moves it on. How far ahead it then is has been kept when this returns.
    ///
    /// # Errors
    /// Where it cannot be moved, so or at all.
    pub fn move_on(&self, wanted: Move) -> Result<(), NotMoved> {
        let lead = self.lead().ok_or(NotMoved::Machine)?;
        let _alone = lead.moving.lock().unwrap_or_else(PoisonError::into_inner);
        let by = match (wanted, self.now()) {
            (Move::By(Span(by)), _) => by,
            (Move::To(instant), now) if instant < now => return Err(NotMoved::Backward(now)),
            (Move::To(instant), now) => instant.since(now),
        };
        let ahead = lead.get().checked_add(by).filter(|ahead| *ahead <= LONGEST_LEAD).ok_or(NotMoved::TooFar)?;
        // Kept first: nothing may be written at a time of which a restart knows nothing.
        if let Some(file) = &lead.kept_in {
            keep(file, ahead).map_err(NotMoved::NotKept)?;
        }
        lead.millis.store(millis(ahead), Ordering::SeqCst);
        Ok(())
    }

    fn lead(&self) -> Option<&Lead> {
        match self {
            Self::System => None,
            Self::Virtual(lead) | Self::Standing(_, lead) => Some(lead),
        }
    }
}

impl Lead {
    fn get(&self) -> Duration {
        Duration::from_millis(self.millis.load(Ordering::SeqCst).unsigned_abs())
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place")]
fn machine() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(millis(since))
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// How far ahead the folder lives.
fn kept(folder: &Path) -> anyhow::Result<Duration> {
    let file = folder.join(KEPT_IN);
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Duration::ZERO),
        Err(cause) => return Err(cause).with_context(|| format!("read `{}`", file.display())),
    };
    let ahead = text.trim_end().parse().ok().map(Duration::from_millis).filter(|ahead| *ahead <= LONGEST_LEAD);
    ahead.ok_or_else(|| {
        anyhow!(
            "`{}` does not say how many milliseconds the folder's clock is ahead; restore it, or choose another folder \
             with `--data`",
            file.display()
        )
    })
}

fn keep(file: &Path, ahead: Duration) -> io::Result<()> {
    crate::files::write_private(file, format!("{}\n", ahead.as_millis()).as_bytes())?;
    // The rename, too, has to outlive a loss of power, as what is written after it does.
    file.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// A length of time as people write it: `90d`, `36h`, `1d12h`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span(pub Duration);

/// The units in their order, each in seconds.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];

impl Span {
    /// Reads whole days, hours, minutes and seconds, the larger before the smaller, each once at most. One beyond what
    /// can be counted is the longest there is.
    pub fn parse(text: &str) -> Option<Self> {
        let (mut rest, mut units, mut seconds) = (text, UNITS.as_slice(), 0_u64);
        while !rest.is_empty() {
            let end = rest.find(|letter: char| !letter.is_ascii_digit()).filter(|end| *end > 0)?;
            let (count, unit) = (&rest[..end], rest[end..].chars().next()?);
            let at = units.iter().position(|(name, _)| *name == unit)?;
            // Only digits: what cannot be read is too large.
            let count: u64 = count.parse().unwrap_or(u64::MAX);
            seconds = seconds.saturating_add(count.saturating_mul(units[at].1));
            (rest, units) = (&rest[end + unit.len_utf8()..], &units[at + 1..]);
        }
        (!text.is_empty()).then_some(Self(Duration::from_secs(seconds)))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_secs();
        if rest == 0 {
            return f.write_str("0s");
        }
        for (name, seconds) in UNITS {
            if rest >= seconds {
                write!(f, "{}{name}", rest / seconds)?;
                rest %= seconds;
            }
        }
        Ok(())
    }
}

/// Reads an instant of RFC 3339 in UTC: `2026-05-01T12:00:00Z`. Nothing may be left out.
pub fn instant(text: &str) -> Option<Timestamp> {
    let whole = text.strip_suffix('Z').or_else(|| text.strip_suffix("+00:00"))?;
    let (whole, fraction) = match whole.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (whole, None),
    };
    let has_its_form = whole.len() == "2026-05-01T12:00:00".len()
        && whole.bytes().zip("0000-00-00T00:00:00".bytes()).all(|(found, wanted)| match wanted {
            b'0' => found.is_ascii_digit(),
            _ => found == wanted,
        })
        && fraction.is_none_or(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
    Timestamp::parse(text).filter(|_| has_its_form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_strictly_and_written_as_they_are_read() {
        for (text, seconds, written) in [
            ("90d", 90 * 86_400, "90d"),
            ("36h", 36 * 3600, "1d12h"),
            ("15m", 900, "15m"),
            ("20s", 20, "20s"),
            ("1d12h", 129_600, "1d12h"),
            ("1d2h3m4s", 93_784, "1d2h3m4s"),
            ("1d1s", 86_401, "1d1s"),
            ("90m", 5400, "1h30m"),
            ("0s", 0, "0s"),
            ("0d0s", 0, "0s"),
        ] {
            let span = Span::parse(text).unwrap();
            assert_eq!((span.0.as_secs(), span.to_string().as_str()), (seconds, written), "{text}");
            assert_eq!(Span::parse(written), Some(span));
        }
        for text in [
            "", "d", "90", "90 d", " 90d", "90d ", "-1d", "+1d", "1.5d", "1D", "12h1d", "1d1d", "1w", "1d2", "1dé",
            "é", "٣d",
        ] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
        assert!(Span::parse("99999999999999999999999d").unwrap().0 > LONGEST_LEAD);
        assert!(Span::parse(&format!("{0}d{0}h", u64::MAX)).unwrap().0 > LONGEST_LEAD);
    }

    #[test]
    fn instants_are_utc_and_whole() {
        let noon = Timestamp::parse("2026-05-01T12:00:00").unwrap();
        for (text, millis) in [
            ("2026-05-01T12:00:00Z", 0),
            ("2026-05-01T12:00:00+00:00", 0),
            ("2026-05-01T12:00:00.5Z", 500),
            ("2026-05-01T12:00:00.123456789Z", 123),
        ] {
            assert_eq!(instant(text), Some(noon + Duration::from_millis(millis)), "{text}");
        }
        for text in [
            "",
            "now",
            "2026-05-01",
            "2026-05-01T12:00:00",
            "2026-05-01T12:00Z",
            "2026-05-01 12:00:00Z",
            "2026-05-01T12:00:00+02:00",
            "2026-05-01T12:00:00.Z",
            "2026-05-01T12:00:00.1x3Z",
            "2026-05-01T12:00:00.1234yZ",
            "2026-02-30T12:00:00Z",
            "2026-05-01T24:00:00Z",
            " 2026-05-01T12:00:00Z",
            "1777636800",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn a_clock_moves_forward_and_not_too_far() {
        let start = Timestamp::from_seconds(1_800_000_000);
        let clock = Clock::standing_at(start);
        let same = clock.clone();
        let by = |text: &str| Move::By(Span::parse(text).unwrap());
        clock.move_on(by("1d12h")).unwrap();
        same.advance(Duration::from_secs(1));
        assert_eq!((clock.now(), clock.ahead()), (start + Duration::from_secs(129_601), Duration::from_secs(129_601)));
        let now = clock.now();
        clock.move_on(Move::To(now)).unwrap();
        assert!(matches!(clock.move_on(Move::To(start)), Err(NotMoved::Backward(_))));
        assert!(matches!(clock.move_on(by("3650d")), Err(NotMoved::TooFar)));
        assert!(matches!(clock.move_on(by("99999999999999999999d")), Err(NotMoved::TooFar)));
        assert!(matches!(clock.move_on(Move::To(start + 2 * LONGEST_LEAD)), Err(NotMoved::TooFar)));
        assert_eq!(same.now(), now);
        clock.move_on(Move::To(start + LONGEST_LEAD)).unwrap();
        assert!(matches!(clock.move_on(by("1s")), Err(NotMoved::TooFar)));
        assert!(matches!(Clock::System.move_on(by("1s")), Err(NotMoved::Machine)));
    }
}

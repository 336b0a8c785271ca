//! What the end of a session still has to do: whom to tell, and in which way.

use zaguan_session::{ClientId, Ended, Participant};

/// One thing a sign-out still has to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Leg {
    /// A frame that loads the app's address with `iss` and `sid`.
    Frame {
        /// Who is told, and what it was given.
        participant: Participant,
        /// `logout_url` of the app.
        address: String,
    },
    /// Nobody is told, and why.
    Skipped {
        /// Who is not told.
        participant: Participant,
        /// Why.
        reason: Skipped,
    },
}

/// Why a participant is not told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Skipped {
    /// It asked for the sign-out (S-098).
    AskedForIt,
    /// It has no address for it (S-101).
    NoAddress,
}

/// The legs of a sign-out: one for each participant, in the order in which they came. Only an ended
/// session has any, so nobody is told of a sign-out that did not happen.
pub fn legs(ended: &Ended, asked_by: Option<&ClientId>, address_of: impl Fn(&ClientId) -> Option<String>) -> Vec<Leg> {
    let leg = |participant: &Participant| {
        let participant = participant.clone();
        if asked_by == Some(&participant.app) {
            return Leg::Skipped { participant, reason: Skipped::AskedForIt };
        }
        match address_of(&participant.app) {
            Some(address) => Leg::Frame { participant, address },
            None => Leg::Skipped { participant, reason: Skipped::NoAddress },
        }
    };
    ended.participants().iter().map(leg).collect()
}

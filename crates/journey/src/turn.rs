//! What goes into a journey and what comes out: the one door.

use serde::{Deserialize, Serialize};
use zaguan_policy::{
    Timestamp, Value,
    id::{ClaimTypeId, ExchangeId, ProfileId},
};

use crate::{
    bind::Issuer,
    claims::Claims,
    page::{Message, Page},
    sign_on::SignOn,
};

/// The only source of time and chance.
pub struct Moment<'a> {
    /// Now.
    pub now: Timestamp,
    /// Fills bytes with chance.
    pub random: &'a mut dyn FnMut(&mut [u8]),
}

/// What a journey is told.
#[derive(Clone, PartialEq, Debug)]
pub enum Input {
    /// It begins.
    Begin,
    /// The server answers the last [`Ask`].
    Answer(Answer),
    /// The person sent the form (`request_type=RESPONSE`).
    Submitted(Vec<(String, String)>),
    /// The person asks for a verification code.
    CodeWanted {
        /// For this field.
        claim: ClaimTypeId,
        /// To this address.
        address: String,
    },
    /// The person enters a verification code.
    CodeEntered {
        /// For this field.
        claim: ClaimTypeId,
        /// For this address.
        address: String,
        /// The code.
        code: String,
    },
    /// The page moves on (`api/{page}/confirmed`).
    Confirmed {
        /// The "keep me signed in" box.
        remember_me: RememberMe,
    },
    /// A provider's button (`unified?claimsexchange=`).
    Chosen(ExchangeId),
    /// The sign-up link (`unified?local=signup`).
    SignUp,
    /// The forgotten-password link.
    ForgotPassword,
    /// The cancel button.
    Cancelled,
    /// The page is to be shown again: a reload, the back button, a stale form.
    ShowAgain,
}

/// The "keep me signed in" box.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RememberMe {
    /// Ticked.
    Ticked,
    /// Not ticked, or not there.
    Unticked,
}

/// What a journey wants next.
#[derive(Clone, PartialEq, Debug)]
pub enum Turn {
    /// Answered by the server at once.
    Ask(Ask),
    /// Answered by the person, maybe tomorrow.
    Show(Box<Page>),
    /// The open page asked something.
    Reply(PageReply),
    /// It is over.
    Finish(Outcome),
}

/// What an open page is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PageReply {
    /// The form is accepted; the page may ask to be confirmed.
    Accepted,
    /// The form is refused.
    Refused {
        /// `AADB2C…` number.
        code: u32,
        /// Why.
        message: Message,
    },
    /// A code was sent.
    CodeSent,
    /// The address is verified.
    CodeAccepted,
    /// No code was sent, or it was not the right one.
    CodeRefused(Message),
}

/// What only the server can do.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Ask {
    /// Reads an account.
    ReadAccount(AccountKey),
    /// Creates or changes an account.
    WriteAccount {
        /// Which account.
        key: AccountKey,
        /// What is written, by attribute.
        attributes: Vec<(String, Option<Value>)>,
        /// What to do where there is none.
        if_absent: Existence,
        /// What to do where there is one.
        if_present: Existence,
        /// Accounts that this page created before: for these it is an update.
        own: Vec<String>,
    },
    /// Deletes an account.
    DeleteAccount(AccountKey),
    /// Checks a password.
    CheckPassword {
        /// Whose.
        sign_in_name: String,
        /// The password.
        password: Value,
    },
    /// Sends a verification code.
    SendCode {
        /// To this address.
        address: String,
        /// The code.
        code: String,
        /// Language of the letter.
        language: String,
    },
}

/// `signInNames.emailAddress` = `ada@example.org`: the attribute that finds an account.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AccountKey {
    /// The attribute's name, as the directory technical profile gives it.
    pub attribute: String,
    /// Its value.
    pub value: Value,
}

/// What to do about an account that is, or is not, there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Existence {
    /// Go on.
    Fine,
    /// Refuse.
    Refused,
}

/// What the server found out.
#[derive(Clone, PartialEq, Debug)]
pub enum Answer {
    /// The account's attributes, by name as directory technical profiles know them.
    Account {
        /// Name and value.
        attributes: Vec<(String, Value)>,
        /// `newClaimsPrincipalCreated`.
        created: bool,
    },
    /// There is no such account.
    NoAccount,
    /// There is one already.
    AccountExists,
    /// The account was deleted.
    AccountDeleted,
    /// The password is not the account's.
    WrongPassword,
    /// Nobody signs in with the account.
    AccountDisabled,
    /// The letter is on its way.
    CodeSent,
    /// Too many; try later.
    Throttled,
    /// The attribute's value cannot be kept.
    Rejected {
        /// Which attribute.
        attribute: String,
    },
}

/// How a journey ends.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// The app gets claims.
    Claims(Box<Issued>),
    /// The app gets an error.
    Refused(Refusal),
    /// The session's account is gone: the person has to sign in anew.
    AccountGone,
}

/// Claims for the app.
#[derive(Clone, PartialEq, Debug)]
pub struct Issued {
    /// The token's claims, named as the app will see them. Without `sub` and the protocol's own.
    pub claims: Vec<(String, serde_json::Value)>,
    /// `sub`.
    pub subject: String,
    /// The claim that the issuer keeps as the user's identity: normally the object id.
    pub identity: Option<String>,
    /// Whether `issuer_secret` signs, for how long, in which form.
    pub issuer: Issuer,
    /// The technical profile of that issuer, where it is not the policy's first one.
    pub other_issuer: Option<ProfileId>,
    /// Claims of the relying party, by claim type: a refresh journey may read them again.
    pub bag: Claims,
    /// What happened to the session.
    pub sign_on: SignOn,
}

/// An error for the app.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// `AADB2C…` number.
    pub code: u32,
    /// What the person or the policy said, beyond the code's own text.
    pub message: Option<String>,
}

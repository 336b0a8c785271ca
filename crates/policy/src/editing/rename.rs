//! Renames an id in all files of a set.

use std::{fmt, ops::Range};

use super::{
    Files, Origin,
    names::{self, Kind, Role},
};
use crate::diagnostic::Place;

/// A stretch of a file and what is to stand there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// What goes.
    pub place: Place,
    /// What comes.
    pub text: String,
}

/// Why something keeps its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotRenamed {
    /// There is no id.
    NoId,
    /// Nothing declares it; the noun and the id.
    Undeclared(&'static str, String),
    /// Of a base folder: the id, and the file.
    OfABase(String, String),
    /// The new name has signs that ids do not have.
    BadName(String),
    /// There is one of that name: the noun and the name.
    Taken(&'static str, String),
}

impl fmt::Display for NotRenamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoId => f.write_str("there is no id here: put the caret on one"),
            Self::Undeclared(noun, id) => write!(f, "no file declares the {noun} `{id}`: declare it first"),
            Self::OfABase(id, file) => {
                write!(f, "`{id}` stands in `{file}`, which is of a base folder: rename it there")
            }
            Self::BadName(name) => write!(f, "`{name}` cannot be an id: use letters, digits, `-`, `_` and `.`"),
            Self::Taken(noun, name) => write!(f, "there is a {noun} `{name}` already: choose another name"),
        }
    }
}

impl Files {
    /// Where the id stands that would be renamed.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn prepare_rename(&self, name: &str, offset: usize) -> Result<Range<usize>, NotRenamed> {
        let (at, mention) = self.mention(name, offset).ok_or(NotRenamed::NoId)?;
        let (id, identity) = (self.id(at, mention), self.identity(at, mention));
        let mut is_declared = false;
        for (file, other) in self.all(mention.kind, &identity) {
            is_declared |= other.role == Role::Declares;
            if self.files[file].origin == Origin::Base {
                return Err(NotRenamed::OfABase(id.to_owned(), self.files[file].document.name.to_string()));
            }
        }
        if !is_declared {
            return Err(NotRenamed::Undeclared(mention.kind.noun(), id.to_owned()));
        }
        Ok(mention.at.clone())
    }

    /// What is to be changed so that an id has another name everywhere.
    ///
    /// # Errors
    /// Why it cannot be renamed, or not to that.
    pub fn rename(&self, name: &str, offset: usize, new: &str) -> Result<Vec<Edit>, NotRenamed> {
        self.prepare_rename(name, offset)?;
        let (at, mention) = self.mention(name, offset).ok_or(NotRenamed::NoId)?;
        let new = new.trim();
        let is_good = |sign: char| sign.is_alphanumeric() || "-_.:".contains(sign);
        if new.is_empty() || !new.chars().all(is_good) {
            return Err(NotRenamed::BadName(new.to_owned()));
        }
        let (old, wanted) = (self.identity(at, mention), names::identity(mention.kind, new));
        let is_taken = |kind: Kind| self.all(kind, &wanted).any(|(_, other)| other.role == Role::Declares);
        if wanted != old && is_taken(mention.kind) {
            return Err(NotRenamed::Taken(mention.kind.noun(), new.to_owned()));
        }
        let edits = self
            .all(mention.kind, &old)
            .map(|(file, other)| Edit { place: self.place(file, &other.at), text: new.to_owned() });
        Ok(edits.collect())
    }
}

//! Values that must not be seen: passwords, tokens, keys.

use std::fmt;
use zeroize::Zeroize;

/// A value that is never shown: `Debug` prints `(secret)`, there is no `Display` and no `Serialize`, the memory
/// is cleared when it is dropped, and comparing takes the same time wherever the difference is.
#[derive(Clone)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Takes the value in.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Each call is a place to look at in a review.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl<T: Zeroize + AsRef<[u8]>> PartialEq for Secret<T> {
    fn eq(&self, other: &Self) -> bool {
        crate::crypto::constant_time_eq(self.0.as_ref(), other.0.as_ref())
    }
}

impl<T: Zeroize + AsRef<[u8]>> Eq for Secret<T> {}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_nothing_and_compares_by_content() {
        let secret = Secret::new("pa55word".to_owned());
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "(secret) Some((secret))");
        assert_eq!(secret, Secret::new("pa55word".to_owned()));
        assert_ne!(secret, Secret::new("pa55worD".to_owned()));
        assert_ne!(Secret::new(vec![1, 2]), Secret::new(vec![1, 2, 3]));
        assert_eq!(secret.expose(), "pa55word");
    }
}

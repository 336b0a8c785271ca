//! Password hashes: Argon2id, 19 MiB, two passes, one lane; as many at once as there are cores.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use tokio::sync::Semaphore;
use zaguan_protocol::secret::Secret;

/// Hashes and checks passwords, off the threads that answer requests.
#[derive(Clone)]
pub struct Passwords {
    slots: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    most_waiting: usize,
}

/// What an unknown account's password is checked against, so that it takes as long. It is the hash of no password that
/// anybody knows, and would open nothing if it were.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGlzIGhlcmU$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Too many people wait for their password's turn: the answer is 503 with `Retry-After`.
#[derive(Debug)]
pub struct Busy;

impl Passwords {
    const MEMORY_KIB: u32 = 19 * 1024;
    const PASSES: u32 = 2;
    const LANES: u32 = 1;
    /// How many may wait for each core: about two seconds' worth.
    const QUEUE_PER_CORE: usize = 100;

    /// With a slot for each core.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get);
        Self {
            slots: Arc::new(Semaphore::new(cores)),
            waiting: Arc::default(),
            most_waiting: cores * Self::QUEUE_PER_CORE,
        }
    }

    /// The PHC string of a new password.
    ///
    /// # Errors
    /// [`Busy`] when too many wait.
    pub async fn hash(&self, password: &Secret<String>) -> Result<String, Busy> {
        let password = password.expose().clone();
        self.run(move || hash_now(password.as_bytes())).await?.ok_or(Busy)
    }

    /// Whether the password is the one that was hashed. Without a hash it takes as long and is false.
    ///
    /// # Errors
    /// [`Busy`] when too many wait.
    pub async fn check(&self, password: &Secret<String>, hash: Option<&str>) -> Result<bool, Busy> {
        let password = password.expose().clone();
        let (hash, known) = (hash.unwrap_or(NOBODY).to_owned(), hash.is_some());
        let matches = self.run(move || {
            let known = PasswordHash::new(&hash).ok()?;
            let given = digest(&hasher_of(&known)?, password.as_bytes(), known.salt.as_ref()?, known.hash?.len())?;
            // `Output` compares in constant time.
            Some(known.hash == Some(given))
        });
        Ok(matches.await? == Some(true) && known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Option<T> + Send + 'static,
    ) -> Result<Option<T>, Busy> {
        if self.waiting.fetch_add(1, Ordering::SeqCst) >= self.most_waiting {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            return Err(Busy);
        }
        let slot = Arc::clone(&self.slots).acquire_owned().await;
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        let slot = slot.map_err(|_| Busy)?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(slot);
            done
        });
        done.await.map_err(|_| Busy)
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

/// What new passwords are hashed with.
fn hasher() -> Argon2<'static> {
    let params = Params::new(Passwords::MEMORY_KIB, Passwords::PASSES, Passwords::LANES, None);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.unwrap_or_default())
}

/// What a stored hash was made with: also one of another strength, that came with an account from elsewhere.
fn hasher_of(known: &PasswordHash) -> Option<Argon2<'static>> {
    let algorithm = Algorithm::try_from(known.algorithm.as_str()).ok()?;
    let version = known.version.map_or(Some(Version::V0x10), |version| Version::try_from(version).ok())?;
    Some(Argon2::new(algorithm, version, Params::try_from(known).ok()?))
}

fn digest(hasher: &Argon2<'_>, password: &[u8], salt: &Salt, length: usize) -> Option<Output> {
    let mut memory = blocks(hasher.params().block_count());
    let mut bytes = [0; Output::MAX_LENGTH];
    let out = bytes.get_mut(..length)?;
    hasher.hash_password_into_with_memory(password, salt, out, &mut memory).ok()?;
    Output::new(out).ok()
}

/// The memory of one hash. It is asked for as more than 32 MiB, of which the rest is never touched: what is
/// larger than that, glibc maps by itself and gives back when it is freed. Smaller pieces it would keep, in every
/// thread's arena, and a server that hashed once would hold 19 MiB for each core ever after.
fn blocks(count: usize) -> Vec<Block> {
    const MAPPED_BY_ITSELF: usize = 33 * 1024;
    let mut blocks = Vec::with_capacity(count.max(MAPPED_BY_ITSELF));
    blocks.resize(count, Block::default());
    blocks
}

fn hash_now(password: &[u8]) -> Option<String> {
    let (hasher, salt) = (hasher(), Salt::new(&crate::chance::bytes::<16>()).ok()?);
    let made = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(hasher.params()).ok()?,
        salt: Some(salt),
        hash: Some(digest(&hasher, password, &salt, Params::DEFAULT_OUTPUT_LEN)?),
    };
    Some(made.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobodys_hash_takes_as_long_as_anybodys() {
        let (nobody, anybody) = (PasswordHash::new(NOBODY).unwrap(), hash_now(b"anybody").unwrap());
        let anybody = PasswordHash::new(&anybody).unwrap();
        assert_eq!((nobody.algorithm, nobody.version), (anybody.algorithm, anybody.version));
        assert_eq!((&nobody.params, nobody.hash.unwrap().len()), (&anybody.params, anybody.hash.unwrap().len()));
        let again = digest(&hasher_of(&nobody).unwrap(), b"anything", nobody.salt.as_ref().unwrap(), 32);
        assert!(again.is_some() && again != nobody.hash);
    }

    #[tokio::test]
    async fn a_password_is_the_one_that_was_hashed_and_no_other() {
        let passwords = Passwords::new();
        let secret = |text: &str| Secret::new(text.to_owned());
        let hash = passwords.hash(&secret("right")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.check(&secret("right"), Some(&hash)).await.unwrap());
        assert!(!passwords.check(&secret("wrong"), Some(&hash)).await.unwrap());
        assert!(!passwords.check(&secret("right"), None).await.unwrap());
        assert!(!passwords.check(&secret("right"), Some("$argon2id$nonsense")).await.unwrap());
        assert_ne!(hash, passwords.hash(&secret("right")).await.unwrap());
    }
}

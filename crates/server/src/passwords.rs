//! Password hashes: Argon2id, 19 MiB, two passes, one lane; as many at once as there are cores.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;
use zaguan_protocol::secret::Secret;

/// Hashes and checks passwords, off the threads that answer requests.
#[derive(Clone)]
pub struct Passwords {
    slots: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    most_waiting: usize,
    nobody: Arc<str>,
}

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
        // What an unknown account's password is checked against, so that it takes as long.
        let nobody = hash_now(b"nobody's password").unwrap_or_default();
        Self {
            slots: Arc::new(Semaphore::new(cores)),
            waiting: Arc::default(),
            most_waiting: cores * Self::QUEUE_PER_CORE,
            nobody: nobody.into(),
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
        let (hash, known) = (hash.unwrap_or(&self.nobody).to_owned(), hash.is_some());
        let matches = self.run(move || {
            let parsed = PasswordHash::new(&hash).ok()?;
            Some(hasher().verify_password(password.as_bytes(), &parsed).is_ok())
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

fn hasher() -> Argon2<'static> {
    let params = Params::new(Passwords::MEMORY_KIB, Passwords::PASSES, Passwords::LANES, None);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.unwrap_or_default())
}

fn hash_now(password: &[u8]) -> Option<String> {
    hasher().hash_password_with_salt(password, &crate::chance::bytes::<16>()).ok().map(|hash| hash.to_string())
}

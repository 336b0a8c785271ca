use crate::browser::{App, BASE};
use crate::provider::{CLIENT, query};
use async_trait::async_trait;
use http::StatusCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use zaguan_protocol::NumericDate;
use zaguan_relying_party::store::*;

#[tokio::test]
async fn s_108_signing_out_here_removes_the_tokens_and_then_tells_the_provider() {
    let app = App::new();
    let mut ada = app.browser();
    ada.sign_in().await;
    assert!(ada.get("/token").await.text.starts_with("access-"));
    let mut elsewhere = ada.clone();

    let sent = ada.sign_out().await;
    assert_eq!((sent.status, app.counts()), (StatusCode::SEE_OTHER, (0, 0)));
    assert!(sent.location().starts_with("https://id.example/tenant/signin/oauth2/v2.0/logout?"));
    let said = query(&sent.location());
    assert_eq!(said["post_logout_redirect_uri"], format!("{BASE}/signed-out"));
    assert_eq!(said["client_id"], CLIENT);
    assert!(!said["state"].is_empty() && said["id_token_hint"].split('.').count() == 3);
    assert!(ada.jar.is_empty());
    assert_eq!(app.provider.count("/signin/oauth2/v2.0/revoke"), 1);

    for browser in [&mut ada, &mut elsewhere] {
        assert!(browser.get("/token").await.location().starts_with("/sign-in"), "the API needs a new sign-in");
    }
    assert_eq!(ada.get("/signed-out?state=x").await.location(), "/");
    assert_eq!(app.diary.lines(), ["ada in", "ada Local"]);
}

#[tokio::test]
async fn no_other_site_signs_anybody_out() {
    let app = App::new();
    let (mut ada, mut bob) = (app.browser(), app.browser());
    ada.sign_in().await;
    app.provider.sid(Some("sid-2"));
    bob.sign_in().await;
    let form = bob.get("/sign-out").await.text;
    let of_bob = form.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(ada.get("/sign-out").await.status, StatusCode::OK);
    for wrong in ["", "csrf_token=", "csrf_token=x", &format!("csrf_token={of_bob}")] {
        let answer = ada.post("/sign-out", wrong).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{wrong}");
        assert!(answer.text.contains("<form"), "but may ask");
    }
    assert_eq!(app.counts(), (2, 2));
}

#[tokio::test]
async fn e_14_an_expired_id_token_is_still_a_hint() {
    let app = App::new();
    let mut ada = app.browser();
    ada.sign_in().await;
    app.provider.wait(3 * 3600);
    assert_eq!(query(&ada.sign_out().await.location())["id_token_hint"].split('.').count(), 3);
}

#[tokio::test]
async fn e_2_what_was_begun_before_a_sign_out_does_not_finish_after_it() {
    let app = App::new();
    let mut ada = app.browser();
    ada.sign_in().await;
    let begun = ada.get("/sign-in").await.location();
    let back = app.provider.authorize(&begun);
    ada.sign_out().await;
    assert_eq!(ada.get(&back).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(app.counts(), (0, 0));
    assert_eq!(ada.sign_in().await.status, StatusCode::SEE_OTHER, "a new one does");
}

/// Works until it does not.
struct Fragile(Arc<MemoryStore>, AtomicBool);

impl Fragile {
    fn intact(&self) -> Result<(), StoreError> {
        if self.1.load(Ordering::SeqCst) { Err(StoreError("disk full".into())) } else { Ok(()) }
    }
}

#[async_trait]
impl Store for Fragile {
    async fn open_session(&self, new: NewSession) -> Result<Opened, StoreError> {
        self.0.open_session(new).await
    }
    async fn session(&self, id: &SessionHash) -> Result<Option<SessionRow>, StoreError> {
        self.0.session(id).await
    }
    async fn touch(&self, id: &SessionHash, until: NumericDate) -> Result<bool, StoreError> {
        self.0.touch(id, until).await
    }
    async fn join(&self, id: &SessionHash, joining: Joining) -> Result<Joined, StoreError> {
        self.0.join(id, joining).await
    }
    async fn tokens(&self, key: &TokenKey) -> Result<Option<Versioned<Sealed>>, StoreError> {
        self.0.tokens(key).await
    }
    async fn save_tokens(&self, key: &TokenKey, seen: Version, new: Sealed) -> Result<Save, StoreError> {
        self.0.save_tokens(key, seen, new).await
    }
    async fn forget_tokens(&self, key: &TokenKey, seen: Version) -> Result<Save, StoreError> {
        self.0.forget_tokens(key, seen).await
    }
    async fn end(&self, e: &Ending, at: NumericDate, until: NumericDate) -> Result<Vec<EndedSession>, StoreError> {
        self.intact()?;
        self.0.end(e, at, until).await
    }
}

#[tokio::test]
async fn e_17_a_sign_out_that_failed_does_not_look_finished() {
    let memory = Arc::new(MemoryStore::new());
    let fragile = Arc::new(Fragile(memory.clone(), AtomicBool::new(false)));
    let app = App::with(memory, fragile.clone(), |builder| builder);
    let mut ada = app.browser();
    ada.sign_in().await;
    fragile.1.store(true, Ordering::SeqCst);

    let page = ada.sign_out().await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text.contains("did not finish") && ada.session().is_some());
    assert_eq!(app.provider.count("revoke"), 0);
    let told = ada.get("/front-channel?iss=https://id.example/tenant/v2.0/&sid=sid-1").await;
    assert_eq!(told.status, StatusCode::SERVICE_UNAVAILABLE);

    fragile.1.store(false, Ordering::SeqCst);
    assert_eq!(ada.sign_out().await.status, StatusCode::SEE_OTHER);
}

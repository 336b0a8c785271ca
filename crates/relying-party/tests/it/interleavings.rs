//! Every order of {refresh, callback} and a sign-out, not a sample of them.

use crate::browser::{App, Browser};
use crate::provider::{ISSUER, Mood};
use http::StatusCode;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Here,
    Elsewhere,
    Administrator,
}

const WAYS: [Way; 3] = [Way::Here, Way::Elsewhere, Way::Administrator];

/// When the sign-out comes, as seen from the request to the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Before,
    WhileItIsUnderWay,
    After,
}

const TIMES: [When; 3] = [When::Before, When::WhileItIsUnderWay, When::After];

async fn sign_out(app: &App, way: Way, browser: &mut Browser) {
    match way {
        Way::Here => {
            browser.sign_out().await;
        }
        Way::Elsewhere => {
            let address = format!("/front-channel?iss={ISSUER}&sid=sid-1");
            assert_eq!(app.browser().get(&address).await.status, StatusCode::OK);
        }
        Way::Administrator => {
            let ada = zaguan_relying_party::Person { tenant: "https://id.example/tenant".into(), oid: "ada".into() };
            app.party.end(&zaguan_relying_party::Ending::Person(ada.hash())).await.unwrap();
        }
    }
}

#[tokio::test]
async fn e_1_no_refresh_brings_back_what_a_sign_out_removed() {
    for way in WAYS {
        for when in TIMES {
            let app = App::new();
            let mut ada = app.browser();
            ada.sign_in().await;
            app.provider.wait(3400);
            let mut tab = ada.clone();
            if when == When::Before {
                sign_out(&app, way, &mut ada).await;
            }
            app.provider.mood(Mood::Slow);
            let refresh = tokio::spawn(async move { tab.get("/token").await });
            if when != When::Before {
                app.provider.arrived.notified().await;
            }
            if when == When::WhileItIsUnderWay {
                sign_out(&app, way, &mut ada).await;
                assert_eq!(app.counts(), (0, 0), "{way:?} {when:?}");
            }
            app.provider.go_on.notify_one();
            let answer = refresh.await.unwrap();
            match when {
                When::After => {
                    assert!(answer.text.starts_with("access-"));
                    sign_out(&app, way, &mut ada).await;
                }
                When::Before | When::WhileItIsUnderWay => assert!(answer.location().starts_with("/sign-in")),
            }
            assert_eq!(app.counts(), (0, 0), "{way:?} {when:?}");
            let ended = app.diary.lines().iter().filter(|line| !line.ends_with(" in")).count();
            assert_eq!(ended, 1, "{way:?} {when:?}");
            if when == When::WhileItIsUnderWay {
                assert_eq!(app.provider.count("revoke"), 2, "the old refresh token, and the one that came too late");
            }
        }
    }
}

#[tokio::test]
async fn e_2_no_callback_opens_what_a_sign_out_ended() {
    for way in [Way::Elsewhere, Way::Administrator] {
        for when in TIMES {
            let app = App::new();
            let mut ada = app.browser();
            let sent = ada.get("/sign-in?return_to=/orders").await.location();
            let back = app.provider.authorize(&sent);
            if when == When::Before {
                sign_out(&app, way, &mut ada).await;
            }
            app.provider.mood(Mood::Slow);
            let mut tab = ada.clone();
            let callback = tokio::spawn(async move {
                let answer = tab.get(&back).await;
                (answer, tab)
            });
            app.provider.arrived.notified().await;
            if when == When::WhileItIsUnderWay {
                sign_out(&app, way, &mut ada).await;
            }
            app.provider.go_on.notify_one();
            let (answer, mut tab) = callback.await.unwrap();
            if when == When::After {
                assert_eq!(answer.location(), "/orders");
                sign_out(&app, way, &mut ada).await;
            } else {
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{way:?} {when:?}");
            }
            assert_eq!(app.counts(), (0, 0), "{way:?} {when:?}");
            assert_eq!(tab.get("/").await.text, "nobody", "{way:?} {when:?}");
        }
    }
}

#[tokio::test]
async fn e_2_nothing_that_began_in_a_session_finishes_after_its_end() {
    // The second policy, and the same one again; the provider gives no names, so no marker can help.
    for (start, way) in [
        ("/sign-in?journey=profile", Way::Here),
        ("/sign-in", Way::Here),
        ("/sign-in?journey=password-reset", Way::Here),
    ]
    .into_iter()
    .chain([("/sign-in?journey=profile", Way::Administrator), ("/sign-in", Way::Administrator)])
    {
        for when in TIMES {
            let app = App::new();
            app.provider.sid(None);
            let mut ada = app.browser();
            ada.sign_in().await;
            let back = app.provider.authorize(&ada.get(start).await.location());
            let mut tab = ada.clone();
            if when == When::Before {
                sign_out(&app, way, &mut ada).await;
            }
            app.provider.mood(Mood::Slow);
            let callback = tokio::spawn(async move {
                tab.get(&back).await;
                tab
            });
            app.provider.arrived.notified().await;
            if when == When::WhileItIsUnderWay {
                sign_out(&app, way, &mut ada).await;
            }
            app.provider.go_on.notify_one();
            let mut tab = callback.await.unwrap();
            if when == When::After {
                assert_eq!(app.counts().0, 1, "{start} {way:?}");
                sign_out(&app, way, &mut tab).await;
            }
            assert_eq!(app.counts(), (0, 0), "{start} {way:?} {when:?}");
            assert_eq!(tab.get("/").await.text, "nobody", "{start} {way:?} {when:?}");
        }
    }
}

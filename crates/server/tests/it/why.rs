//! "Why was I signed out?": every cause, staged as it comes about, and what is said of it.

use zaguan_policy::Language;
use zaguan_server::{
    admin::{Done, Order, SessionQuery, SessionState, Whose, WhyQuery},
    why::{Timeline, Why, lines},
};
use zaguan_session::{Cause, SessionId};
use zaguan_testkit::{
    Browser, Town, days, hours, minutes, seconds,
    town::{ADA, GRACE, SIGN_IN},
};

use crate::{
    s_113_refresh::reset_password,
    support::{ada, is_answered, shop, sign_in_at, town_with, with_behavior},
};

/// What a help desk reads.
pub(crate) async fn why(town: &Town, query: WhyQuery) -> Why {
    match town.order(Order::Why(query)).await {
        Done::Why(why) => why,
        other => panic!("asking why gave {other:?}"),
    }
}

/// The sessions that ended, the last end first.
async fn ended(town: &Town) -> Vec<Timeline> {
    let state = Some(SessionState::Ended);
    why(town, WhyQuery::Sessions(SessionQuery { state, ..SessionQuery::default() })).await.sessions
}

/// The one session that ended; and that its timeline says the same after a way through JSON.
#[track_caller]
fn only(mut sessions: Vec<Timeline>) -> Timeline {
    assert_eq!(sessions.len(), 1, "{sessions:#?}");
    let one = sessions.remove(0);
    let json = serde_json::to_string(&one).unwrap();
    assert_eq!(serde_json::from_str::<Timeline>(&json).unwrap(), one, "{json}");
    one
}

#[track_caller]
fn says(timeline: &Timeline, cause: &str, english: &str, spanish: &str) {
    let end = serde_json::to_value(timeline.end.as_ref().unwrap()).unwrap();
    assert_eq!(end["cause"], cause);
    assert!(Cause::NAMES.contains(&cause));
    assert_eq!(lines::answer(timeline, Language::English), english);
    assert_eq!(lines::answer(timeline, Language::Spanish), spanish);
}

/// What the cause says beside its word, as a program reads it.
fn detail(timeline: &Timeline, name: &str) -> String {
    let end = serde_json::to_value(timeline.end.as_ref().unwrap()).unwrap();
    end[name].as_str().unwrap_or_default().to_owned()
}

/// A town in which Ada is signed in at the shop.
async fn signed_in(town: &Town) -> Browser<'_> {
    let mut ada = town.browser();
    sign_in_at(&mut ada, &shop(town)).await;
    town.wait(minutes(1));
    ada
}

fn logout(town: &Town, query: &str) -> String {
    format!("{}?{query}", town.address(SIGN_IN, "oauth2/v2.0/logout"))
}

#[tokio::test]
async fn d17_signed_out_here_and_by_an_app() {
    let town = Town::new().await;
    signed_in(&town).await.open(&logout(&town, "")).await.page();
    says(
        &only(ended(&town).await),
        "signed-out-here",
        "ada@example.org was signed out because the sign-out address was opened in their browser; no app is known to have asked for it.",
        "La sesión de ada@example.org terminó porque en su navegador se abrió la dirección de cierre de sesión; no consta qué aplicación lo pidió.",
    );
    let town = Town::new().await;
    let query = format!("client_id={}", town.app("shop").client_id());
    signed_in(&town).await.open(&logout(&town, &query)).await;
    let one = only(ended(&town).await);
    says(
        &one,
        "signed-out-by-app",
        "ada@example.org was signed out because a sign-out from the app shop was asked for in their browser.",
        "La sesión de ada@example.org terminó porque en su navegador se pidió cerrar la sesión desde la aplicación shop.",
    );
    assert_eq!(serde_json::to_value(&one).unwrap()["told"][0]["outcome"], "asked-for-it");
}

#[tokio::test]
async fn d17_ended_by_an_administrator() {
    for (note, english, spanish) in [
        (
            "",
            "ada@example.org was signed out because an administrator ended the session, without a note.",
            "La sesión de ada@example.org terminó porque la cerró un administrador, sin dejar ninguna nota.",
        ),
        (
            "lost laptop {until}",
            "ada@example.org was signed out because an administrator ended the session and noted: “lost laptop {until}”.",
            "La sesión de ada@example.org terminó porque la cerró un administrador, que dejó esta nota: «lost laptop {until}».",
        ),
    ] {
        let town = Town::new().await;
        signed_in(&town).await;
        let of = Whose::User(ADA.0.into());
        town.order(Order::EndSessions { of, note: note.into() }).await;
        let one = only(ended(&town).await);
        says(&one, "administrator", english, spanish);
        assert_eq!(detail(&one, "note"), note);
    }
}

#[tokio::test]
async fn d15_d17_revoked_disabled_deleted_and_a_new_password_by_command() {
    let user = || ADA.0.to_owned();
    for (order, cause, english, spanish) in [
        (
            Order::RevokeUser { user: user() },
            "revoked",
            "was signed out because their sign-ins were revoked: sessions and refresh tokens, everywhere.",
            "terminó porque se revocaron sus inicios de sesión: las sesiones y los tokens de actualización, en todas partes.",
        ),
        (
            Order::SetPassword { user: user(), password: "Brand-new-1".into() },
            "password-changed",
            "was signed out because the password of the account was changed.",
            "terminó porque se cambió la contraseña de la cuenta.",
        ),
        (
            Order::EnableUser { user: user(), enabled: false },
            "account-disabled",
            "was signed out because the account was disabled.",
            "terminó porque se deshabilitó la cuenta.",
        ),
        (
            Order::DeleteUser { user: user() },
            "account-deleted",
            "was signed out because the account was deleted.",
            "terminó porque se eliminó la cuenta.",
        ),
    ] {
        let town = Town::new().await;
        let mut ada = signed_in(&town).await;
        town.order(order).await;
        let one = only(ended(&town).await);
        // Who is gone has no sign-in name any more.
        let person = one.person.as_ref().unwrap();
        let name = if cause == "account-deleted" { person.object_id.clone() } else { ADA.0.to_owned() };
        says(&one, cause, &format!("{name} {english}"), &format!("La sesión de {name} {spanish}"));
        assert!(!is_answered(&mut ada, &shop(&town)).await, "{cause}");
    }
}

#[tokio::test]
async fn d17_a_password_that_was_reset_elsewhere() {
    let town = Town::new().await;
    let _thief = signed_in(&town).await;
    reset_password(&mut town.browser(), &town).await;
    says(
        &only(ended(&town).await),
        "password-changed",
        "ada@example.org was signed out because the password of the account was changed.",
        "La sesión de ada@example.org terminó porque se cambió la contraseña de la cuenta.",
    );
}

fn bounded(days: u32, expiry: &str) -> String {
    format!(
        "<SingleSignOn Scope=\"Tenant\" KeepAliveInDays=\"{days}\"/><SessionExpiryType>{expiry}</SessionExpiryType>\
         <SessionExpiryInSeconds>900</SessionExpiryInSeconds>"
    )
}

/// A session that outlived every policy is ended by the sweep, or when its browser comes back: told the same.
#[tokio::test]
async fn d17_expired_by_each_setting_and_from_each_instant() {
    for (expiry, kept, setting, until, english, spanish) in [
        (
            "Rolling",
            false,
            "SessionExpiryInSeconds",
            "08:15:00",
            "the session went unused for longer than SessionExpiryInSeconds of policy B2C_1A_signup_signin allows; its time was",
            " pasó sin usarse más tiempo del que permite SessionExpiryInSeconds de la directiva B2C_1A_signup_signin;",
        ),
        (
            "Absolute",
            false,
            "SessionExpiryInSeconds",
            "08:15:00",
            "the sign-in was longer ago than SessionExpiryInSeconds of policy B2C_1A_signup_signin allows, however often the session was used; its time was",
            " desde el inicio de sesión pasó más tiempo del que permite SessionExpiryInSeconds de la directiva B2C_1A_signup_signin, por mucho que se usara;",
        ),
        (
            "Rolling",
            true,
            "KeepAliveInDays",
            "08:00:00",
            "the session, which was to be kept (“keep me signed in”), went unused for longer than KeepAliveInDays of policy B2C_1A_signup_signin allows; its days were",
            ", aunque se había marcado «Mantener la sesión iniciada», pasó sin usarse más días de los que permite KeepAliveInDays de la directiva B2C_1A_signup_signin;",
        ),
        (
            "Absolute",
            true,
            "KeepAliveInDays",
            "08:00:00",
            "the sign-in, which was to be kept (“keep me signed in”), was longer ago than KeepAliveInDays of policy B2C_1A_signup_signin allows, however often the session was used; its days were",
            ", aunque se había marcado «Mantener la sesión iniciada», desde el inicio de sesión pasaron más días de los que permite KeepAliveInDays de la directiva B2C_1A_signup_signin, por mucho que se usara;",
        ),
    ] {
        for swept in [true, false] {
            // Every policy that may find it: as long as one accepts it, the sweep leaves it (D2).
            let town = Town::builder()
                .edit(|_, text| match text.contains("<UserJourneyBehaviors>") {
                    true => with_behavior(text, &bounded(2, expiry)),
                    false => text.to_owned(),
                })
                .build()
                .await;
            let mut browser = town.browser();
            let page = browser.open(&shop(&town)).await.page();
            match kept {
                true => browser.submit_and_keep(&page, &ada()).await.accepted().outside(),
                false => browser.submit(&page, &ada()).await.accepted().outside(),
            };
            let day = if kept { "17" } else { "15" };
            town.wait(if kept { days(2) } else { seconds(900) });
            match swept {
                true => town.server().sweep().await,
                false => drop(sign_in_at(&mut browser, &shop(&town)).await),
            }
            let one = only(ended(&town).await);
            says(
                &one,
                "expired",
                &format!("ada@example.org was signed out because {english} over at 2027-01-{day} {until} UTC."),
                &format!(
                    "La sesión de ada@example.org terminó porque{spanish} el plazo venció el 2027-01-{day} {until} UTC."
                ),
            );
            assert_eq!(detail(&one, "setting"), setting);
            assert_eq!(detail(&one, "counts"), expiry.to_lowercase());
            assert_eq!(detail(&one, "policy"), SIGN_IN);
            assert_eq!(detail(&one, "until"), format!("2027-01-{day}T{until}.000Z"));
            assert_eq!(one.kept, kept);
        }
    }
}

/// D2: the policy that is asked decides, and is named, though the one that made the session would have it live on.
#[tokio::test]
async fn d2_d17_expired_by_another_policys_stricter_terms() {
    let town = Town::builder()
        .policy("B2C_1A_Strict", |text| with_behavior(text, &bounded(0, "Rolling")))
        .edit(|name, text| match name.contains("SignUpOrSignin") {
            true => with_behavior(text, "<SingleSignOn Scope=\"Tenant\"/>"),
            false => text.to_owned(),
        })
        .build()
        .await;
    let mut ada = town.browser();
    sign_in_at(&mut ada, &shop(&town)).await;
    town.wait(seconds(901));
    sign_in_at(&mut ada, &town.authorize("blog", "B2C_1A_Strict")).await;
    let one = only(ended(&town).await);
    says(
        &one,
        "expired",
        "ada@example.org was signed out because the session went unused for longer than SessionExpiryInSeconds of policy B2C_1A_Strict allows; its time was over at 2027-01-15 08:15:00 UTC.",
        "La sesión de ada@example.org terminó porque pasó sin usarse más tiempo del que permite SessionExpiryInSeconds de la directiva B2C_1A_Strict; el plazo venció el 2027-01-15 08:15:00 UTC.",
    );
    let would_end = one.would_end.unwrap();
    assert_eq!((would_end.policy.as_str(), would_end.until.to_string().as_str()), (SIGN_IN, "2027-01-16 08:00:00 UTC"));
}

#[tokio::test]
async fn d17_replaced_by_a_fresh_sign_in_of_the_same_person() {
    for case in ["prompt=login", "max_age=30", "a second tab"] {
        let town = Town::new().await;
        let mut browser = town.browser();
        let (first, second) = (browser.open(&shop(&town)).await.page(), browser.open(&shop(&town)).await.page());
        browser.submit(&first, &ada()).await.accepted().outside();
        town.wait(minutes(1));
        match case {
            "a second tab" => drop(browser.submit(&second, &ada()).await.accepted().outside()),
            _ => drop(sign_in_at(&mut browser, &format!("{}&{case}", shop(&town))).await),
        }
        let one = only(ended(&town).await);
        says(
            &one,
            "replaced-by-fresh-sign-in",
            "ada@example.org signed in anew in the same browser, because an app demanded it or in another tab: the new session took the place of this one.",
            "La sesión de ada@example.org terminó porque la misma persona volvió a iniciar sesión en el mismo navegador, por exigencia de una aplicación o en otra pestaña: la sesión nueva ocupó el lugar de esta.",
        );
        assert_eq!(serde_json::to_value(&one).unwrap()["told"][0]["outcome"], "passed-on", "{case}");
    }
}

#[tokio::test]
async fn d17_replaced_by_another_person() {
    let town = Town::new().await;
    let mut browser = signed_in(&town).await;
    let page = browser.open(&format!("{}&prompt=login", shop(&town))).await.page();
    browser.submit(&page, &[("signInName", GRACE.0), ("password", GRACE.1)]).await.accepted().outside();
    says(
        &only(ended(&town).await),
        "replaced-by-another-person",
        "ada@example.org was signed out because somebody else signed in in the same browser.",
        "La sesión de ada@example.org terminó porque otra persona inició sesión en el mismo navegador.",
    );
}

#[tokio::test]
async fn d17_evicted_by_the_limit_of_a_browser() {
    const APPS: [&str; 21] = [
        "a01", "a02", "a03", "a04", "a05", "a06", "a07", "a08", "a09", "a10", "a11", "a12", "a13", "a14", "a15", "a16",
        "a17", "a18", "a19", "a20", "a21",
    ];
    let town = Town::builder()
        .apps(&APPS)
        .edit(|name, text| match name.contains("SignUpOrSignin") {
            true => with_behavior(text, "<SingleSignOn Scope=\"Application\"/>"),
            false => text.to_owned(),
        })
        .build()
        .await;
    let mut ada = town.browser();
    for app in APPS {
        assert_eq!(ended(&town).await.len(), 0);
        sign_in_at(&mut ada, &town.authorize(app, SIGN_IN)).await;
        town.wait(seconds(1));
    }
    let one = only(ended(&town).await);
    says(
        &one,
        "evicted",
        "ada@example.org was signed out because their browser held the 20 sessions that it may hold on one host; one more began, and this one had gone unused longest.",
        "La sesión de ada@example.org terminó porque su navegador ya tenía las 20 sesiones que puede tener en un mismo servidor; empezó otra, y esta era la que llevaba más tiempo sin usarse.",
    );
    assert_eq!(one.started_by.unwrap().app.to_string(), "a01");
    assert_eq!(detail(&ended(&town).await[0], "limit"), "cookies-in-browser");
}

/// Causes of things that this version does not do, and the one of the page of sessions: staged in the store.
#[tokio::test]
async fn d17_causes_that_wait_have_their_words() {
    for (cause, word, english, spanish) in [
        (
            Cause::SignedOutFromPage,
            "signed-out-from-page",
            "ada@example.org was signed out because they ended this session themselves, on their page of sessions in another browser.",
            "La sesión de ada@example.org terminó porque esa misma persona la cerró en su página de sesiones, desde otro navegador.",
        ),
        (
            Cause::SignedOutByProvider("login.example.com".into()),
            "signed-out-by-provider",
            "ada@example.org was signed out because the identity provider login.example.com reported a sign-out.",
            "La sesión de ada@example.org terminó porque el proveedor de identidad login.example.com comunicó un cierre de sesión.",
        ),
        (
            Cause::ReplacedByForceAuthn,
            "replaced-by-force-authn",
            "ada@example.org was asked to sign in anew because a SAML app demanded it (ForceAuthn): this session ended with that.",
            "La sesión de ada@example.org terminó porque una aplicación SAML exigió un nuevo inicio de sesión (ForceAuthn).",
        ),
        (
            Cause::EndedByPolicy("B2C_1A_Gate".into()),
            "ended-by-policy",
            "ada@example.org was signed out because policy B2C_1A_Gate answered the app with an error that ends the session (OAuth2Error).",
            "La sesión de ada@example.org terminó porque la directiva B2C_1A_Gate respondió a la aplicación con un error que cierra la sesión (OAuth2Error).",
        ),
    ] {
        let town = Town::new().await;
        signed_in(&town).await;
        let all = why(&town, WhyQuery::Sessions(SessionQuery::default())).await;
        let id = SessionId::new(&only(all.sessions).session);
        assert!(town.store().end_session(&town.tenant().id, &id, &cause, town.now()).await.unwrap().is_some());
        says(&only(ended(&town).await), word, english, spanish);
    }
}

#[tokio::test]
async fn what_has_not_ended_is_not_said_to_have() {
    let town = town_with(&bounded(0, "Rolling")).await;
    signed_in(&town).await;
    let of_ada = || WhyQuery::Sessions(SessionQuery { user: Some(ADA.0.into()), ..SessionQuery::default() });
    let live = only(why(&town, of_ada()).await.sessions);
    assert_eq!(
        lines::answer(&live, Language::English),
        "ada@example.org was not signed out of this session: by the terms of policy B2C_1A_signup_signin, which used it last, it lives until 2027-01-15 08:15:00 UTC."
    );
    town.wait(minutes(15));
    let lapsed = only(why(&town, of_ada()).await.sessions);
    assert_eq!(
        lines::answer(&lapsed, Language::Spanish),
        "La sesión de ada@example.org no se ha cerrado, pero la directiva B2C_1A_signup_signin, la última que la usó, ya no la acepta desde el 2027-01-15 08:15:00 UTC; otra directiva podría aceptarla todavía."
    );
    assert_eq!((live.end, lapsed.end), (None, None));
}

/// A shared session: two apps by two policies, signed out at one of them; told whole.
async fn a_whole_story(town: &Town) -> Timeline {
    let mut ada = town.browser();
    ada.address = 7;
    sign_in_at(&mut ada, &shop(town)).await;
    for _ in 0..2 {
        town.wait(hours(1));
        assert!(is_answered(&mut ada, &town.authorize("blog", "B2C_1A_Strict")).await);
    }
    town.wait(minutes(5));
    ada.open(&logout(town, &format!("client_id={}", town.app("shop").client_id()))).await.page();
    only(ended(town).await)
}

#[tokio::test]
async fn a_timeline_tells_who_used_it_by_which_rule_it_lived_and_who_was_told() {
    let town = Town::builder()
        .policy("B2C_1A_Strict", |text| {
            let hours = bounded(0, "Absolute").replace("900", "36000");
            with_behavior(text, &hours)
        })
        .edit(|name, text| match name.contains("SignUpOrSignin") {
            true => with_behavior(text, "<SingleSignOn Scope=\"Tenant\"/>"),
            false => text.to_owned(),
        })
        .build()
        .await;
    let story = a_whole_story(&town).await;
    let (id, person) = (story.session.clone(), story.person.clone().unwrap().object_id);
    assert_eq!(
        lines::timeline(&story, Language::English).replace(&id, "SID").replace(&person, "OID"),
        "ada@example.org was signed out because a sign-out from the app shop was asked for in their browser.

  Session  SID, of ada@example.org (object id OID)
  Began    2027-01-15 08:00:00 UTC, by the app shop with policy B2C_1A_signup_signin, from 192.0.2.7
  Scope    the tenant's: every policy whose scope is the tenant finds it, for every app
  Kept     no: it goes when the browser is closed
  Used     2027-01-15 08:00:00 UTC, once, by the app shop with policy B2C_1A_signup_signin; then to live until 2027-01-16 08:00:00 UTC (rolling, SessionExpiryInSeconds of policy B2C_1A_signup_signin)
  Used     2027-01-15 09:00:00 UTC to 2027-01-15 10:00:00 UTC, 2 times, by the app blog with policy B2C_1A_Strict; then to live until 2027-01-15 18:00:00 UTC (absolute, SessionExpiryInSeconds of policy B2C_1A_Strict)
  Bound    by its last use it was to live until 2027-01-15 18:00:00 UTC (absolute, SessionExpiryInSeconds of policy B2C_1A_Strict)
  Ended    2027-01-15 10:05:00 UTC (signed-out-by-app)
  Told     shop: not told: it asked for the sign-out itself (2027-01-15 10:05:00 UTC)
  Told     blog: was to be told by a frame of the sign-out page; whether it loaded is not known (2027-01-15 10:05:00 UTC)
"
    );
    assert_eq!(
        lines::timeline(&story, Language::Spanish).replace(&id, "SID").replace(&person, "OID"),
        "La sesión de ada@example.org terminó porque en su navegador se pidió cerrar la sesión desde la aplicación shop.

  Sesión    SID, de ada@example.org (id. de objeto OID)
  Inicio    2027-01-15 08:00:00 UTC, por la aplicación shop con la directiva B2C_1A_signup_signin, desde 192.0.2.7
  Ámbito    del inquilino: la encuentran todas las directivas cuyo ámbito es el inquilino, para cualquier aplicación
  Guardada  no: se pierde al cerrar el navegador
  Uso       2027-01-15 08:00:00 UTC, una vez, por la aplicación shop con la directiva B2C_1A_signup_signin; desde entonces, válida hasta el 2027-01-16 08:00:00 UTC (desde el último uso, SessionExpiryInSeconds de la directiva B2C_1A_signup_signin)
  Uso       del 2027-01-15 09:00:00 UTC al 2027-01-15 10:00:00 UTC, 2 veces, por la aplicación blog con la directiva B2C_1A_Strict; desde entonces, válida hasta el 2027-01-15 18:00:00 UTC (desde el inicio de sesión, SessionExpiryInSeconds de la directiva B2C_1A_Strict)
  Límite    según su último uso, debía durar hasta el 2027-01-15 18:00:00 UTC (desde el inicio de sesión, SessionExpiryInSeconds de la directiva B2C_1A_Strict)
  Final     2027-01-15 10:05:00 UTC (signed-out-by-app)
  Avisos    shop: sin aviso: fue ella quien pidió el cierre de sesión (2027-01-15 10:05:00 UTC)
  Avisos    blog: se la iba a avisar con un marco de la página de cierre de sesión; no se sabe si se cargó (2027-01-15 10:05:00 UTC)
"
    );
}

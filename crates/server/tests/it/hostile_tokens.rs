//! Where tokens come in from outside, hostile ones get nowhere: the hint at a sign-out, UserInfo, introspection, the
//! assertion by which an app proves itself.

use http::Request;
use serde_json::json;
use url::{Url, form_urlencoded};
use zaguan_protocol::{
    client::ASSERTION_TYPE,
    jose::{JoseError, SigningKey, generate_rsa_2048},
};
use zaguan_testkit::{
    Arrived, Town,
    cookies::Cause,
    hostile_tokens::{honest_token, hostile_tokens},
    town::SIGN_IN,
};

use crate::{app_grants::with_apis, s_076_sign_out::enforcing, support::claims, user_info};

const BYE: &str = "https://shop.outside.example/bye";
const LONGEST_QUERY: usize = 60_000;

/// Where the hint leads a browser that nobody is signed in with: away, or to an answer with this status.
async fn led_to(town: &Town, hint: &str) -> Result<String, u16> {
    let pairs = [("post_logout_redirect_uri", BYE), ("id_token_hint", hint)];
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let address = town.address(SIGN_IN, "oauth2/v2.0/logout");
    // No address is that long. OpenID Connect RP-Initiated Logout section 2 has a form as well.
    if query.len() > LONGEST_QUERY {
        let url = Url::parse(&address).unwrap();
        let response = town.browser().send(Request::post(&address), &url, Some(query), Cause::SameSite).await;
        return match response.headers().get("location") {
            Some(location) => Ok(location.to_str().unwrap().to_owned()),
            None => Err(response.status().as_u16()),
        };
    }
    match town.browser().open(&format!("{address}?{query}")).await {
        Arrived::Outside(url) => Ok(url.into()),
        Arrived::At(page) => Err(page.status),
    }
}

#[tokio::test]
async fn no_hostile_token_is_a_hint() {
    let (town, tokens, _) = enforcing().await;
    let claims = claims(&tokens["id_token"]);
    assert_eq!(led_to(&town, &honest_token(town.signing_key(), &claims)).await, Ok(BYE.into()));
    let (mut shown, mut accepted) = (0, 0);
    for hostile in hostile_tokens(town.signing_key(), &claims) {
        let found = led_to(&town, &hostile.token).await;
        if hostile.refusal == JoseError::Expired {
            // D6: an expired one says who is meant all the same.
            assert_eq!(found, Ok(BYE.into()), "{hostile:?}");
            continue;
        }
        shown += 1;
        accepted += u32::from(found.is_ok());
        assert!(matches!(found, Err(400..=499)), "{hostile:?}: {found:?}");
    }
    println!("{shown} hostile hints: {accepted} accepted");
    assert!(shown > 500);
}

#[tokio::test]
async fn no_hostile_token_opens_user_info_or_is_active() {
    let switch = format!("[standards.{SIGN_IN}]\nuser_info = true\n");
    let town = Town::builder().tenant_lines(&switch).build().await;
    let claims = claims(&user_info::tokens(&town, "shop", SIGN_IN).await["access_token"]);
    let (userinfo, introspect) =
        (town.address(SIGN_IN, "openid/v2.0/userinfo"), town.address(SIGN_IN, "oauth2/v2.0/introspect"));
    let (client_id, secret) = (town.app("shop").client_id(), town.app("shop").secret().to_owned());
    let show = async |token: &str| {
        let opened = town.post(&userinfo, &[("access_token", token)]).await.0;
        let proof = [("client_id", &*client_id), ("client_secret", &secret), ("token", token)];
        let (status, answer) = town.post(&introspect, &proof).await;
        (opened, status == 200 && answer["active"] == true)
    };
    assert_eq!(show(&honest_token(town.signing_key(), &claims)).await, (200, true));
    let (mut shown, mut accepted) = (0, 0);
    for hostile in hostile_tokens(town.signing_key(), &claims) {
        let (opened, active) = show(&hostile.token).await;
        shown += 2;
        accepted += u32::from(opened == 200) + u32::from(active);
        assert!((400..500).contains(&opened) && !active, "{hostile:?}: {opened} {active}");
    }
    println!("{shown} hostile access tokens: {accepted} accepted");
    assert!(shown > 1000);
}

#[tokio::test]
async fn no_hostile_token_proves_an_app() {
    let pkcs8 = generate_rsa_2048();
    let jwk = serde_json::to_value(SigningKey::from_pkcs8(pkcs8.expose()).unwrap().jwk()).unwrap();
    let member = |name: &str| format!("{name} = {}, ", jwk[name]);
    let members: String = ["kid", "kty", "n", "e"].map(member).concat();
    let lines = format!("keys = [{{ {members}use = \"sig\" }}]\n");
    let town = with_apis(Town::builder().app_lines("shop", &lines)).build().await;
    let (id, now) = (town.app("shop").client_id(), town.now().as_seconds());
    let claims = json!({"iss": id, "sub": id, "aud": town.address(SIGN_IN, "oauth2/v2.0/token"),
        "jti": "1", "iat": now, "nbf": now, "exp": now + 3600});
    let ask = async |assertion: &str| {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", &*id),
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", assertion),
            ("scope", "https://contoso.onmicrosoft.com/tasks/.default"),
        ];
        // Guesses are slowed down; not so for a patient one.
        town.wait(zaguan_testkit::seconds(1));
        town.token(SIGN_IN, &fields).await.0
    };
    let (mut shown, mut accepted) = (0, 0);
    for hostile in hostile_tokens(pkcs8.expose(), &claims) {
        let status = ask(&hostile.token).await;
        shown += 1;
        accepted += u32::from(status == 200);
        assert!((400..500).contains(&status), "{hostile:?}: {status}");
    }
    assert_eq!(ask(&honest_token(pkcs8.expose(), &claims)).await, 200);
    println!("{shown} hostile assertions: {accepted} accepted");
    assert!(shown > 500);
}

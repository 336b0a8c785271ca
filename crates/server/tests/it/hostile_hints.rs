//! Where tokens come in from outside, hostile ones get nowhere. Today that is the hint at a sign-out.

use http::Request;
use url::{Url, form_urlencoded};
use zaguan_protocol::jose::JoseError;
use zaguan_testkit::{
    Arrived, Town,
    cookies::Cause,
    hostile_tokens::{honest_token, hostile_tokens},
    town::SIGN_IN,
};

use crate::{s_076_sign_out::enforcing, support::claims};

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

//! How long tokens live, and in which form lifetimes are told (S-116, S-117, D24).

use serde_json::{Value, json};
use zaguan_testkit::{
    Town,
    app::App,
    days, hours, minutes,
    town::{SIGN_IN, TownBuilder},
};

use crate::support::{ada, claims, parameter, redeem, refresh, shop, sign_in_at};

/// A town whose issuer has these items besides its own.
pub(crate) fn with_issuer_items(builder: TownBuilder, items: &[(&str, &str)]) -> TownBuilder {
    let items: String = items.iter().map(|(key, value)| format!("<Item Key=\"{key}\">{value}</Item>")).collect();
    builder.edit(move |_, text| {
        let own = "<Item Key=\"token_lifetime_secs\">3600</Item>";
        text.replace(own, &items)
    })
}

async fn tokens(town: &Town) -> Value {
    let client_id = town.app("shop").client_id();
    let url = shop(town).replace("scope=openid+offline_access", &format!("scope=openid+offline_access+{client_id}"));
    let mut ada = town.browser();
    let answered = sign_in_at(&mut ada, &url).await;
    let (status, tokens) = redeem(town, "shop", SIGN_IN, &answered).await;
    assert_eq!(status, 200, "{tokens}");
    tokens
}

fn life(token: &Value) -> i64 {
    let claims = claims(token);
    assert_eq!(claims["nbf"], claims["iat"]);
    claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap()
}

#[tokio::test]
async fn lifetimes_follow_the_policy_within_their_ranges() {
    const ALL: [&str; 4] = [
        "token_lifetime_secs",
        "id_token_lifetime_secs",
        "refresh_token_lifetime_secs",
        "rolling_refresh_token_lifetime_secs",
    ];
    // What the policy says of access, ID and refresh tokens and of the window; what counts of the first three.
    for (given, expected) in [
        (["", "", "", ""], [3600, 3600, 1_209_600]),
        (["300", "86400", "86400", "86400"], [300, 86_400, 86_400]),
        (["86400", "300", "7776000", "31536000"], [86_400, 300, 7_776_000]),
        // D24: the nearest that is allowed.
        (["299", "86401", "86399", "1"], [300, 86_400, 86_400]),
        (["86401", "0", "7776001", "99999999"], [86_400, 300, 7_776_000]),
        (["an hour", "-5", "1e6", ""], [3600, 3600, 1_209_600]),
        // The window is never shorter than one token.
        (["3600", "3600", "2592000", "86400"], [3600, 3600, 2_592_000]),
    ] {
        let items: Vec<(&str, &str)> = ALL.into_iter().zip(given).filter(|(_, value)| !value.is_empty()).collect();
        let town = with_issuer_items(Town::builder(), &items).build().await;
        let tokens = tokens(&town).await;
        let found = [
            life(&tokens["access_token"]),
            life(&tokens["id_token"]),
            tokens["refresh_token_expires_in"].as_i64().unwrap(),
        ];
        assert_eq!(found, expected, "{given:?}");
        assert_eq!((tokens["expires_in"].as_i64(), tokens["id_token_expires_in"].as_i64()), {
            (Some(expected[0]), Some(expected[1]))
        });
        assert_eq!(tokens["expires_on"].as_i64().unwrap(), town.now().as_seconds() + expected[0]);
    }
}

#[tokio::test]
async fn numbers_are_texts_where_the_policy_says_so() {
    for (item, number) in [("true", true), ("false", false), ("", true)] {
        let town = Town::builder()
            .edit(move |_, text| {
                let own = "<Item Key=\"SendTokenResponseBodyWithJsonNumbers\">true</Item>";
                text.replace(own, &own.replace("true", item))
            })
            .build()
            .await;
        let tokens = tokens(&town).await;
        for name in ["expires_in", "expires_on", "not_before", "id_token_expires_in", "refresh_token_expires_in"] {
            assert_eq!((tokens[name].is_number(), tokens[name].is_string()), (number, !number), "{name}: {tokens}");
        }
    }
}

#[tokio::test]
async fn s_116_a_single_page_apps_refresh_tokens_end_a_day_after_the_sign_in() {
    let town = Town::builder().apps(&["page-shop"]).build().await;
    let verifier = "a-verifier-of-forty-three-characters-or-more-1";
    let challenge = zaguan_protocol::pkce::s256(verifier);
    let url = format!("{}&code_challenge={challenge}&code_challenge_method=S256", town.authorize("page-shop", SIGN_IN));
    let mut browser = town.browser();
    let page = browser.open(&url).await.page();
    let answered = browser.submit(&page, &ada()).await.accepted().outside();
    let (client_id, code) = (town.app("page-shop").client_id(), parameter(&answered, "code").unwrap());
    let redirect_uri = App::outside_redirect_uri_of("page-shop");
    let (status, first) = town
        .token(
            SIGN_IN,
            &[
                ("grant_type", "authorization_code"),
                ("client_id", &client_id),
                ("redirect_uri", &redirect_uri),
                ("code", &code),
                ("code_verifier", verifier),
            ],
        )
        .await;
    assert_eq!((status, &first["refresh_token_expires_in"]), (200, &json!(86_400)), "{first}");
    let mut token = first["refresh_token"].as_str().unwrap().to_owned();
    let refresh = async |token: &str| {
        let fields = [("grant_type", "refresh_token"), ("client_id", client_id.as_str()), ("refresh_token", token)];
        town.token(SIGN_IN, &fields).await
    };
    for hour in 1..24 {
        town.wait(hours(1));
        let (status, next) = refresh(&token).await;
        assert_eq!((status, &next["refresh_token_expires_in"]), (200, &json!(86_400 - hour * 3600)), "{next}");
        token = next["refresh_token"].as_str().unwrap().to_owned();
    }
    town.wait(hours(1));
    let (status, refused) = refresh(&token).await;
    assert_eq!((status, refused["error"].as_str()), (400, Some("invalid_grant")));
    assert!(refused["error_description"].as_str().unwrap().starts_with("AADB2C90080: "), "{refused}");
}

#[tokio::test]
async fn s_117_the_sliding_window_bounds_a_family_unless_it_has_no_end() {
    let day = [("refresh_token_lifetime_secs", "86400"), ("rolling_refresh_token_lifetime_secs", "86400")];
    for unbounded in [false, true] {
        let mut items = day.to_vec();
        if unbounded {
            items.push(("allow_infinite_rolling_refresh_token", "true"));
        }
        let town = with_issuer_items(Town::builder(), &items).build().await;
        let mut token = tokens(&town).await["refresh_token"].as_str().unwrap().to_owned();
        for round in 1..=8 {
            town.wait(hours(6));
            let (status, answer) = refresh(&town, "shop", SIGN_IN, &token).await;
            match unbounded || round < 4 {
                true => {
                    assert_eq!(status, 200, "round {round}: {answer}");
                    let left = answer["refresh_token_expires_in"].as_i64().unwrap();
                    assert_eq!(left, if unbounded { 86_400 } else { 86_400 - round * 6 * 3600 });
                    token = answer["refresh_token"].as_str().unwrap().to_owned();
                }
                false => {
                    assert_eq!((status, answer["error"].as_str()), (400, Some("invalid_grant")));
                    assert!(answer["error_description"].as_str().unwrap().starts_with("AADB2C90080: "));
                    break;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_token_that_rests_for_its_lifetime_is_past_and_one_used_just_before_is_not() {
    let town = Town::new().await;
    let token = |tokens: &Value| tokens["refresh_token"].as_str().unwrap().to_owned();
    let (used, rested) = (token(&tokens(&town).await), token(&tokens(&town).await));
    town.wait(days(14) - minutes(1));
    let (status, fresh) = refresh(&town, "shop", SIGN_IN, &used).await;
    assert_eq!((status, &fresh["refresh_token_expires_in"]), (200, &json!(1_209_600)));
    town.wait(minutes(1));
    assert_eq!(refresh(&town, "shop", SIGN_IN, &rested).await.0, 400);
    assert_eq!(refresh(&town, "shop", SIGN_IN, &token(&fresh)).await.0, 200);
}

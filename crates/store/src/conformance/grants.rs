//! Codes and refresh tokens.

use super::{Any, RACERS, at, code, count, ends, family, family_id, first_token, give, grant, race, tenant};
use crate::{RefreshFamily, Rotated, SessionChange, Taken, TenantId};

pub(super) async fn a_code_is_taken_once(store: Any) {
    give(&store, code(1)).await;
    give(&store, code(2)).await;
    let taken = Taken::Grant { grant: grant(), family: family_id(1) };
    for (number, seconds, expected) in [
        (3, 200, Taken::Unknown),
        (1, 200, taken),
        (1, 201, Taken::Before(family_id(1))),
        (1, 599, Taken::Before(family_id(1))),
        (1, 600, Taken::Unknown),
        (2, 600, Taken::Unknown),
    ] {
        let answer = store.redeem_code(&tenant(), &code(number).hash, None, at(seconds)).await.unwrap();
        assert_eq!(answer, expected, "code {number} at {seconds}");
    }
    let elsewhere = store.redeem_code(&TenantId::new("other"), &code(2).hash, None, at(200)).await.unwrap();
    assert_eq!(elsewhere, Taken::Unknown);
    let mut bare = code(4);
    (bare.grant.person, bare.grant.session) = (None, None);
    give(&store, bare.clone()).await;
    let taken = Taken::Grant { grant: bare.grant, family: bare.family };
    assert_eq!(store.redeem_code(&tenant(), &bare.hash, None, at(200)).await.unwrap(), taken);
}

pub(super) async fn of_many_takers_one_gets_the_grant(store: Any) {
    give(&store, code(1)).await;
    let all = race(&store, RACERS, |store, _| async move {
        store.redeem_code(&tenant(), &code(1).hash, None, at(200)).await.unwrap()
    })
    .await;
    assert_eq!(count(&all, |taken| matches!(taken, Taken::Grant { .. })), 1);
    assert_eq!(count(&all, |taken| *taken == Taken::Before(family_id(1))), RACERS as usize - 1);
}

pub(super) async fn a_used_code_is_a_fault(store: Any) {
    give(&store, code(1)).await;
    store.redeem_code(&tenant(), &code(1).hash, None, at(200)).await.unwrap();
    store.finish(&tenant(), &ends(SessionChange::None, Some(code(1))), at(200)).await.unwrap_err();
    let still = store.redeem_code(&tenant(), &code(1).hash, None, at(200)).await.unwrap();
    assert_eq!(still, Taken::Before(family_id(1)));
}

pub(super) async fn a_family_lives_until_it_is_ended(store: Any) {
    let id = family_id(1);
    assert_eq!(store.family(&tenant(), &id).await.unwrap(), None);
    let begun = RefreshFamily { generation: 5, ..family(1) };
    store.begin_family(&tenant(), &begun).await.unwrap();
    assert_eq!(store.family(&tenant(), &id).await.unwrap(), Some(family(1)), "it begins at generation 0");
    assert_eq!(store.family(&TenantId::new("other"), &id).await.unwrap(), None);
    store.begin_family(&tenant(), &begun).await.unwrap_err();
    store.end_family(&tenant(), &id).await.unwrap();
    assert_eq!(store.family(&tenant(), &id).await.unwrap(), None);
    assert_eq!(store.rotate(&tenant(), &id, 0, at(900), at(200), 1000).await.unwrap(), Rotated::Gone);
}

pub(super) async fn rotation_follows_its_table(store: Any) {
    use Rotated::{Gone, Reused, Successor};
    // Which generation is shown, when, and what it gets. Grace is 5 s; each successor lives 1000 s.
    for (number, shown) in [
        (1, &[(0, 200, Successor(1)), (1, 300, Successor(2)), (2, 1299, Successor(3))][..]),
        (2, &[(0, 999, Successor(1)), (1, 1999, Gone)]),
        (3, &[(0, 1000, Gone), (0, 999, Successor(1))]),
        (4, &[(0, 200, Successor(1)), (0, 204, Successor(1)), (1, 205, Successor(2))]),
        (5, &[(0, 200, Successor(1)), (0, 205, Reused), (1, 206, Gone), (0, 207, Gone)]),
        (6, &[(0, 200, Successor(1)), (1, 201, Successor(2)), (0, 201, Reused), (2, 202, Gone)]),
        (7, &[(1, 200, Gone), (0, 200, Successor(1)), (9, 201, Gone), (1, 201, Successor(2))]),
    ] {
        store.begin_family(&tenant(), &family(number)).await.unwrap();
        for (generation, seconds, expected) in shown {
            let now = at(*seconds);
            let until = at(seconds + 1000);
            let answer = store.rotate(&tenant(), &family_id(number), *generation, until, now, 5000).await.unwrap();
            assert_eq!(answer, *expected, "family {number}, generation {generation} at {seconds}");
        }
    }
    let kept = store.family(&tenant(), &family_id(1)).await.unwrap();
    assert_eq!(kept, Some(RefreshFamily { generation: 3, rotated: at(1299), until: at(2299), ..family(1) }));
    assert_eq!(store.family(&tenant(), &family_id(5)).await.unwrap(), None);
    assert_eq!(store.rotate(&tenant(), &family_id(8), 0, at(900), at(200), 5000).await.unwrap(), Gone);
}

pub(super) async fn racing_rotations_make_one_successor(store: Any) {
    for (number, grace) in [(1, 5000), (2, 0)] {
        store.begin_family(&tenant(), &family(number)).await.unwrap();
        let all = race(&store, RACERS, |store, _| async move {
            store.rotate(&tenant(), &family_id(number), 0, at(900), at(200), grace).await.unwrap()
        })
        .await;
        let successors = count(&all, |rotated| *rotated == Rotated::Successor(1));
        let reused = count(&all, |rotated| *rotated == Rotated::Reused);
        let gone = count(&all, |rotated| *rotated == Rotated::Gone);
        let expected = if grace > 0 { (RACERS as usize, 0, 0) } else { (1, 1, RACERS as usize - 2) };
        assert_eq!((successors, reused, gone), expected);
        let left = store.family(&tenant(), &family_id(number)).await.unwrap().map(|family| family.generation);
        assert_eq!(left, (grace > 0).then_some(1));
    }
}

pub(super) async fn what_was_shown_is_known_until_it_expires(store: Any) {
    let other = TenantId::new("other");
    for (of, id, until, now, first) in [
        (tenant(), 1, 300, 200, true),
        (tenant(), 1, 400, 200, false),
        (tenant(), 1, 300, 299, false),
        (tenant(), 2, 300, 200, true),
        (other, 1, 300, 200, true),
        (tenant(), 1, 400, 300, true),
        (tenant(), 1, 400, 399, false),
    ] {
        let answer = store.first_sight(&of, &[id; 32], at(until), at(now)).await.unwrap();
        assert_eq!(answer, first, "{id} of {of} until {until} at {now}");
    }
    assert_eq!(store.sweep(at(399), std::time::Duration::ZERO).await.unwrap(), 2);
    assert!(!store.first_sight(&tenant(), &[1; 32], at(400), at(399)).await.unwrap());
    assert_eq!(store.sweep(at(400), std::time::Duration::ZERO).await.unwrap(), 1);
}

pub(super) async fn of_many_who_show_the_same_one_is_first(store: Any) {
    let all = race(&store, RACERS, |store, _| async move {
        store.first_sight(&tenant(), &[1; 32], at(300), at(200)).await.unwrap()
    })
    .await;
    assert_eq!(count(&all, |first| *first), 1);
}

pub(super) async fn a_code_and_its_family_are_one_transaction(store: Any) {
    let (tenant, id) = (tenant(), family_id(1));
    give(&store, code(1)).await;
    assert_eq!(store.code(&tenant, &code(1).hash, at(599)).await.unwrap(), Some(grant()));
    for (hash, now) in [(code(1).hash, 600), (code(2).hash, 200)] {
        assert_eq!(store.code(&tenant, &hash, at(now)).await.unwrap(), None);
        assert_eq!(
            store.redeem_code(&tenant, &hash, first_token(at(1000), at(now)), at(now)).await.unwrap(),
            Taken::Unknown
        );
    }
    let elsewhere = TenantId::new("other");
    assert_eq!(store.code(&elsewhere, &code(1).hash, at(200)).await.unwrap(), None);
    assert_eq!(store.redeem_code(&elsewhere, &code(1).hash, None, at(200)).await.unwrap(), Taken::Unknown);
    assert_eq!(store.family(&tenant, &id).await.unwrap(), None, "so far nobody was given anything");

    let taken = store.redeem_code(&tenant, &code(1).hash, first_token(at(1000), at(150)), at(200)).await.unwrap();
    assert_eq!(taken, Taken::Grant { grant: grant(), family: id.clone() });
    let begun = RefreshFamily { rotated: at(150), ..family(1) };
    assert_eq!(store.family(&tenant, &id).await.unwrap(), Some(begun));
    assert_eq!(store.code(&tenant, &code(1).hash, at(201)).await.unwrap(), Some(grant()), "and it is still known");
    // RFC 6749 section 4.1.2: shown again, it ends what came of it.
    for _ in 0..2 {
        let again = store.redeem_code(&tenant, &code(1).hash, first_token(at(1000), at(201)), at(201)).await.unwrap();
        assert_eq!(again, Taken::Before(id.clone()));
        assert_eq!(store.family(&tenant, &id).await.unwrap(), None);
    }

    // Without refresh tokens there is no family.
    give(&store, code(2)).await;
    let taken = store.redeem_code(&tenant, &code(2).hash, None, at(200)).await.unwrap();
    assert_eq!(taken, Taken::Grant { grant: grant(), family: family_id(2) });
    assert_eq!(store.family(&tenant, &family_id(2)).await.unwrap(), None);

    // A family that cannot begin leaves the code untaken.
    give(&store, code(3)).await;
    store.begin_family(&tenant, &family(3)).await.unwrap();
    store.redeem_code(&tenant, &code(3).hash, first_token(at(1000), at(200)), at(200)).await.unwrap_err();
    store.end_family(&tenant, &family_id(3)).await.unwrap();
    let taken = store.redeem_code(&tenant, &code(3).hash, first_token(at(1000), at(200)), at(200)).await.unwrap();
    assert_eq!(taken, Taken::Grant { grant: grant(), family: family_id(3) });
}

pub(super) async fn of_many_redeemers_one_is_given_a_family(store: Any) {
    give(&store, code(1)).await;
    let all = race(&store, RACERS, |store, _| async move {
        store.redeem_code(&tenant(), &code(1).hash, first_token(at(1000), at(200)), at(200)).await.unwrap()
    })
    .await;
    assert_eq!(count(&all, |taken| matches!(taken, Taken::Grant { .. })), 1);
    assert_eq!(count(&all, |taken| *taken == Taken::Before(family_id(1))), RACERS as usize - 1);
    assert_eq!(store.family(&tenant(), &family_id(1)).await.unwrap(), None, "the others ended it");
}

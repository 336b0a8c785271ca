//! What simulations know of the demo's policies.

use zaguan_session::{Provider, simulate::KeepBox};

use crate::stage::program;

#[test]
fn the_first_form_is_the_sign_in_page_and_its_provider_decides() {
    for (policy, memory, remembers, keep_box) in [
        ("B2C_1A_signup_signin", "SM-AAD", true, KeepBox::Offered),
        // A page of a claims exchange: it has no box (S-033).
        ("B2C_1A_ProfileEdit", "SM-AAD", true, KeepBox::Absent),
        ("B2C_1A_PasswordReset", "SM-Noop", false, KeepBox::Absent),
    ] {
        let simulated = program(policy).simulated().unwrap();
        assert_eq!(simulated.remembers.key, memory.into(), "{policy}");
        assert_eq!(matches!(simulated.remembers.provider, Provider::Default { .. }), remembers, "{policy}");
        assert_eq!((simulated.keep_box, simulated.registers_as.as_deref()), (keep_box, Some("tenant")), "{policy}");
    }
}

#[test]
fn s_044_without_days_there_is_no_box() {
    let mut program = program("B2C_1A_signup_signin");
    program.relying_party.behavior.keep_alive = None;
    assert_eq!(program.sign_in_page().unwrap().keep_box, KeepBox::Absent);
}

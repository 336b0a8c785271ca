//! The process ends before and after each write from a sign-in to the last refresh: no session is lost, and no token has two
//! successors.
//!
//! The test runs its own binary again as the process that ends.

use std::{
    env,
    io::Write,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use zaguan_store::{FamilyId, Sqlite};
use zaguan_testkit::{
    Town,
    cookies::Cause,
    ending_store::{End, EndingStore},
    seconds,
    town::{SERVER, SIGN_IN},
};

use crate::support::{is_answered, parameter, redeem, redeem_code, refresh, shop, sign_in_at};

/// Names the folder to the process that ends, and where it ends.
const FOLDER: &str = "ZAGUAN_ENDING_FOLDER";
const END: &str = "ZAGUAN_ENDING_AT";
const NAME: &str = "token_crash::no_end_between_two_writes_loses_a_session_or_gives_two_successors";

#[test]
fn no_end_between_two_writes_loses_a_session_or_gives_two_successors() {
    if let Some(folder) = env::var_os(FOLDER) {
        return live(Path::new(&folder));
    }
    let whole = told_before(None);
    let writes: Vec<String> = whole.all("write");
    assert_eq!(whole.all("token").len(), 4, "undisturbed, the story comes to its end");
    let ends = (1..=writes.len() as u64).flat_map(|number| [End::Before(number), End::After(number)]);
    let mut counts = Counts::default();
    for end in ends {
        let told = told_before(Some(end));
        examine(&told, end, &mut counts);
    }
    println!("{} writes ({}), {} ends of the process: {counts:?}", writes.len(), writes.join(", "), writes.len() * 2);
    let Counts { no_code_yet, code_still_good, code_taken_answer_lost, token_known } = counts;
    assert_eq!(no_code_yet + code_still_good + code_taken_answer_lost + token_known, writes.len() * 2);
    assert!(no_code_yet > 0 && code_still_good > 0 && code_taken_answer_lost > 0 && token_known > 0, "{counts:?}");
}

/// How much the app knew when the process ended.
#[derive(Clone, Copy, Default, Debug)]
struct Counts {
    no_code_yet: usize,
    code_still_good: usize,
    code_taken_answer_lost: usize,
    token_known: usize,
}

/// What browser and app were told before the process ended, line by line; and the folder that it left.
struct Told {
    folder: tempfile::TempDir,
    lines: Vec<(String, String)>,
}

impl Told {
    fn all(&self, what: &str) -> Vec<String> {
        self.lines.iter().filter(|(known, _)| known == what).map(|(_, value)| value.clone()).collect()
    }

    fn last(&self, what: &str) -> Option<String> {
        self.all(what).pop()
    }
}

fn told_before(end: Option<End>) -> Told {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([NAME, "--exact", "--nocapture"]).env(FOLDER, folder.path()).stderr(Stdio::null());
    let output = match end {
        None => command.env_remove(END),
        Some(End::Before(number)) => command.env(END, format!("before {number}")),
        Some(End::After(number)) => command.env(END, format!("after {number}")),
    }
    .output()
    .unwrap();
    let (succeeded, panicked) = (output.status.success(), output.status.code() == Some(101));
    assert!(succeeded == end.is_none() && !panicked, "{end:?}: {}", output.status);
    let said = String::from_utf8(output.stdout).unwrap();
    let lines = said.lines().filter_map(|line| line.strip_prefix("told ")?.split_once(' '));
    let lines = lines.map(|(what, value)| (what.to_owned(), value.to_owned())).collect();
    Told { folder, lines }
}

fn say(what: &str, value: &str) {
    let mut out = std::io::stdout().lock();
    write!(out, "\ntold {what} {value}\n").unwrap();
    out.flush().unwrap();
}

/// A town over the file in this folder.
async fn town_at(folder: &Path) -> (Town, Arc<EndingStore>) {
    let sqlite = Sqlite::open(&folder.join("zaguan.db")).unwrap();
    let store = Arc::new(EndingStore::new(Arc::new(sqlite)));
    (Town::builder().store(store.clone()).build().await, store)
}

/// The story: Ada signs in at the shop, which redeems its code and refreshes three times, once with a token that it used.
#[tokio::main(flavor = "current_thread")]
async fn live(folder: &Path) {
    let (town, store) = town_at(folder).await;
    store.count_from_here(env::var(END).ok().map(|end| {
        let (when, number) = end.split_once(' ').unwrap();
        let number = number.parse().unwrap();
        if when == "before" { End::Before(number) } else { End::After(number) }
    }));
    let mut ada = town.browser();
    let answered = sign_in_at(&mut ada, &shop(&town)).await;
    say("cookie", &ada.jar.header(SERVER, Cause::SameSite, town.now()).unwrap());
    say("code", &parameter(&answered, "code").unwrap());
    let first = token(redeem(&town, "shop", SIGN_IN, &answered).await);
    say("token", &first);
    let mut newest = first.clone();
    for shown in [&first, &first] {
        town.wait(seconds(1));
        newest = token(refresh(&town, "shop", SIGN_IN, shown).await);
        say("token", &newest);
    }
    town.wait(seconds(1));
    say("token", &token(refresh(&town, "shop", SIGN_IN, &newest).await));
    for name in store.written() {
        say("write", name);
    }
}

fn token((status, answer): (u16, serde_json::Value)) -> String {
    assert_eq!(status, 200, "{answer}");
    answer["refresh_token"].as_str().unwrap().to_owned()
}

#[tokio::main(flavor = "current_thread")]
async fn examine(told: &Told, end: End, counts: &mut Counts) {
    let (town, _) = town_at(told.folder.path()).await;
    // It takes a while until everything runs again. The last answer may be asked for again for a minute.
    town.wait(seconds(40));
    let mut ada = town.browser();
    match told.last("cookie") {
        Some(cookies) => {
            for cookie in cookies.split("; ") {
                ada.jar.set(SERVER, &format!("{cookie}; Path=/; Secure; HttpOnly"), town.now());
            }
            assert!(is_answered(&mut ada, &shop(&town)).await, "{end:?}: the session is lost");
        }
        None => drop(sign_in_at(&mut ada, &shop(&town)).await),
    }
    let Some(code) = told.last("code") else {
        counts.no_code_yet += 1;
        return;
    };
    if let Some(newest) = told.last("token") {
        counts.token_known += 1;
        one_generation_is_current(&town, &newest, end).await;
        assert_refused(redeem_code(&town, "shop", SIGN_IN, &code).await, end, "the code, once more");
        return;
    }
    // The app asks again, as it does when no answer came.
    let again = redeem_code(&town, "shop", SIGN_IN, &code).await;
    if again.0 == 200 {
        counts.code_still_good += 1;
        let given = token(again);
        assert_refused(redeem_code(&town, "shop", SIGN_IN, &code).await, end, "the code, a second time");
        assert_refused(refresh(&town, "shop", SIGN_IN, &given).await, end, "what came of it");
        return;
    }
    counts.code_taken_answer_lost += 1;
    assert_refused(again, end, "the code that was taken");
    assert_refused(redeem_code(&town, "shop", SIGN_IN, &code).await, end, "the code, a third time");
    // Nobody has to sign in for it.
    let answered = ada.open(&shop(&town)).await.outside();
    let given = token(redeem(&town, "shop", SIGN_IN, &answered).await);
    one_generation_is_current(&town, &given, end).await;
}

fn assert_refused((status, answer): (u16, serde_json::Value), end: End, what: &str) {
    assert_eq!((status, answer["error"].as_str()), (400, Some("invalid_grant")), "{end:?}: {what}: {answer}");
}

/// The newest token that the app knows has one successor, however often it is shown; that one has one, and is the only one that
/// does.
async fn one_generation_is_current(town: &Town, newest: &str, end: End) {
    let (family, generation) = generation_of(newest);
    let current = || async { town.store().family(&town.tenant().id, &family).await.unwrap().map(|it| it.generation) };
    let before = current().await.unwrap_or_else(|| panic!("{end:?}: the family is lost"));
    assert!([generation, generation + 1].contains(&before), "{end:?}: {before} after {generation}");
    let next = token(refresh(town, "shop", SIGN_IN, newest).await);
    assert_eq!(token(refresh(town, "shop", SIGN_IN, newest).await), next, "{end:?}: two successors");
    assert_eq!(generation_of(&next), (family.clone(), generation + 1), "{end:?}");
    assert_eq!(current().await, Some(generation + 1), "{end:?}");
    let after = token(refresh(town, "shop", SIGN_IN, &next).await);
    assert_eq!(token(refresh(town, "shop", SIGN_IN, &next).await), after, "{end:?}: two successors");
    assert_eq!(current().await, Some(generation + 2), "{end:?}");
    // The newest that the app knew is now an old one: whoever shows it ends the family.
    assert_refused(refresh(town, "shop", SIGN_IN, newest).await, end, "an old token");
    assert_refused(refresh(town, "shop", SIGN_IN, &after).await, end, "the newest token of a family that is over");
}

/// Family and number of a refresh token.
fn generation_of(token: &str) -> (FamilyId, u32) {
    let mut parts = token.split('.');
    (FamilyId(parts.next().unwrap().to_owned()), parts.next().unwrap().parse().unwrap())
}

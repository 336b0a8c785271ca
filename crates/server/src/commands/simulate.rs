//! `zaguan sessions simulate`: what would happen to sessions, without a server.

use std::{
    io::Read,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::Args;
use zaguan_policy::{Language, PolicySet, Severity, Timestamp, id::PolicyId};
use zaguan_session::{
    ClientId,
    quirks::{Mode, Quirks},
    simulate::{Event, SimulatedPolicy, World},
};

use super::{language, policies::Around};
use crate::{
    report::{self, Style},
    simulate::{self, GRAMMAR, Line, NotUnderstood, words::Teller},
    tenant::TenantSources,
};

/// Tell what would happen to sessions
///
/// Reads policies and a history of what people do, and says for each line who is asked to sign in and who is not, and
/// why. No server is needed and none is asked. Sessions that outlived every policy end when time passes, as on a running
/// server. Exit code 0: told. 1: the policies are refused. 2: the history is not understood.
#[derive(Args)]
#[command(after_help = help())]
pub(super) struct Options {
    /// A tenant folder (with tenant.toml), or a folder of XML files
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// The history; without it, or with `-`, standard input is read
    #[arg(value_name = "HISTORY")]
    history: Option<PathBuf>,
    #[command(flatten)]
    around: Around,
    /// In which language
    #[arg(long, value_parser = language(), default_value = "en")]
    language: Language,
}

fn help() -> String {
    format!(
        "A history has one line for each thing that happens:\n\n{GRAMMAR}\n\nPolicies may be named without `B2C_1A_`. In a tenant \
         folder, apps are named by name or client id.\n\nExample:\n  zaguan sessions simulate policies/demo history.txt\n\
         where history.txt is\n  sign in at contoso groceries with signup_signin, tick KMSI\n  close browser\n  \
         +23h open contoso pharmacy with signup_signin"
    )
}

/// What a folder says.
struct Tenant {
    policies: Vec<SimulatedPolicy>,
    /// Policies whose journeys show no form.
    formless: Vec<PolicyId>,
    quirks: Quirks,
    /// Names and client ids of its apps. `None`: a bare folder, in which any name is an app's.
    apps: Option<Vec<(String, ClientId)>>,
}

pub(super) fn run(options: &Options) -> ExitCode {
    let tenant = match read_tenant(&options.folder, &options.around, options.language) {
        Ok(tenant) => tenant,
        Err((message, code)) => {
            eprint!("{message}");
            return ExitCode::from(code);
        }
    };
    let text = match &options.history {
        Some(path) if path.as_os_str() != "-" => std::fs::read_to_string(path),
        _ => {
            let mut text = String::new();
            std::io::stdin().lock().read_to_string(&mut text).map(|_| text)
        }
    };
    let told = match text {
        Ok(text) => tell(&tenant, &text, options.language),
        Err(cause) => {
            let path = options.history.as_deref().unwrap_or(Path::new("-"));
            eprintln!("error: {}: {cause}", path.display());
            return ExitCode::from(2);
        }
    };
    match told {
        Ok(told) => {
            print!("{told}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::from(2)
        }
    }
}

fn tell(tenant: &Tenant, text: &str, language: Language) -> Result<String, NotUnderstood> {
    let start = Timestamp::from_seconds(0);
    let mut lines = simulate::read(text)?;
    for line in &mut lines {
        let Line { number, events, .. } = line;
        let named = events.iter_mut().try_for_each(|event| tenant.resolve(event));
        named.map_err(|problem| NotUnderstood { number: *number, problem })?;
    }
    let mut world = World::new(tenant.policies.iter().cloned(), tenant.quirks.clone(), start);
    let teller = Teller { language, start };
    let mut all = String::new();
    for Line { number, text, events } in &lines {
        let without_time = text
            .strip_prefix('+')
            .map_or(text.as_str(), |timed| timed.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim()));
        let mut said = Vec::new();
        for event in events {
            let policy = match event {
                Event::Open(open) => Some(&open.policy),
                _ => None,
            };
            let happened = |told| match told {
                Ok(told) => Ok(teller.tell(&told, policy)),
                Err(zaguan_session::simulate::UnknownPolicy(id)) => {
                    Err(NotUnderstood { number: *number, problem: format!("there is no policy `{id}`") })
                }
            };
            said.extend(happened(world.happen(event))?);
            // A running server looks for sessions that are over every few minutes.
            if let Event::Pass(_) = event {
                said.extend(happened(world.happen(&Event::Sweep))?);
            }
        }
        all.push_str(format!("{:<10} {without_time}", teller.at(world.now())).trim_end());
        all.push('\n');
        for line in said {
            all.push_str(&format!("{:<10}   {}\n", "", tenant.with_names(line)));
        }
    }
    Ok(all)
}

impl Tenant {
    /// Finds the policy and the app that a line names.
    fn resolve(&self, event: &mut Event) -> Result<(), String> {
        let (app, policy) = match event {
            Event::Open(open) => (Some(&mut open.app), &mut open.policy),
            Event::SignOut { app, policy, .. } => (app.as_mut(), policy),
            _ => return Ok(()),
        };
        *policy = self.policy(policy)?;
        if let (Some(app), Some(known)) = (app, &self.apps) {
            let is = |(name, id): &&(String, ClientId)| id == app || ClientId::new(name) == *app;
            *app = match known.iter().find(is) {
                Some((_, id)) => id.clone(),
                None => {
                    let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
                    return Err(format!("there is no app `{app}`; there are {}", names.join(", ")));
                }
            };
        }
        Ok(())
    }

    fn policy(&self, given: &PolicyId) -> Result<PolicyId, String> {
        let whole = PolicyId::new(&format!("B2C_1A_{given}"));
        let is = |id: &&PolicyId| *id == given || **id == whole;
        if let Some(policy) = self.policies.iter().map(|policy| &policy.id).find(is) {
            return Ok(policy.clone());
        }
        if let Some(policy) = self.formless.iter().find(is) {
            return Err(format!("policy `{policy}` cannot be simulated: its journey shows no sign-in form"));
        }
        let known: Vec<&str> = self.policies.iter().map(|policy| policy.id.as_str()).collect();
        Err(format!("there is no policy `{given}` that answers apps; there are {}", known.join(", ")))
    }

    /// Apps by the names that people know.
    fn with_names(&self, line: String) -> String {
        let known = self.apps.iter().flatten();
        known.fold(line, |line, (name, id)| line.replace(id.as_str(), name))
    }
}

fn read_tenant(folder: &Path, around: &Around, language: Language) -> Result<Tenant, (String, u8)> {
    if folder.join("tenant.toml").is_file() {
        let applied = TenantSources::read(folder).and_then(|sources| sources.apply(Some("localhost")));
        let tenant = applied.map_err(|refused| (report::refusal(&refused, Style::Plain, language), 1))?;
        let apps = tenant.applications.iter().map(|(id, app)| (app.name().to_owned(), id.clone())).collect();
        let programs = tenant.programs.values().map(AsRef::as_ref);
        return Ok(of_programs(programs, tenant.quirks.clone(), Some(apps)));
    }
    let sources = around.read(folder).map_err(|problem| (format!("error: {problem:#}\n"), 2))?;
    let loaded = sources.load();
    let errors: Vec<_> = loaded.diagnostics.into_iter().filter(|one| one.severity == Severity::Error).collect();
    if !errors.is_empty() {
        return Err((report::diagnostics(&errors, &sources.all(), Style::Plain, language), 1));
    }
    let programs = programs(&loaded.set);
    Ok(of_programs(programs.iter(), Quirks::of(Mode::default()), None))
}

fn programs(set: &PolicySet) -> Vec<zaguan_journey::Program> {
    let bind = |policy: &Arc<_>| zaguan_journey::bind(policy, &|_| true).0;
    set.relying_parties().filter_map(bind).collect()
}

fn of_programs<'a>(
    programs: impl Iterator<Item = &'a zaguan_journey::Program>,
    quirks: Quirks,
    apps: Option<Vec<(String, ClientId)>>,
) -> Tenant {
    let mut tenant = Tenant { policies: vec![], formless: vec![], quirks, apps };
    for program in programs {
        match program.simulated() {
            Some(policy) => tenant.policies.push(policy),
            None => tenant.formless.push(program.policy.id.clone()),
        }
    }
    tenant
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    fn demo() -> Tenant {
        read_tenant(&root().join("policies/demo"), &Around::default(), Language::English)
            .unwrap_or_else(|(message, _)| panic!("{message}"))
    }

    /// What stands between this line and the end of its block.
    fn block<'a>(page: &'a str, after: &str) -> &'a str {
        page.split_once(after).and_then(|(_, rest)| rest.split_once("```")).unwrap_or_else(|| panic!("{after}")).0
    }

    #[test]
    fn the_example_of_the_page_prints_what_the_page_says() {
        let page = std::fs::read_to_string(root().join("docs/simulator.md")).unwrap();
        let history = block(&page, "$ cat history.txt\n");
        let (history, printed) = history.split_once("$ zaguan sessions simulate policies/demo history.txt\n").unwrap();
        let told = tell(&demo(), history, Language::English).unwrap();
        assert_eq!(told, printed, "docs/simulator.md should say\n{told}");
    }

    #[test]
    fn spanish_says_as_much_as_english() {
        let history = "sign in at contoso groceries with signup_signin, tick KMSI\nclose browser\n+31d open contoso pharmacy \
                       with signup_signin, leave\nsign in at contoso pharmacy with signup_signin, prompt=none";
        let [english, spanish] =
            [Language::English, Language::Spanish].map(|language| tell(&demo(), history, language).unwrap());
        assert_eq!(english.lines().count(), spanish.lines().count());
        assert!(
            spanish.contains("se pregunta") && !spanish.contains("asked") && !spanish.contains("session"),
            "{spanish}"
        );
    }

    #[test]
    fn names_that_are_not_there_are_told_with_those_that_are() {
        for (history, says) in [
            ("open contoso groceries with nothing", "B2C_1A_signup_signin"),
            ("\nopen elsewhere with signup_signin", "line 2: there is no app `elsewhere`; there are Contoso"),
        ] {
            let problem = tell(&demo(), history, Language::English).unwrap_err().to_string();
            assert!(problem.contains(says), "{problem}");
        }
    }
}

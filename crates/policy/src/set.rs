//! A folder of files becomes a set of policies.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use crate::{
    EffectivePolicy, codes,
    diagnostic::{Diagnostic, Place},
    element::Element,
    id::{PolicyId, key, same},
    merge::{merge, settle},
    resolve::{self, Regexes},
    said,
    settings::Settings,
    shape,
    source::{self, SourceFile},
};

/// All policies of a folder that hold. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct PolicySet(Arc<Policies>);

#[derive(Debug, Default)]
struct Policies {
    by_id: BTreeMap<PolicyId, Arc<EffectivePolicy>>,
    tenant: Option<String>,
}

impl PolicySet {
    /// The ids, in order.
    pub fn ids(&self) -> impl Iterator<Item = &PolicyId> {
        self.0.by_id.keys()
    }

    /// The policy of that id, whatever its case.
    pub fn get(&self, id: &PolicyId) -> Option<&Arc<EffectivePolicy>> {
        self.0.by_id.get(id)
    }

    /// Those that apps can ask for: with a `RelyingParty`.
    pub fn relying_parties(&self) -> impl Iterator<Item = &Arc<EffectivePolicy>> {
        self.0.by_id.values().filter(|policy| policy.relying_party.is_some())
    }

    /// The `TenantId` that all files agree on.
    pub fn tenant(&self) -> Option<&str> {
        self.0.tenant.as_deref()
    }
}

/// What [`load`] gives back: the policies that hold, and all that was found.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Policies without an error of their own or in a policy that they build on.
    pub set: PolicySet,
    /// By file, in the order given, and place.
    pub diagnostics: Vec<Diagnostic>,
    /// The merged tree of every policy whose bases are all there, mistakes or not.
    pub merged: BTreeMap<PolicyId, Merged>,
}

/// A policy with everything that it inherits laid under it, as elements that know where they come from.
#[derive(Clone, Debug)]
pub struct Merged(pub(crate) Arc<Element>);

impl Merged {
    /// The file that declares the policy itself, as the reader was given its name.
    pub fn file(&self) -> &str {
        &self.0.origin.file
    }
}

impl Loaded {
    /// The findings that refuse the set.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|finding| finding.is_error())
    }
}

/// Levels of inheritance. [service limits]
const MOST_LEVELS: usize = 10;

/// Reads, merges and checks a set of files. `base` are files of another folder that the set builds
/// on: they are no part of the set, and reported on only where they break it.
pub fn load(files: &[SourceFile], base: &[SourceFile]) -> Loaded {
    load_with_settings(files, base, &Settings::default())
}

/// As [`load`], for files with `{Settings:Name}` placeholders. One without a value is an error (Z0204).
pub fn load_with_settings(files: &[SourceFile], base: &[SourceFile], settings: &Settings) -> Loaded {
    let mut findings = Vec::new();
    let mut known = Known::default();
    known.add(files, Role::Set, settings, &mut findings);
    known.add(base, Role::Base, settings, &mut findings);

    let mut policies = Policies { tenant: known.tenant(&mut findings), ..Policies::default() };
    let mut done = HashMap::new();
    let mut merged = BTreeMap::new();
    let mut regexes = Regexes::default();
    for at in 0..known.files.len() {
        if known.files[at].role == Role::Base {
            continue;
        }
        let id = PolicyId::new(&known.files[at].id);
        let Some(chain) = known.chain(at, &mut findings) else { continue };
        // A base's own mistakes matter where the set builds on it.
        findings.extend(chain.iter().flat_map(|file| known.files[*file].findings.iter().cloned()));
        let tree = known.merged(&chain, &mut done);
        merged.insert(id.clone(), Merged(tree.clone()));
        let broken = chain.iter().flat_map(|file| &known.files[*file].findings).any(Diagnostic::is_error);
        let (policy, found) = resolve::policy(&tree, &mut regexes);
        findings.extend(found);
        if let Some(policy) = policy.filter(|_| !broken) {
            policies.by_id.insert(id, Arc::new(policy));
        }
    }
    Loaded { set: PolicySet(Arc::new(policies)), diagnostics: sorted(findings, files, base), merged }
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    Set,
    Base,
}

struct File {
    role: Role,
    id: String,
    root: Arc<Element>,
    /// What its own shape gives rise to.
    findings: Vec<Diagnostic>,
}

/// The files that could be read.
#[derive(Default)]
struct Known {
    files: Vec<File>,
    by_id: HashMap<String, usize>,
    /// Why base files could not be read: told where a base is missing.
    unreadable: Vec<Diagnostic>,
}

impl Known {
    fn add(&mut self, sources: &[SourceFile], role: Role, settings: &Settings, findings: &mut Vec<Diagnostic>) {
        for source in sources {
            let root = match source::read(source) {
                Ok(root) => settings.fill(&root),
                Err(finding) => {
                    if role == Role::Set { &mut *findings } else { &mut self.unreadable }.push(finding);
                    continue;
                }
            };
            let mut own = Vec::new();
            shape::check(&root, &mut own);
            let Some(id) = root.attribute("PolicyId").cloned() else {
                if role == Role::Set { &mut *findings } else { &mut self.unreadable }.append(&mut own);
                continue;
            };
            if role == Role::Set {
                findings.extend(own.iter().cloned());
            }
            if let Some(before) = self.by_id.get(&key(&id.value)) {
                let before = &self.files[*before];
                if before.role == role && role == Role::Set {
                    findings.push(
                        codes::POLICY_TWICE
                            .at(&id.place, said!("again"), said!("policy `{}` is declared by two files", id.trimmed()))
                            .and(&before.root.origin, said!("first declared here")),
                    );
                }
                continue;
            }
            self.by_id.insert(key(&id.value), self.files.len());
            self.files.push(File { role, id: id.trimmed().to_owned(), root: settle(&root), findings: own });
        }
    }

    fn tenant(&self, findings: &mut Vec<Diagnostic>) -> Option<String> {
        let mut tenants =
            self.files.iter().filter(|file| file.role == Role::Set).filter_map(|file| file.root.attribute("TenantId"));
        let first = tenants.next()?;
        let Some(other) = tenants.find(|tenant| !same(tenant.trimmed(), first.trimmed())) else {
            return Some(first.trimmed().to_owned());
        };
        findings.push(
            codes::TENANTS_DIFFER
                .at(
                    &other.place,
                    said!("here"),
                    said!("the files name two tenants, `{}` and `{}`", first.trimmed(), other.trimmed()),
                )
                .and(&first.place, said!("the other tenant")),
        );
        None
    }

    /// A base that is looked for in one tenant and says that it is of another.
    fn other_tenant(&self, named: &Element, base: usize, findings: &mut Vec<Diagnostic>) {
        let own = self.files[base].root.attribute("TenantId");
        let Some((tenant, own)) = named.child("TenantId").zip(own) else { return };
        if !same(tenant.text.trim(), own.trimmed()) {
            let message =
                said!("the base policy is of the tenant `{}`, not of `{}`", own.trimmed(), tenant.text.trim());
            findings.push(
                codes::TENANTS_DIFFER
                    .at(&tenant.text_place(), said!("here"), message)
                    .and(&own.place, said!("the base policy's tenant")),
            );
        }
    }

    /// The file and all that it builds on, leaf first.
    fn chain(&self, leaf: usize, findings: &mut Vec<Diagnostic>) -> Option<Vec<usize>> {
        let mut chain = vec![leaf];
        let mut at = leaf;
        while let Some(named) = self.files[at].root.child("BasePolicy") {
            // Told by the file's own shape.
            let base = named.child("PolicyId")?;
            let place = base.text_place();
            let id = base.text.trim();
            let Some(next) = self.find(id) else {
                findings.push(self.missing(id, &place));
                findings.extend(self.unreadable.iter().cloned());
                return None;
            };
            self.other_tenant(named, next, findings);
            if chain.contains(&next) {
                findings.push(codes::BASE_CYCLE.at(
                    &place,
                    said!("built on here"),
                    said!("policy `{}` builds on itself", id),
                ));
                return None;
            }
            chain.push(next);
            if chain.len() > MOST_LEVELS {
                findings.push(codes::BASE_TOO_DEEP.at(
                    &self.files[leaf].root.origin,
                    said!("this policy"),
                    said!("policy `{}` has more than {} levels", self.files[leaf].id, MOST_LEVELS),
                ));
                return None;
            }
            at = next;
        }
        Some(chain)
    }

    /// The portal puts `B2C_1A_` before an id that lacks it, so files may name each other either way.
    fn find(&self, id: &str) -> Option<usize> {
        let prefix = "B2C_1A_";
        let bare =
            id.get(..prefix.len()).filter(|start| start.eq_ignore_ascii_case(prefix)).map(|_| &id[prefix.len()..]);
        let other = bare.map_or_else(|| format!("{prefix}{id}"), str::to_owned);
        self.by_id.get(&key(id)).or_else(|| self.by_id.get(&key(&other))).copied()
    }

    fn missing(&self, id: &str, place: &Place) -> Diagnostic {
        let finding =
            codes::NO_BASE.at(place, said!("built on here"), said!("base policy `{}` is not among the files", id));
        match crate::nearest::nearest(id, self.files.iter().map(|file| file.id.as_str())) {
            Some(meant) => finding.help(said!("did you mean `{}`?", meant)),
            None => finding.help(said!("add its file to the folder, or name the folder that has it as a base")),
        }
    }

    /// The chain's files, each laid over the one that it builds on.
    fn merged(&self, chain: &[usize], done: &mut HashMap<usize, Arc<Element>>) -> Arc<Element> {
        let mut tree: Option<Arc<Element>> = None;
        for at in chain.iter().rev() {
            let next = match (done.get(at), tree) {
                (Some(done), _) => done.clone(),
                (None, None) => self.files[*at].root.clone(),
                (None, Some(parent)) => merge(&parent, &self.files[*at].root),
            };
            done.insert(*at, next.clone());
            tree = Some(next);
        }
        tree.unwrap_or_else(|| self.files[chain[0]].root.clone())
    }
}

/// One finding is one finding, however many policies inherit its cause.
fn sorted(mut findings: Vec<Diagnostic>, files: &[SourceFile], base: &[SourceFile]) -> Vec<Diagnostic> {
    let mut order: HashMap<&str, usize> = HashMap::new();
    for (at, file) in files.iter().chain(base).enumerate() {
        order.entry(&file.name).or_insert(at);
    }
    let rank = |finding: &Diagnostic| finding.places.first().and_then(|at| order.get(&*at.place.file).copied());
    findings.retain(|finding| finding.is_error() || rank(finding).is_none_or(|rank| rank < files.len()));
    findings.sort_by_cached_key(|finding| {
        let place = finding.places.first().map(|at| (at.place.span.start, at.place.span.end));
        (rank(finding), place, finding.code, finding.message.to_string())
    });
    findings.dedup_by(|one, other| {
        one.code == other.code && one.message == other.message && one.places.first() == other.places.first()
    });
    findings
}

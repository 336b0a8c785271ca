//! `IncludeTechnicalProfile`: a profile laid over another of a different id.

use std::{collections::HashMap, sync::Arc};

use crate::{
    codes,
    element::Element,
    id::key,
    merge::merge,
    resolve::{Kind, Scope},
    said,
};

/// The profiles of a merged policy with what they include laid under them, in declared order.
pub(crate) fn profiles(policy: &Element, scope: &mut Scope<'_>) -> Vec<Arc<Element>> {
    let declared: Vec<&Arc<Element>> = policy.items("ClaimsProviders", "TechnicalProfile").collect();
    let mut includes = Includes {
        declared: declared.iter().filter_map(|profile| Some((key(profile.value("Id")?), *profile))).collect(),
        done: HashMap::new(),
    };
    declared
        .iter()
        .filter_map(|profile| includes.complete(&key(profile.value("Id")?), &mut Vec::new(), scope))
        .collect()
}

/// The documents set no limit; the stack does.
const DEEPEST: usize = 100;

struct Includes<'a> {
    declared: HashMap<String, &'a Arc<Element>>,
    done: HashMap<String, Arc<Element>>,
}

impl Includes<'_> {
    /// `open` are the profiles that are being completed: meeting one again is a cycle.
    fn complete(&mut self, id: &str, open: &mut Vec<String>, scope: &mut Scope<'_>) -> Option<Arc<Element>> {
        if let Some(done) = self.done.get(id) {
            return Some(done.clone());
        }
        let own = (*self.declared.get(id)?).clone();
        open.push(id.to_owned());
        let mut complete = own.clone();
        if let Some(reference) =
            own.child("IncludeTechnicalProfile").and_then(|include| include.attribute("ReferenceId"))
            && scope.find(Kind::Profile, reference).is_some()
            && let Some(included) = self.included(&reference.value, open, scope, reference)
        {
            complete = merge(&included, &complete);
        }
        if let Some(include) = own.child("IncludeClaimsFromTechnicalProfile")
            && scope.find_text(Kind::Profile, include).is_some()
            && open.len() <= DEEPEST
            && !open.contains(&key(&include.text))
            && let Some(included) = self.complete(&key(&include.text), open, scope)
        {
            complete = merge(&claims_of(&included), &complete);
        }
        open.pop();
        self.done.insert(id.to_owned(), complete.clone());
        Some(complete)
    }

    fn included(
        &mut self,
        id: &str,
        open: &mut Vec<String>,
        scope: &mut Scope<'_>,
        reference: &crate::element::Attribute,
    ) -> Option<Arc<Element>> {
        if open.len() > DEEPEST {
            scope.report(codes::INCLUDES_TOO_DEEP.at(
                &reference.place,
                said!("included here"),
                said!("more than {} technical profiles include each other in a row", DEEPEST),
            ));
            return None;
        }
        if !open.contains(&key(id)) {
            return self.complete(&key(id), open, scope);
        }
        scope.report(codes::INCLUDE_CYCLE.at(
            &reference.place,
            said!("included here"),
            said!("technical profile `{}` includes itself", id.trim()),
        ));
        None
    }
}

/// Input and output claims, and nothing else. [technicalprofiles, IncludeClaimsFromTechnicalProfile]
fn claims_of(profile: &Element) -> Arc<Element> {
    let mut claims = profile.clone();
    claims.attributes.clear();
    claims.children.retain(|child| matches!(&*child.name, "InputClaims" | "OutputClaims"));
    Arc::new(claims)
}

//! Two sets of policies compared by what they mean: the merged trees, not the files.
//!
//! Where something stands (which file, base or extension, which claims provider's list), white space, comments, the case of
//! ids, values that say what is the default anyway and order that does not matter make no difference. Everything else is
//! told once, however many policies inherit it, with what it means for security first.

mod canonical;
mod compare;
mod metadata;
mod reach;
mod rules;
mod steps;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Loaded, SourceFile,
    diagnostic::Place,
    element::Element,
    id::{PolicyId, key},
    set::Merged,
    show::Lines,
};

/// What a difference is about. The order is that of telling.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// Who gets in, what is checked, what leaves in a token, how long it all lasts.
    Security,
    /// What happens.
    Behaviour,
    /// What people read.
    Text,
}

impl Level {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Security, Self::Behaviour, Self::Text];

    /// As it is written: `security`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Security => "security",
            Self::Behaviour => "behaviour",
            Self::Text => "text",
        }
    }
}

/// One thing that differs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// How much it weighs.
    pub level: Level,
    /// What differs, in one line.
    pub says: String,
    /// Where it stands before, or where it would stand.
    pub before: Option<Place>,
    /// Where it stands after, or where it would stand.
    pub after: Option<Place>,
    /// The policies of which it is true.
    pub policies: Vec<PolicyId>,
}

/// The differences as people read them: by level, each with both places and the policies of which it is true. Nothing where
/// there are none. The files are those of either side, for the numbers of lines.
pub fn text(differences: &[Difference], before: &[SourceFile], after: &[SourceFile]) -> String {
    let (one, other) = (Lines::of(before), Lines::of(after));
    let mut text = String::new();
    for level in Level::ALL {
        let of_level: Vec<_> = differences.iter().filter(|one| one.level == level).collect();
        if of_level.is_empty() {
            continue;
        }
        text += &format!("{}{} ({})\n", if text.is_empty() { "" } else { "\n" }, level.name(), of_level.len());
        for difference in of_level {
            let places = [(&difference.before, &one), (&difference.after, &other)];
            let places: Vec<String> =
                places.into_iter().filter_map(|(place, lines)| Some(lines.in_full(place.as_ref()?))).collect();
            let policies: Vec<&str> = difference.policies.iter().map(PolicyId::as_str).collect();
            text += &format!("  {}\n      {}  in {}\n", difference.says, places.join(" → "), policies.join(", "));
        }
    }
    text
}

/// Compares all policies that answer apps, or that nothing builds on. Others only matter in what these inherit.
pub fn sets(before: &Loaded, after: &Loaded) -> Vec<Difference> {
    let wanted: BTreeSet<&PolicyId> = shown(before).chain(shown(after)).collect();
    let mut all = Vec::new();
    for id in wanted {
        match (before.merged.get(id), after.merged.get(id)) {
            (Some(_), Some(_)) => all.extend(policies((before, id), (after, id))),
            (Some(gone), None) => all.push(Difference {
                level: Level::Security,
                says: format!("policy `{id}` removed"),
                before: Some(gone.0.origin.clone()),
                after: None,
                policies: vec![id.clone()],
            }),
            (None, Some(new)) => all.push(Difference {
                level: Level::Security,
                says: format!("policy `{id}` added"),
                before: None,
                after: Some(new.0.origin.clone()),
                policies: vec![id.clone()],
            }),
            (None, None) => {}
        }
    }
    once(all)
}

/// Compares one policy with another one, which may have another id. Nothing where one of them is not there.
pub fn policies(before: (&Loaded, &PolicyId), after: (&Loaded, &PolicyId)) -> Vec<Difference> {
    let (Some(one), Some(other)) = (before.0.merged.get(before.1), after.0.merged.get(after.1)) else {
        return Vec::new();
    };
    let changes = compare::trees(&one.0, &other.0);
    if changes.is_empty() {
        return Vec::new();
    }
    let told = |change: &compare::Change| {
        let (level, says) = rules::judge(change, &one.0);
        let (from, to) = change.places();
        Difference { level, says, before: Some(from), after: Some(to), policies: vec![before.1.clone()] }
    };
    let mut all: Vec<Difference> = changes.iter().map(told).collect();
    if let (Some(one), Some(other)) = (before.0.set.get(before.1), after.0.set.get(after.1)) {
        all.extend(reach::lost(one, other));
    }
    once(all)
}

fn shown(loaded: &Loaded) -> impl Iterator<Item = &PolicyId> {
    let base = |merged: &Merged| Some(key(merged.0.child("BasePolicy")?.text_of("PolicyId")?));
    let bases: BTreeSet<String> = loaded.merged.values().filter_map(base).collect();
    let prefix = "B2C_1A_";
    // The portal puts `B2C_1A_` before an id that lacks it, so files may name each other either way.
    let is_base = move |id: &PolicyId| {
        let id = key(id.as_str());
        bases.contains(&id) || bases.contains(&format!("{prefix}{id}")) || {
            id.strip_prefix(prefix).is_some_and(|bare| bases.contains(bare))
        }
    };
    let answers = |tree: &Element| tree.child("RelyingParty").is_some();
    loaded.merged.iter().filter(move |(id, merged)| answers(&merged.0) || !is_base(id)).map(|(id, _)| id)
}

/// What several policies inherit is told once, and the heaviest first.
fn once(all: Vec<Difference>) -> Vec<Difference> {
    type Start = Option<(String, usize)>;
    let mut known: BTreeMap<(String, Start, Start), usize> = BTreeMap::new();
    let mut told: Vec<Difference> = Vec::new();
    let start = |place: &Option<Place>| place.as_ref().map(|it| (it.file.to_string(), it.span.start));
    for one in all {
        let at = *known.entry((one.says.clone(), start(&one.before), start(&one.after))).or_insert(told.len());
        match told.get_mut(at) {
            Some(before) => {
                let new = one.policies.into_iter().filter(|id| !before.policies.contains(id)).collect::<Vec<_>>();
                before.policies.extend(new);
            }
            None => told.push(one),
        }
    }
    told.sort_by_key(|one| one.level);
    told
}

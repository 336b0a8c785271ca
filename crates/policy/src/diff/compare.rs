//! Two merged trees, element by element: every difference, in the order of the first tree.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use super::{canonical, steps};
use crate::{diagnostic::Place, element::Element};

/// One thing that differs, and the way there.
pub(super) struct Change {
    /// From the root to the innermost element that both sides have; one side's may be made up, and empty.
    pub(super) trail: Vec<Pair>,
    pub(super) what: What,
}

/// The same element on both sides.
#[derive(Clone)]
pub(super) struct Pair {
    pub(super) before: Arc<Element>,
    pub(super) after: Arc<Element>,
}

pub(super) enum What {
    /// An item of the trail's last element.
    Added(Arc<Element>),
    Removed(Arc<Element>),
    /// An attribute of the trail's last element. Values as they are spelled.
    Attribute {
        name: String,
        before: Option<String>,
        after: Option<String>,
    },
    /// The text of the trail's last element.
    Text {
        before: String,
        after: String,
    },
    /// The trail's last element stands elsewhere among the others.
    Moved,
    /// All that is in the trail's last element, which is compared as one.
    Content,
}

impl Change {
    pub(super) fn places(&self) -> (Place, Place) {
        let nowhere = || Place { file: "".into(), span: 0..0 };
        let Some(Pair { before, after }) = self.trail.last() else { return (nowhere(), nowhere()) };
        let (mut from, mut to) = (before.origin.clone(), after.origin.clone());
        match &self.what {
            What::Added(item) => to = item.origin.clone(),
            What::Removed(item) => from = item.origin.clone(),
            What::Attribute { name, .. } => {
                let place = |element: &Element| element.attribute(name).map(|it| it.place.clone());
                (from, to) = (place(before).unwrap_or(from), place(after).unwrap_or(to));
            }
            What::Text { .. } | What::Moved | What::Content => {}
        }
        (from, to)
    }
}

pub(super) fn trees(before: &Arc<Element>, after: &Arc<Element>) -> Vec<Change> {
    let mut found = Compare::default();
    let without_base = |tree: &Arc<Element>| {
        let mut tree = (**tree).clone();
        tree.children.retain(|child| &*child.name != "BasePolicy");
        Arc::new(tree)
    };
    found.pair(&without_base(before), &without_base(after));
    found.changes
}

#[derive(Default)]
struct Compare {
    trail: Vec<Pair>,
    changes: Vec<Change>,
}

impl Compare {
    fn tell(&mut self, what: What) {
        self.changes.push(Change { trail: self.trail.clone(), what });
    }

    fn pair(&mut self, before: &Arc<Element>, after: &Arc<Element>) {
        let parent = self.trail.last().map_or(String::new(), |pair| pair.before.name.to_string());
        self.trail.push(Pair { before: before.clone(), after: after.clone() });
        if &*before.name == "Precondition" {
            // Found by all that it says.
        } else if &*before.name == "Extensions" {
            // What stands in there is nobody's business but its reader's.
            if before.saying() != after.saying() {
                self.tell(What::Content);
            }
        } else {
            self.attributes(before, after);
            let (one, other) = (canonical::text(&parent, before), canonical::text(&parent, after));
            if one != other {
                let spelled = |element: &Element, canonical: String| match element.text.trim() {
                    "" => canonical,
                    text => text.to_owned(),
                };
                self.tell(What::Text { before: spelled(before, one), after: spelled(after, other) });
            }
            self.children(before, after);
        }
        self.trail.pop();
    }

    fn attributes(&mut self, before: &Element, after: &Element) {
        let names: BTreeSet<&str> =
            before.attributes.iter().chain(&after.attributes).map(|attribute| &*attribute.name).collect();
        for name in names.into_iter().filter(|name| canonical::counts(before, name)) {
            let (one, other) = (canonical::attribute(before, name), canonical::attribute(after, name));
            if one != other {
                let spelled = |element: &Element, canonical| element.value(name).map(str::to_owned).or(canonical);
                let (before, after) = (spelled(before, one), spelled(after, other));
                self.tell(What::Attribute { name: name.to_owned(), before, after });
            }
        }
    }

    fn children(&mut self, before: &Arc<Element>, after: &Arc<Element>) {
        let is_steps = &*before.name == "OrchestrationSteps";
        let pairs = if is_steps { steps::pairs(before, after) } else { pairs(before, after) };
        let both: Vec<(usize, usize)> = pairs.iter().filter_map(|(a, b)| Some(((*a)?, (*b)?))).collect();
        // A token has its claims in no order.
        let is_token = self.trail.iter().any(|pair| &*pair.before.name == "RelyingParty");
        let moved = if is_token { BTreeSet::new() } else { moved(before, after, &both) };
        for (place, other) in pairs {
            match (place.map(|at| &before.children[at]), other.map(|at| &after.children[at])) {
                (Some(one), Some(other)) => {
                    if place.is_some_and(|at| moved.contains(&at)) {
                        self.trail.push(Pair { before: one.clone(), after: other.clone() });
                        self.tell(What::Moved);
                        self.trail.pop();
                    }
                    self.pair(one, other);
                }
                (Some(gone), None) if occurs_once(before, gone) => {
                    self.pair(gone, &Arc::new(Element::empty(&gone.name, &after.origin)));
                }
                (None, Some(new)) if occurs_once(after, new) => {
                    self.pair(&Arc::new(Element::empty(&new.name, &before.origin)), new);
                }
                (Some(gone), None) => self.tell(What::Removed(gone.clone())),
                (None, Some(new)) => self.tell(What::Added(new.clone())),
                (None, None) => {}
            }
        }
    }
}

/// Lists and single elements: one that is absent says no less than one that is empty. The relying party is told as a whole.
fn occurs_once(parent: &Element, element: &Element) -> bool {
    canonical::identity(parent, element) == *element.name && &*element.name != "RelyingParty"
}

/// By what an item of a list is found among others.
type Naming<'a> = &'a dyn Fn(&Element, &Element) -> Option<String>;

/// For each child of either side its index there: those of the first in its order, then the second's own.
fn pairs(before: &Element, after: &Element) -> Vec<(Option<usize>, Option<usize>)> {
    let mut found: Vec<Option<usize>> = vec![None; before.children.len()];
    let mut taken = vec![false; after.children.len()];
    let loose = |_: &Element, item: &Element| canonical::loose_identity(item);
    let strict = |parent: &Element, item: &Element| Some(canonical::identity(parent, item));
    let passes: [Naming<'_>; 2] = [&strict, &loose];
    for identity in passes {
        let mut known: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, item) in after.children.iter().enumerate().rev().filter(|(at, _)| !taken[*at]) {
            if let Some(identity) = identity(after, item) {
                known.entry(identity).or_default().push(at);
            }
        }
        for (at, item) in before.children.iter().enumerate() {
            if found[at].is_none()
                && let Some(other) = identity(before, item).and_then(|it| known.get_mut(&it)?.pop())
            {
                found[at] = Some(other);
                taken[other] = true;
            }
        }
    }
    let own = taken.iter().enumerate().filter(|(_, taken)| !**taken).map(|(at, _)| (None, Some(at)));
    found.iter().enumerate().map(|(at, other)| (Some(at), *other)).chain(own).collect()
}

/// The first side's indices of those that changed their place among the others: as few as possible.
fn moved(before: &Element, after: &Element, both: &[(usize, usize)]) -> BTreeSet<usize> {
    let is_steps = &*before.name == "OrchestrationSteps";
    let places: Vec<usize> = if is_steps { steps::places(after) } else { (0..after.children.len()).collect() };
    let mut names: BTreeSet<&str> = both.iter().map(|(at, _)| &*before.children[*at].name).collect();
    names.retain(|name| is_steps || canonical::is_ordered(&before.name, name));
    let mut moved = BTreeSet::new();
    for name in names {
        let of_name: Vec<_> = both.iter().copied().filter(|(at, _)| &*before.children[*at].name == name).collect();
        let stays = longest_rise(&of_name.iter().map(|(_, other)| places[*other]).collect::<Vec<_>>());
        moved.extend(of_name.iter().enumerate().filter(|(at, _)| !stays.contains(at)).map(|(_, (one, _))| *one));
    }
    moved
}

/// The indices of the most numbers that rise as they stand.
pub(super) fn longest_rise(numbers: &[usize]) -> BTreeSet<usize> {
    // For each number: how long the longest rise is that ends with it, and what stands before it there.
    let mut best: Vec<(usize, Option<usize>)> = Vec::with_capacity(numbers.len());
    for (at, number) in numbers.iter().enumerate() {
        let before = (0..at).filter(|other| numbers[*other] < *number).max_by_key(|other| (best[*other].0, at - other));
        best.push((before.map_or(1, |before| best[before].0 + 1), before));
    }
    let last = (0..numbers.len()).max_by_key(|at| (best[*at].0, numbers.len() - at));
    std::iter::successors(last, |at| best[*at].1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_few_as_possible_have_moved() {
        for (numbers, stays) in [
            (&[][..], &[][..]),
            (&[0, 1, 2], &[0, 1, 2]),
            (&[1, 2, 0], &[0, 1]),
            (&[2, 0, 1], &[1, 2]),
            (&[1, 0], &[0]),
            (&[0, 4, 1, 2, 3], &[0, 2, 3, 4]),
        ] {
            assert_eq!(longest_rise(numbers).into_iter().collect::<Vec<_>>(), stays, "{numbers:?}");
        }
    }
}

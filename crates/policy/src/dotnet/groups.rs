//! The numbers of groups.

use std::collections::{BTreeMap, BTreeSet};

/// How a group is called.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum GroupName {
    Number(u32),
    Name(String),
}

/// Which of Rust's groups a .NET number or name means. Unnamed groups have the first numbers, in the
/// order of their parentheses, and share them with groups that are called by a number. Then the
/// names have the numbers that are left (page "Grouping constructs in regular expressions").
#[derive(Debug, Default)]
pub(super) struct Groups {
    by_name: BTreeMap<GroupName, Vec<usize>>,
}

impl Groups {
    pub(super) fn new(groups: &[Option<GroupName>]) -> Self {
        let mut by_name: BTreeMap<GroupName, Vec<usize>> = BTreeMap::new();
        let taken: BTreeSet<u32> = groups.iter().flatten().filter_map(GroupName::number).collect();
        let mut next = 1;
        for (group, at) in groups.iter().zip(1..) {
            let name = group.clone().unwrap_or_else(|| {
                next += 1;
                GroupName::Number(next - 1)
            });
            by_name.entry(name).or_default().push(at);
        }
        let mut numbered = BTreeSet::new();
        for group in groups.iter().flatten().filter(|group| group.number().is_none()) {
            if !numbered.insert(group) {
                continue;
            }
            while taken.contains(&next) {
                next += 1;
            }
            let all = by_name.get(group).cloned().unwrap_or_default();
            by_name.insert(GroupName::Number(next), all);
            next += 1;
        }
        Self { by_name }
    }

    /// More than one where several groups have the same name.
    pub(super) fn find(&self, name: &GroupName) -> &[usize] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// The one with the greatest number.
    pub(super) fn last(&self) -> &[usize] {
        let numbers = self.by_name.range(..GroupName::Name(String::new()));
        numbers.last().map_or(&[], |(_, all)| all)
    }
}

impl GroupName {
    fn number(&self) -> Option<u32> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Name(_) => None,
        }
    }
}

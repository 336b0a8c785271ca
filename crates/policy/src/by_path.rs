//! Rows of a table by the element that they are about, for tables that are asked about each element of each file.

use std::collections::HashMap;

/// Rows by `Element`, or by `Parent/Element` where the same name means different things; the first that fits counts.
pub(crate) struct ByPath<T>(HashMap<&'static str, Vec<(Option<&'static str>, T)>>);

impl<T> ByPath<T> {
    pub(crate) fn new(rows: impl IntoIterator<Item = (&'static str, T)>) -> Self {
        let mut by_name: HashMap<_, Vec<_>> = HashMap::new();
        for (path, row) in rows {
            let (parent, name) = path.split_once('/').map_or((None, path), |(parent, name)| (Some(parent), name));
            by_name.entry(name).or_default().push((parent, row));
        }
        Self(by_name)
    }

    pub(crate) fn get(&self, parent: &str, name: &str) -> Option<&T> {
        let rows = self.0.get(name)?;
        rows.iter().find(|(wanted, _)| wanted.is_none_or(|wanted| wanted == parent)).map(|(_, row)| row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_row_that_fits() {
        let rows = ByPath::new([("List/Item", 1), ("Item", 2), ("Other/Item", 3)]);
        for (parent, name, expected) in
            [("List", "Item", Some(1)), ("Other", "Item", Some(2)), ("", "Item", Some(2)), ("List", "Items", None)]
        {
            assert_eq!(rows.get(parent, name).copied(), expected, "{parent}/{name}");
        }
    }
}

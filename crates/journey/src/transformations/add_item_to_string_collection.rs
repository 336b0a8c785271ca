//! AddItemToStringCollection: the collection, with one more item at its end.

use zaguan_policy::Value;

use super::Transformation;

pub(crate) const DEFINITION: Transformation = Transformation {
    method: "AddItemToStringCollection",
    run: |given| {
        let mut all = match given.claim("collection") {
            Some(Value::Texts(all)) => all.clone(),
            Some(other) => other.as_text().into_iter().collect(),
            None => vec![],
        };
        if let Some(item) = given.text("item").filter(|item| !all.contains(item)) {
            all.push(item);
        }
        Ok(vec![("collection", Some(Value::Texts(all)).filter(|value| !value.is_empty()))])
    },
};

//! JSON paths: the store of Newtonsoft's documentation ("Querying JSON with complex JSON Path"), and
//! what policies have.

use proptest::prelude::*;
use serde_json::{Value, json};
use zaguan_policy::dotnet::{JsonPath, JsonPathError, json_text};

/// What the documentation queries, cut down to what the queries look at.
fn stores() -> Value {
    json!({
        "Stores": ["Lambton Quay", "Willis Street"],
        "Manufacturers": [
            { "Name": "Acme Co", "Products": [{ "Name": "Anvil", "Price": 50 }] },
            {
                "Name": "Contoso",
                "Products": [{ "Name": "Elbow Grease", "Price": 99.95 }, { "Name": "Headlight Fluid", "Price": 4 }]
            }
        ]
    })
}

fn person() -> Value {
    json!({
        "id": 6_353_399, "active": true, "none": null, "ratio": 1.0, "odd.name": "dot", "handle~": "tilde", "it's": "quote", "$x": "dollar",
        "name": { "givenName": "Ada", "surname": "Lovelace" },
        "firstName": { "localized": { "en_US": "Ada" } },
        "born": "1815-12-10T00:00:00Z",
        "data": [{ "to": [{ "email": "ada@contoso.com" }, { "email": "b@contoso.com" }] }],
        "numbers": [1, 2, 3, 4, 5],
        "list": { "0": "zero" }
    })
}

fn all(path: &str, of: &Value) -> Value {
    let path = JsonPath::parse(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    Value::Array(path.all(of).unwrap().into_iter().cloned().collect())
}

#[test]
fn the_documentation_s_queries_answer() {
    let stores = stores();
    for (path, expected) in [
        ("Manufacturers[0].Name", json!(["Acme Co"])),
        ("Manufacturers[0].Products[0].Price", json!([50])),
        ("Manufacturers[1].Products[0].Name", json!(["Elbow Grease"])),
        ("$.Manufacturers[?(@.Name == 'Acme Co')].Products[0].Name", json!(["Anvil"])),
        ("$..Products[?(@.Price >= 50)].Name", json!(["Anvil", "Elbow Grease"])),
        ("$.Stores", json!([["Lambton Quay", "Willis Street"]])),
        ("$..Price", json!([50, 99.95, 4])),
        ("$.Manufacturers[*].Name", json!(["Acme Co", "Contoso"])),
        ("$.Stores[-1:]", json!(["Willis Street"])),
        ("$..Products[?(@.Name =~ /^elbow/i)].Price", json!([99.95])),
    ] {
        assert_eq!(all(path, &stores), expected, "{path}");
    }
}

#[test]
fn paths_of_policies_answer() {
    let person = person();
    for (path, expected) in [
        ("id", json!([6_353_399])),
        ("$.id", json!([6_353_399])),
        ("$", json!([person])),
        ("", json!([person])),
        (" id ", json!([6_353_399])),
        ("name.givenName", json!(["Ada"])),
        ("Name.givenName", json!([])),
        ("firstName.localized.en_US", json!(["Ada"])),
        ("data[0].to[0].email", json!(["ada@contoso.com"])),
        ("data.0.to.1.email", json!(["b@contoso.com"])),
        ("data.1.to", json!([])),
        ("list.0", json!(["zero"])),
        ("['odd.name']", json!(["dot"])),
        ("$['odd.name']", json!(["dot"])),
        ("name['givenName','surname']", json!(["Ada", "Lovelace"])),
        ("['it\\'s']", json!(["quote"])),
        ("handle~", json!(["tilde"])),
        ("$x", json!(["dollar"])),
        ("name.*", json!(["Ada", "Lovelace"])),
        ("numbers.*", json!([])),
        ("name[*]", json!([])),
        ("numbers[*]", json!([1, 2, 3, 4, 5])),
        ("numbers[0,2,9]", json!([1, 3])),
        ("numbers[1:3]", json!([2, 3])),
        ("numbers[ 1 : 3 ]", json!([2, 3])),
        ("numbers[-2:]", json!([4, 5])),
        ("numbers[:-2]", json!([1, 2, 3])),
        ("numbers[::2]", json!([1, 3, 5])),
        ("numbers[::-1]", json!([5, 4, 3, 2, 1])),
        ("numbers[9:]", json!([])),
        ("numbers[5]", json!([])),
        ("id.more", json!([])),
        ("id[0]", json!([])),
        ("none", json!([null])),
        ("..email", json!(["ada@contoso.com", "b@contoso.com"])),
        ("data..['email']", json!(["ada@contoso.com", "b@contoso.com"])),
        ("name..*", json!([{ "givenName": "Ada", "surname": "Lovelace" }, "Ada", "Lovelace"])),
        ("numbers[?(@ > 2)]", json!([3, 4, 5])),
        ("numbers[?(@ > 1 && @ < 4)]", json!([2, 3])),
        ("numbers[?(@ == 1 || @ == 5)]", json!([1, 5])),
        ("numbers[?(@ == 1 || @ > 2 && @ < 4)]", json!([1, 3])),
        ("numbers[?(@ != 2 && @ == 1 || @ == 5)]", json!([1, 5])),
        ("numbers[?(@ == 1.0)]", json!([1])),
        ("numbers[?(@ === 1.0)]", json!([])),
        ("numbers[?(@ === 1)]", json!([1])),
        ("numbers[?(@ !== 1)]", json!([2, 3, 4, 5])),
        ("numbers[?(@ <> 1)]", json!([2, 3, 4, 5])),
        ("numbers[?(@ == '1')]", json!([])),
        ("data[?(@.to)].to[?(@.email == 'b@contoso.com')].email", json!(["b@contoso.com"])),
        ("data[?(@.cc)]", json!([])),
        ("data[?(@.to == 1)]", json!([])),
        ("data[?(@.to != 1)].to[0].email", json!(["ada@contoso.com"])),
        ("data[0].to[?(@.email == $.name.givenName)]", json!([])),
        ("data[?(@.to[?(@.email)])].to[0].email", json!(["ada@contoso.com"])),
        ("data..[?(@.email =~ /^B@/i)].email", json!(["b@contoso.com"])),
    ] {
        assert_eq!(all(path, &person), expected, "{path}");
    }
}

#[test]
fn what_newtonsoft_refuses_is_refused() {
    for (path, said) in [
        ("a.", "a name is missing behind the dot, at character 3"),
        ("a[", "an index from zero on, a name in single quotes, `*` or `?(` is missing, at character 3"),
        ("a[]", "an index from zero on, a name in single quotes, `*` or `?(` is missing, at character 3"),
        ("a[-1]", "an index from zero on, a name in single quotes, `*` or `?(` is missing, at character 5"),
        ("a[0", "`]` is missing, at character 4"),
        ("a[0]b", "a dot is missing before a name, at character 6"),
        ("a]", "`]` is not expected, at character 2"),
        ("a b", "`b` is not expected, at character 3"),
        ("a['b]", "a single quote is missing, at character 6"),
        ("a['\\q']", "a backslash means nothing here, at character 6"),
        ("a[::0]", "a step of zero leads nowhere, at character 6"),
        ("a[99999999999]", "`99999999999` is no index, at character 3"),
        ("a[?@.b]", "`(` is missing behind `?`, at character 4"),
        ("a[?(@.b = 1)]", "an operator is missing, at character 9"),
        (
            "a[?(@.b == b)]",
            "a path, a number, a text in single quotes, `true`, `false` or `null` is missing, at character 12",
        ),
        ("a[?(@.b == 1]", "`)` is missing, at character 13"),
        ("a[?(@.b =~ 'x')]", "an expression between slashes is missing, at character 12"),
        ("a[?(@.b =~ /x)]", "the slash that ends an expression is missing, at character 16"),
        ("a[?(@.b =~ /(/)]", "in the expression `(`: `)` is missing, at character 2, at character 15"),
    ] {
        assert_eq!(JsonPath::parse(path).unwrap_err().to_string(), said, "{path}");
    }
    assert!(JsonPath::parse(&"[?(@".repeat(900)).is_err());
    assert!(JsonPath::parse(&"a.".repeat(2001)).is_err());
}

#[test]
fn one_is_one() {
    let person = person();
    let one = |path: &str| JsonPath::parse(path).unwrap().one(&person).map(|one| one.and_then(json_text));
    assert_eq!(one("name.givenName"), Ok(Some("Ada".to_owned())));
    assert_eq!(one("name.other"), Ok(None));
    assert_eq!(one("none"), Ok(None));
    assert_eq!(one("numbers[*]"), Err(JsonPathError::Several));
    let wide = json!(vec![vec![1; 200]; 200]);
    assert_eq!(JsonPath::parse("$..*").unwrap().one(&wide), Err(JsonPathError::TooMany));
    assert_eq!(JsonPath::parse("[*][?($..*)]").unwrap().all(&wide), Err(JsonPathError::TooMany));
}

#[test]
fn values_are_texts_as_newtonsoft_writes_them() {
    for (json, text) in [
        ("\"a\\u0041\"", "aA"),
        ("\"2005-09-23T00:00:00Z\"", "2005-09-23T00:00:00Z"),
        ("6353399", "6353399"),
        ("-1", "-1"),
        ("18446744073709551615", "18446744073709551615"),
        ("true", "True"),
        ("false", "False"),
        ("1.0", "1"),
        ("1.5", "1.5"),
        ("-0.25", "-0.25"),
        ("1e2", "100"),
        ("123456789012345.0", "123456789012345"),
        ("1e14", "100000000000000"),
        ("1e15", "1E+15"),
        ("1.5e21", "1.5E+21"),
        ("0.0001", "0.0001"),
        ("0.00001", "1E-05"),
        ("1e-10", "1E-10"),
        ("[]", "[]"),
        ("{ }", "{}"),
        (
            "{\"b\": [1, 2.0, null, true], \"a\": {\"c\": \"d\\n\\\"/é\\u2028\"}}",
            "{\"b\":[1,2.0,null,true],\"a\":{\"c\":\"d\\n\\\"/é\\u2028\"}}",
        ),
        ("[1e21, 0.00001]", "[1E+21,1E-05]"),
    ] {
        assert_eq!(json_text(&serde_json::from_str(json).unwrap()).as_deref(), Some(text), "{json}");
    }
    assert_eq!(json_text(&Value::Null), None);
}

proptest! {
    #[test]
    fn reading_never_panics(path in "[ab0-3$@.*'\\[\\]()?&|=<> :,~/\\\\-]{0,24}") {
        if let Ok(path) = JsonPath::parse(&path) {
            let _ = path.all(&person());
            let _ = path.all(&stores());
        }
    }

    #[test]
    fn what_is_written_as_text_is_the_same_json(numbers in proptest::collection::vec(any::<i64>(), 0..4), texts in proptest::collection::vec("\\PC*", 0..4)) {
        let value = json!({ "numbers": numbers, "texts": texts });
        let text = json_text(&value).unwrap();
        prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }

    #[test]
    fn numbers_are_written_exactly(number in any::<f64>().prop_filter("JSON has only finite numbers", |number| number.is_finite())) {
        prop_assert_eq!(json_text(&json!(number)).unwrap().parse::<f64>(), Ok(number));
    }
}

//! `zaguan lsp` as an editor sees it: the binary, over standard input and output.

mod editor;

use std::{fs, path::Path};

use serde_json::{Value, json};

use self::editor::{Editor, position, uri};

const NAMESPACE: &str = "http://schemas.microsoft.com/online/cpim/schemas/2013/06";

fn policy(id: &str, base: Option<&str>, content: &str) -> String {
    let base = base.map_or(String::new(), |base| {
        format!("<BasePolicy>\r\n<TenantId>t.example</TenantId><PolicyId>{base}</PolicyId></BasePolicy>")
    });
    format!(
        "<TrustFrameworkPolicy xmlns=\"{NAMESPACE}\" PolicySchemaVersion=\"0.3.0.0\" TenantId=\"t.example\" PolicyId=\"{id}\" \
         PublicPolicyUri=\"http://t.example/{id}\">\r\n{base}\r\n{content}\r\n</TrustFrameworkPolicy>\r\n"
    )
}

const CLAIMS: &str = "<BuildingBlocks><ClaimsSchema>\r\n<ClaimType Id=\"email\"><DataType>string</DataType></ClaimType>\r\n\
    <ClaimType Id=\"city\"><DataType>string</DataType></ClaimType>\r\n</ClaimsSchema></BuildingBlocks>";

/// A profile on one line, behind letters that have several bytes.
fn profile(content: &str) -> String {
    format!(
        "<ClaimsProviders><ClaimsProvider><TechnicalProfiles>\r\n<TechnicalProfile Id=\"P\"><DisplayName>Señal 𝄞</DisplayName>\
         <Protocol Name=\"None\" />{content}</TechnicalProfile>\r\n</TechnicalProfiles></ClaimsProvider></ClaimsProviders>"
    )
}

const MISTAKE: &str = "<InputClaims><InputClaim ClaimTypeReferenceId=\"emial\" /></InputClaims>";

/// Two policies in a folder whose name editors must escape: their addresses and texts.
struct Pair {
    folder: tempfile::TempDir,
    base: String,
    leaf: String,
    text: String,
}

fn pair(content: &str) -> Pair {
    let folder = tempfile::Builder::new().prefix("my políticas ").tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        uri(&path)
    };
    let base = write("Base.xml", &policy("B2C_1A_Base", None, CLAIMS));
    let text = policy("B2C_1A_Leaf", Some("B2C_1A_Base"), &profile(content));
    let leaf = write("Leaf.xml", &text);
    Pair { base, leaf, text, folder }
}

fn at(uri: &str, position: Value) -> Value {
    json!({ "textDocument": { "uri": uri }, "position": position })
}

#[test]
fn findings_speak_the_editors_language() {
    for (locale, expected) in [
        ("es-MX", "el tipo de notificación `emial` no existe\n¿quiso decir `email`?"),
        ("en-GB", "claim type `emial` does not exist\ndid you mean `email`?"),
        ("fr", "claim type `emial` does not exist\ndid you mean `email`?"),
    ] {
        let files = pair(MISTAKE);
        let mut editor = Editor::open_in(locale, files.folder.path());
        assert_eq!(editor.findings(&files.leaf)[0]["message"], expected);
        assert_eq!(editor.end(), Some(0));
    }
}

#[test]
fn findings_come_and_go_while_somebody_types() {
    let files = pair(MISTAKE);
    let options = json!({ "documentation": "https://docs.example/findings/" });
    let mut editor = Editor::open(files.folder.path(), options);
    // Files that nobody has opened are looked at too.
    assert_eq!(editor.findings(&files.leaf).len(), 1);
    editor.did_open(&files.leaf, &files.text.replace("emial", "emiale"));
    let found = editor.findings(&files.leaf);
    let [finding] = &found[..] else { panic!("{found:#?}") };
    assert_eq!(finding["code"], "Z0101");
    assert_eq!(finding["codeDescription"]["href"], "https://docs.example/findings/Z0101.md");
    assert_eq!(finding["severity"], 1);
    assert_eq!(finding["message"], "claim type `emiale` does not exist\ndid you mean `email`?");
    // Behind letters with two units in UTF-16 and more bytes in UTF-8, in a file with CRLF.
    let start = position(&files.text, "emial", 0);
    assert_eq!(finding["range"]["start"], start);
    assert_eq!(finding["range"]["end"]["character"], start["character"].as_u64().unwrap() + 6);
    let related = &finding["relatedInformation"][0];
    assert_eq!(
        (&related["location"]["uri"], &related["message"]),
        (&json!(files.base), &json!("`email` is declared here"))
    );
    assert_eq!(related["location"]["range"]["start"], json!({ "line": 3, "character": 15 }));

    // One change in two parts: the second counts on what the first left.
    let line = start["line"].clone();
    let range = |from: u64, to: u64| {
        let character = |behind: u64| start["character"].as_u64().unwrap() + behind;
        json!({ "start": { "line": line, "character": character(from) }, "end": { "line": line, "character": character(to) } })
    };
    let changes = json!([{ "range": range(5, 6), "text": "" }, { "range": range(0, 5), "text": "email" }]);
    editor.did_change(&files.leaf, 2, changes);
    assert_eq!(editor.findings(&files.leaf), [Value::Null; 0]);

    // What is not saved is forgotten with the document.
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": files.leaf } }));
    assert_eq!(editor.findings(&files.leaf)[0]["message"], "claim type `emial` does not exist\ndid you mean `email`?");
    fs::write(files.folder.path().join("Leaf.xml"), files.text.replace("emial", "city")).unwrap();
    let changed = json!({ "changes": [{ "uri": files.leaf, "type": 2 }] });
    editor.tell("workspace/didChangeWatchedFiles", changed);
    assert_eq!(editor.findings(&files.leaf), [Value::Null; 0]);
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn ids_lead_from_file_to_file() {
    let files = pair("<InputClaims><InputClaim ClaimTypeReferenceId=\"Email\" /></InputClaims>");
    let mut editor = Editor::open(files.folder.path(), Value::Null);
    let there = at(&files.leaf, position(&files.text, "Email", 2));
    let range = json!({ "start": { "line": 3, "character": 15 }, "end": { "line": 3, "character": 20 } });
    assert_eq!(editor.ask("textDocument/definition", there.clone()), json!([{ "uri": files.base, "range": range }]));

    let mut references = there.clone();
    references["context"] = json!({ "includeDeclaration": true });
    let found = editor.ask("textDocument/references", references);
    let uris: Vec<&Value> = found.as_array().unwrap().iter().map(|it| &it["uri"]).collect();
    assert_eq!(uris, [&json!(files.base), &json!(files.leaf)]);

    let hover = editor.ask("textDocument/hover", there.clone());
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.contains("<ClaimType Id=\"email\">") && text.contains("`Base.xml`, line 4"), "{text}");

    let place = editor.ask("textDocument/prepareRename", there.clone());
    assert_eq!(place["start"], position(&files.text, "Email", 0));
    let mut rename = there.clone();
    rename["newName"] = json!("mail");
    let edit = editor.ask("textDocument/rename", rename.clone());
    assert_eq!(edit["changes"][&files.base], json!([{ "range": range, "newText": "mail" }]));
    assert_eq!(edit["changes"][&files.leaf][0]["range"]["start"], position(&files.text, "Email", 0));
    rename["newName"] = json!("CITY");
    let taken = "there is a claim type `CITY` already: choose another name";
    assert_eq!(editor.refused("textDocument/rename", rename), (-32803, taken.to_owned()));
    let nowhere = at(&files.leaf, json!({ "line": 0, "character": 0 }));
    assert_eq!(editor.ask("textDocument/prepareRename", nowhere), Value::Null);

    let outline = editor.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": files.base } }));
    assert_eq!(outline[0]["name"], "B2C_1A_Base");
    assert_eq!(outline[0]["children"][0]["children"][0]["children"][0]["name"], "email");
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn a_base_folder_is_read_and_not_renamed() {
    let files = pair("<InputClaims><InputClaim ClaimTypeReferenceId=\"email\" /></InputClaims>");
    let own = tempfile::tempdir().unwrap();
    let leaf = own.path().join("Leaf.xml");
    fs::write(&leaf, &files.text).unwrap();
    fs::remove_file(files.folder.path().join("Leaf.xml")).unwrap();
    let mut editor = Editor::open(own.path(), json!({ "baseFolders": [files.folder.path()] }));
    let there = at(&uri(&leaf), position(&files.text, "email", 2));
    assert_eq!(editor.ask("textDocument/definition", there.clone())[0]["uri"], files.base);
    let (code, why) = editor.refused("textDocument/prepareRename", there);
    assert!(code == -32803 && why.contains("which is of a base folder"), "{why}");
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn a_broken_file_completes() {
    let files = pair("<InputClaims></InputClaims>");
    let mut editor = Editor::open(files.folder.path(), Value::Null);
    let broken = files.text.replace("</InputClaims>", "<InputClaim ClaimTypeReferenceId=\"ci\r\n</InputClaims>");
    editor.did_open(&files.leaf, &broken);
    let completion = editor.ask("textDocument/completion", at(&files.leaf, position(&broken, "\"ci\r", 3)));
    let items = completion["items"].as_array().unwrap();
    let labels: Vec<&Value> = items.iter().map(|it| &it["label"]).collect();
    assert_eq!(labels, ["email", "city"]);
    assert_eq!(items[1]["textEdit"]["range"]["start"], position(&broken, "\"ci\r", 1));
    assert_eq!(items[1]["textEdit"]["newText"], "city");
    // One finding of its own while it is broken, and none of its neighbours.
    assert_eq!(editor.findings(&files.leaf)[0]["code"], "Z0001");

    let element = files.text.replace("</InputClaims>", "<Inp\r\n</InputClaims>");
    editor.did_change(&files.leaf, 2, json!([{ "text": element }]));
    let completion = editor.ask("textDocument/completion", at(&files.leaf, position(&element, "<Inp\r", 4)));
    assert_eq!(completion["items"][0]["textEdit"]["newText"], "InputClaim ClaimTypeReferenceId=\"$1\" />$0");
    assert_eq!(completion["items"][0]["insertTextFormat"], 2);
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn a_suggestion_is_one_click() {
    let files = pair(MISTAKE);
    let mut editor = Editor::open(files.folder.path(), Value::Null);
    editor.did_open(&files.leaf, &files.text);
    let place = position(&files.text, "emial", 1);
    let params = json!({
        "textDocument": { "uri": files.leaf }, "range": { "start": place, "end": place }, "context": { "diagnostics": [] },
    });
    let actions = editor.ask("textDocument/codeAction", params.clone());
    assert_eq!(actions[0]["title"], "change to `email`");
    assert_eq!(actions[0]["diagnostics"][0]["code"], "Z0101");
    let edit = &actions[0]["edit"]["changes"][&files.leaf][0];
    assert_eq!((&edit["newText"], &edit["range"]["start"]), (&json!("email"), &position(&files.text, "emial", 0)));
    // Where nothing is wrong, there is nothing to mend.
    let elsewhere = json!({ "line": 0, "character": 0 });
    let mut params = params;
    params["range"] = json!({ "start": elsewhere, "end": elsewhere });
    assert_eq!(editor.ask("textDocument/codeAction", params), json!([]));
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn placeholders_get_the_values_of_the_settings_beside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("P.xml");
    fs::write(&path, policy("B2C_1A_P", None, "").replace("t.example", "{Settings:Tenant}")).unwrap();
    let settings = json!({ "Environments": [
        { "Name": "Development", "Tenant": "dev.example" }, { "Name": "Production", "Tenant": "prod.example" } ] });
    fs::write(folder.path().join("appsettings.json"), settings.to_string()).unwrap();
    let mut editor = Editor::open(folder.path(), Value::Null);
    let said = editor.wait("a message", |it| it["method"] == "window/showMessage");
    assert!(said["params"]["message"].as_str().unwrap().contains("it has several environments"), "{said}");
    assert_eq!(editor.findings(&uri(&path))[0]["code"], "Z0204");
    assert_eq!(editor.end(), Some(0));

    let mut editor = Editor::start(&["--environment", "Development"]);
    editor.initialize(folder.path(), Value::Null, json!({}));
    let broken = fs::read_to_string(&path).unwrap().replace("{Settings:Tenant}", "{Settings:Tenant}{Settings:Other}");
    editor.did_open(&uri(&path), &broken);
    let found = editor.findings(&uri(&path));
    assert!(found.iter().all(|it| it["message"].as_str().unwrap().contains("{Settings:Other}")), "{found:#?}");
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn columns_are_bytes_where_the_editor_offers_it() {
    let files = pair(MISTAKE);
    let mut editor = Editor::start(&[]);
    let capabilities = json!({ "general": { "positionEncodings": ["utf-8", "utf-16"] } });
    let answer = editor.initialize(files.folder.path(), Value::Null, capabilities);
    assert_eq!(answer["capabilities"]["positionEncoding"], "utf-8");
    let at = files.text.find("emial").unwrap();
    let line_start = files.text[..at].rfind('\n').unwrap() + 1;
    assert_eq!(editor.findings(&files.leaf)[0]["range"]["start"]["character"], at - line_start);
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn what_is_not_understood_is_answered_and_ends_nothing() {
    let mut editor = Editor::start(&[]);
    assert_eq!(editor.refused("textDocument/hover", Value::Null).0, -32002, "before `initialize`");
    editor.initialize(Path::new("/nowhere"), json!({ "baseFolders": 7 }), json!({}));
    assert!(
        editor
            .wait("a message", |it| it["method"] == "window/showMessage")
            .to_string()
            .contains("initialization options")
    );
    assert_eq!(editor.refused("no/such", Value::Null), (-32601, "there is no method `no/such`".to_owned()));
    assert_eq!(editor.refused("textDocument/hover", json!({ "textDocument": 1 })).0, -32602);
    assert_eq!(editor.refused("initialize", json!({})).0, -32600);
    editor.write(b"Content-Length: 2\r\n\r\n{]Content-Length: 2\r\n\r\n{}");
    for _ in 0..2 {
        let answer = editor.wait("an answer to nothing", |it| it["id"].is_null() && !it["error"].is_null());
        assert_eq!(answer["error"]["code"], -32700);
    }
    editor.tell("textDocument/didChange", json!("nonsense"));
    // Addresses as some editors write them, of a file that is in no workspace.
    editor.did_open("file:///tmp/ñ á.xml", "<x/>");
    let unknown = at("file:///tmp/ñ á.xml", json!({ "line": 99, "character": 99 }));
    assert_eq!(editor.ask("textDocument/hover", unknown), Value::Null);
    let id = editor.begin("shutdown", Value::Null);
    assert!(editor.answer(id)["error"].is_null());
    assert_eq!(editor.refused("textDocument/hover", Value::Null).0, -32600, "after `shutdown`");
    editor.tell("exit", Value::Null);
    assert_eq!(editor.hang_up(), Some(0));
}

#[test]
fn ends_tell_how() {
    let mut editor = Editor::start(&[]);
    editor.initialize(Path::new("/nowhere"), Value::Null, json!({}));
    editor.tell("exit", Value::Null);
    assert_eq!(editor.hang_up(), Some(1), "`exit` without `shutdown`");

    assert_eq!(Editor::start(&[]).hang_up(), Some(1), "nothing was said");

    let mut editor = Editor::start(&["--stdio"]);
    editor.write(b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!(editor.hang_up(), Some(1), "no header");
}

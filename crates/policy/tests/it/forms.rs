//! The same policy, written in the forms that files come in.

use zaguan_policy::{Diagnostic, SourceFile, load};

use crate::{
    robustness::CONTENT,
    support::{check, policy},
};

/// What is said about it.
fn said(file: Result<SourceFile, Diagnostic>) -> String {
    let findings = file.map_or_else(|finding| vec![finding], |file| load(&[file], &[]).diagnostics);
    if findings.is_empty() {
        return "accepted".to_owned();
    }
    findings.iter().map(|it| format!("{} {}", it.code, it.message)).collect::<Vec<_>>().join(", ")
}

#[test]
fn forms_that_files_come_in() {
    const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>";
    let plain = policy("P", None, CONTENT).text;
    let with = |from: &str, to: &str| {
        assert!(plain.contains(from), "{from}");
        plain.replacen(from, to, 1)
    };
    let texts = [
        ("as it is", plain.clone()),
        ("declaration", format!("{DECLARATION}\n{plain}")),
        (
            "byte order mark, declaration, carriage returns",
            format!("\u{feff}{DECLARATION}\r\n{}", plain.replace('\n', "\r\n")),
        ),
        ("comment between declaration and root", format!("{DECLARATION}<!-- a -->\n<!-- b -->{plain}<!-- c -->\n")),
        ("processing instruction", format!("{DECLARATION}<?pi x?>{plain}<?pi y?>")),
        ("comment without a declaration", format!("<!-- a -->{plain}")),
        ("blank lines without a declaration", format!("\n\n{plain}\n\n")),
        ("comment before the declaration", format!("<!-- a -->{DECLARATION}{plain}")),
        ("blank line before the declaration", format!("\n{DECLARATION}{plain}")),
        ("other case of the encoding", format!("<?xml version='1.0' encoding='utf-8'?>{plain}")),
        (
            "xsi",
            with(
                "<TrustFrameworkPolicy ",
                "<TrustFrameworkPolicy xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"a b\" ",
            ),
        ),
        ("xml:lang", with("<ClaimsSchema>", "<ClaimsSchema xml:lang=\"en\">")),
        (
            "prefix",
            plain.replace("</", "</t:").replace('<', "<t:").replace("<t:/t:", "</t:").replace("xmlns=", "xmlns:t="),
        ),
        ("CDATA", with("<DisplayName>A<", "<DisplayName><![CDATA[A]]><")),
        ("comment within a text", with("<Value>a<", "<Value>a<!-- b --><")),
        ("character references", with("<Value>a<", "<Value>&#97;<")),
        ("white space around a word", with("<DataType>string<", "<DataType>\n  string\n<")),
        ("white space around an attribute", with("Type=\"ClaimsExist\"", "Type=\" ClaimsExist \"")),
        ("Python's booleans", with("ExecuteActionsIf=\"true\"", "ExecuteActionsIf=\"True\"")),
        ("schema's booleans", with("ExecuteActionsIf=\"true\"", "ExecuteActionsIf=\"1\"")),
        ("other case of a reference", with("ReferenceId=\"J\"", "ReferenceId=\"j\"")),
        ("other case of a word", with("Scope=\"Tenant\"", "Scope=\"tenant\"")),
        ("other case of an element", plain.replace("DataType>", "datatype>")),
        ("an element of another namespace", with("<ClaimsSchema>", "<ClaimsSchema><x xmlns=\"urn:x\"/>")),
        ("text between elements", with("<ClaimsSchema>", "<ClaimsSchema>-->")),
    ];
    let mut told: String = texts
        .into_iter()
        .map(|(form, text)| format!("{form}: {}\n", said(SourceFile::from_bytes("f.xml", text.into_bytes()))))
        .collect();
    let utf_16 =
        |text: &str| -> Vec<u8> { format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect() };
    told += &format!("UTF-16: {}\n", said(SourceFile::from_bytes("f.xml", utf_16(&plain))));
    insta::assert_snapshot!(told, @r##"
    as it is: accepted
    declaration: accepted
    byte order mark, declaration, carriage returns: accepted
    comment between declaration and root: accepted
    processing instruction: accepted
    comment without a declaration: accepted
    blank lines without a declaration: accepted
    comment before the declaration: Z0001 the XML declaration is not the first thing in the file
    blank line before the declaration: Z0001 the XML declaration is not the first thing in the file
    other case of the encoding: accepted
    xsi: accepted
    xml:lang: accepted
    prefix: accepted
    CDATA: accepted
    comment within a text: accepted
    character references: accepted
    white space around a word: accepted
    white space around an attribute: accepted
    Python's booleans: accepted
    schema's booleans: accepted
    other case of a reference: accepted
    other case of a word: Z0201 `tenant` is no value of `Scope`
    other case of an element: Z0306 claim type `a` has no `DataType`, Z0302 `datatype` is no element of `ClaimType`
    an element of another namespace: Z0302 `x` is no element of `ClaimsSchema`
    text between elements: Z0312 `ClaimsSchema` holds elements, not the text `-->`
    UTF-16: Z0004 the file is not encoded in UTF-8
    "##);
}

#[test]
fn text_between_elements_is_told_where_it_stands() {
    let told = check(
        "<BuildingBlocks>\n <ClaimsSchema>\n  <!-- <!- a -->\n  <!-- b -->\n  -->\n\
         <ClaimType Id=\"a\"><DataType>string</DataType></ClaimType>\n</ClaimsSchema></BuildingBlocks>",
    );
    insta::assert_snapshot!(told, @r##"
    Warning Z0312: `ClaimsSchema` holds elements, not the text `-->`
      P.xml:7:3 "-->" ignored
      help: delete it, or put it between `<!--` and `-->`
    "##);
}

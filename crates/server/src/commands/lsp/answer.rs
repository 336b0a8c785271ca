//! Questions of the editor and their answers.

use lsp_server::ErrorCode;
use lsp_types::{
    CodeActionParams, CompletionItem, CompletionItemKind, CompletionParams, CompletionTextEdit, DocumentSymbolParams,
    Documentation, GotoDefinitionParams, HoverParams, InsertTextFormat, MarkupContent, MarkupKind, Range,
    ReferenceParams, RenameParams, TextDocumentPositionParams, TextEdit, Uri,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use zaguan_policy::{
    diagnostic::Place,
    editing::{Declarations, Edit, NotRenamed, Proposal, Sort, Symbol},
};

use super::{
    convert::{self, Measured},
    workspace::{Set, Snippets, Workspace},
};

/// Why there is no answer.
pub(super) struct Refused(pub(super) ErrorCode, pub(super) String);

type Answer = Result<Value, Refused>;

/// What the server can do, for `initialize`.
pub(super) fn capabilities(workspace: &Workspace) -> Value {
    let encoding = match workspace.abilities.columns {
        zaguan_policy::editing::position::Columns::Utf8 => "utf-8",
        zaguan_policy::editing::position::Columns::Utf16 => "utf-16",
    };
    json!({
        "capabilities": {
            "positionEncoding": encoding,
            "textDocumentSync": { "openClose": true, "change": 2 },
            "definitionProvider": true,
            "referencesProvider": true,
            "documentSymbolProvider": true,
            "hoverProvider": true,
            "completionProvider": { "triggerCharacters": ["<", "/", "\"", "'", " ", ">"] },
            "renameProvider": { "prepareProvider": true },
            "codeActionProvider": { "codeActionKinds": ["quickfix"] },
            "workspace": { "workspaceFolders": { "supported": true, "changeNotifications": true } },
        },
        "serverInfo": { "name": "zaguan", "version": env!("CARGO_PKG_VERSION") },
    })
}

/// Answers one question; of a file that is no policy there is nothing to say.
pub(super) fn answer(workspace: &Workspace, method: &str, params: Value) -> Answer {
    match method {
        "textDocument/definition" => {
            let asked: GotoDefinitionParams = read(params)?;
            places(workspace, &asked.text_document_position_params, |set, name, at| set.files.definition(name, at))
        }
        "textDocument/references" => {
            let asked: ReferenceParams = read(params)?;
            let and = if asked.context.include_declaration { Declarations::Included } else { Declarations::Left };
            places(workspace, &asked.text_document_position, |set, name, at| set.files.references(name, at, and))
        }
        "textDocument/hover" => hover(workspace, &read::<HoverParams>(params)?.text_document_position_params),
        "textDocument/completion" => completion(workspace, &read::<CompletionParams>(params)?.text_document_position),
        "textDocument/documentSymbol" => outline(workspace, &read::<DocumentSymbolParams>(params)?.text_document.uri),
        "textDocument/prepareRename" => prepare_rename(workspace, &read(params)?),
        "textDocument/rename" => rename(workspace, &read(params)?),
        "textDocument/codeAction" => Ok(fixes(workspace, &read(params)?)),
        _ => Err(Refused(ErrorCode::MethodNotFound, format!("there is no method `{method}`"))),
    }
}

pub(super) fn read<T: DeserializeOwned>(params: Value) -> Result<T, Refused> {
    serde_json::from_value(params)
        .map_err(|cause| Refused(ErrorCode::InvalidParams, format!("the parameters are not understood: {cause}")))
}

/// A place in a file of a set.
struct Asked<'a> {
    set: &'a Set,
    name: String,
    measured: Measured<'a>,
    offset: usize,
}

fn asked<'a>(workspace: &'a Workspace, at: &TextDocumentPositionParams) -> Option<Asked<'a>> {
    let (set, name) = workspace.set_of(&at.text_document.uri)?;
    let measured = Measured::of(&set.files, &name, workspace.abilities.columns)?;
    let offset = measured.offset(at.position);
    Some(Asked { set, name, measured, offset })
}

fn places(
    workspace: &Workspace,
    at: &TextDocumentPositionParams,
    find: impl Fn(&Set, &str, usize) -> Vec<Place>,
) -> Answer {
    let Some(it) = asked(workspace, at) else { return Ok(Value::Null) };
    let places = find(it.set, &it.name, it.offset);
    Ok(json!(convert::locations(workspace, &it.set.files, &places)))
}

fn hover(workspace: &Workspace, at: &TextDocumentPositionParams) -> Answer {
    let Some(it) = asked(workspace, at) else { return Ok(Value::Null) };
    let hover = it.set.files.hover(&it.name, it.offset);
    Ok(hover.map_or(Value::Null, |hover| {
        json!({ "contents": { "kind": "markdown", "value": hover.text }, "range": it.measured.range(&hover.range) })
    }))
}

fn completion(workspace: &Workspace, at: &TextDocumentPositionParams) -> Answer {
    let Some(it) = asked(workspace, at) else { return Ok(Value::Null) };
    let proposals = it.set.files.proposals(&it.name, it.offset);
    let items = proposals.into_iter().enumerate().map(|(order, proposal)| {
        let range = it.measured.range(&proposal.replaces);
        item(order, proposal, range, workspace.abilities.snippets)
    });
    Ok(json!({ "isIncomplete": false, "items": items.collect::<Vec<_>>() }))
}

fn item(order: usize, proposal: Proposal, range: Range, snippets: Snippets) -> CompletionItem {
    let snippet = proposal.snippet.filter(|_| snippets == Snippets::Taken);
    let format = if snippet.is_some() { InsertTextFormat::SNIPPET } else { InsertTextFormat::PLAIN_TEXT };
    let markdown = |value| Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value });
    CompletionItem {
        label: proposal.label,
        kind: Some(match proposal.sort {
            Sort::Id => CompletionItemKind::REFERENCE,
            Sort::Word => CompletionItemKind::ENUM_MEMBER,
            Sort::Method => CompletionItemKind::FUNCTION,
            Sort::Key => CompletionItemKind::PROPERTY,
            Sort::Element => CompletionItemKind::STRUCT,
            Sort::Attribute => CompletionItemKind::FIELD,
        }),
        detail: proposal.detail,
        documentation: proposal.documentation.map(markdown),
        sort_text: Some(format!("{order:05}")),
        insert_text_format: Some(format),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text: snippet.unwrap_or(proposal.text) })),
        ..CompletionItem::default()
    }
}

fn outline(workspace: &Workspace, uri: &Uri) -> Answer {
    let Some((set, name)) = workspace.set_of(uri) else { return Ok(Value::Null) };
    let Some(measured) = Measured::of(&set.files, &name, workspace.abilities.columns) else { return Ok(Value::Null) };
    let symbols = set.files.outline(&name);
    Ok(symbols.into_iter().map(|it| symbol(it, &measured)).collect())
}

fn symbol(it: Symbol, measured: &Measured<'_>) -> Value {
    // [LSP 3.17, SymbolKind]
    let kind = match it.detail.as_deref() {
        Some("TrustFrameworkPolicy") => 1,
        Some("ClaimType") => 8,
        Some("ClaimsTransformation") => 12,
        Some("TechnicalProfile") => 5,
        Some("UserJourney" | "SubJourney") => 6,
        Some("OrchestrationStep" | "ClaimsExchange") => 24,
        Some("Predicate" | "PredicateValidation") => 17,
        Some("ContentDefinition" | "DisplayControl") => 11,
        Some("LocalizedResources") => 15,
        _ => 3,
    };
    json!({
        "name": it.name,
        "detail": it.detail,
        "kind": kind,
        "range": measured.range(&it.range),
        "selectionRange": measured.range(&it.selection),
        "children": it.children.into_iter().map(|child| symbol(child, measured)).collect::<Value>(),
    })
}

fn prepare_rename(workspace: &Workspace, at: &TextDocumentPositionParams) -> Answer {
    let Some(it) = asked(workspace, at) else { return Ok(Value::Null) };
    match it.set.files.prepare_rename(&it.name, it.offset) {
        Ok(_) if workspace.is_base(&it.name) => Err(of_a_base()),
        Ok(range) => Ok(json!(it.measured.range(&range))),
        Err(NotRenamed::NoId) => Ok(Value::Null),
        Err(why) => Err(Refused(ErrorCode::RequestFailed, why.to_string())),
    }
}

fn rename(workspace: &Workspace, asked_for: &RenameParams) -> Answer {
    let Some(it) = asked(workspace, &asked_for.text_document_position) else { return Ok(Value::Null) };
    if workspace.is_base(&it.name) {
        return Err(of_a_base());
    }
    let edits = it.set.files.rename(&it.name, it.offset, &asked_for.new_name);
    let edits = edits.map_err(|why| Refused(ErrorCode::RequestFailed, why.to_string()))?;
    Ok(changes(workspace, it.set, &edits))
}

fn of_a_base() -> Refused {
    let why = "this file is of a base folder, and what builds on it would lose the id: open that folder on its own";
    Refused(ErrorCode::RequestFailed, why.to_owned())
}

/// Edits by file.
fn changes(workspace: &Workspace, set: &Set, edits: &[Edit]) -> Value {
    let mut changes = Map::new();
    for group in edits.chunk_by(|one, other| one.place.file == other.place.file) {
        let name = &group[0].place.file;
        let measured = Measured::of(&set.files, name, workspace.abilities.columns);
        let Some((uri, measured)) = workspace.uri(name).zip(measured) else { continue };
        let edits = group
            .iter()
            .map(|edit| json!({ "range": measured.range(&edit.place.span), "newText": edit.text }))
            .collect();
        changes.insert(uri.as_str().to_owned(), edits);
    }
    json!({ "changes": changes })
}

fn fixes(workspace: &Workspace, asked: &CodeActionParams) -> Value {
    let Some((set, name)) = workspace.set_of(&asked.text_document.uri) else { return Value::Null };
    let Some(measured) = Measured::of(&set.files, &name, workspace.abilities.columns) else { return Value::Null };
    let wanted = measured.offset(asked.range.start)..measured.offset(asked.range.end);
    let touched = set.findings.iter().filter(|finding| {
        let place = finding.places.first().map(|it| &it.place).filter(|place| *place.file == *name);
        place.is_some_and(|place| place.span.start <= wanted.end && wanted.start <= place.span.end)
    });
    let actions = touched.filter_map(|finding| {
        let fix = set.files.fix(finding)?;
        let about = convert::diagnostic(workspace, workspace.folder_of(set)?, finding)?;
        Some(json!({
            "title": fix.title,
            "kind": "quickfix",
            "diagnostics": [about],
            "isPreferred": true,
            "edit": changes(workspace, set, &fix.edits),
        }))
    });
    actions.collect()
}

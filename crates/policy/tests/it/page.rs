//! The page of a finding (`docs/findings/Z0107.md`) and its examples.
//!
//! An example is a block of XML, marked `wrong` or `right`. It is laid over a sound policy: its first element says where in a file
//! it goes. A block that begins with a file's name in a comment (`<!-- Base.xml -->`) is whole files.

use std::{collections::BTreeMap, fs, path::PathBuf};

use zaguan_policy::{Diagnostic, Loaded, SourceFile, diagnostic::line_and_column, load};

/// Sound policies, on which all examples build.
const SOUND: [(&str, &str); 4] = [
    ("Base", include_str!("../../../../policies/demo/TrustFrameworkBase.xml")),
    ("Localization", include_str!("../../../../policies/demo/TrustFrameworkLocalization.xml")),
    ("Extensions", include_str!("../../../../policies/demo/TrustFrameworkExtensions.xml")),
    ("More", include_str!("seeded/More.xml")),
];

/// Where an element stands in a file; what is not here stands directly in the root.
const PLACES: &[(&str, &str, &str)] = &[
    ("ClaimType", "<BuildingBlocks><ClaimsSchema>", "</ClaimsSchema></BuildingBlocks>"),
    ("Predicate", "<BuildingBlocks><Predicates>", "</Predicates></BuildingBlocks>"),
    ("PredicateValidation", "<BuildingBlocks><PredicateValidations>", "</PredicateValidations></BuildingBlocks>"),
    ("ClaimsTransformation", "<BuildingBlocks><ClaimsTransformations>", "</ClaimsTransformations></BuildingBlocks>"),
    ("ContentDefinition", "<BuildingBlocks><ContentDefinitions>", "</ContentDefinitions></BuildingBlocks>"),
    ("LocalizedResources", "<BuildingBlocks><Localization>", "</Localization></BuildingBlocks>"),
    ("DisplayControl", "<BuildingBlocks><DisplayControls>", "</DisplayControls></BuildingBlocks>"),
    (
        "TechnicalProfile",
        "<ClaimsProviders><ClaimsProvider><DisplayName>Example</DisplayName><TechnicalProfiles>",
        "</TechnicalProfiles></ClaimsProvider></ClaimsProviders>",
    ),
    ("UserJourney", "<UserJourneys>", "</UserJourneys>"),
    (
        "OrchestrationStep",
        "<UserJourneys><UserJourney Id=\"MoreJourney\"><OrchestrationSteps>",
        "</OrchestrationSteps></UserJourney></UserJourneys>",
    ),
    ("SubJourney", "<SubJourneys>", "</SubJourneys>"),
    ("UserJourneyBehaviors", "<RelyingParty>", "</RelyingParty>"),
];

const HEAD: &str = "<TrustFrameworkPolicy xmlns=\"http://schemas.microsoft.com/online/cpim/schemas/2013/06\" \
    PolicySchemaVersion=\"0.3.0.0\" TenantId=\"contoso.onmicrosoft.com\" PolicyId=\"B2C_1A_Example\" \
    PublicPolicyUri=\"http://contoso.onmicrosoft.com/B2C_1A_Example\"><BasePolicy>\
    <TenantId>contoso.onmicrosoft.com</TenantId><PolicyId>B2C_1A_More</PolicyId></BasePolicy>";

/// One page.
pub(crate) struct Page {
    pub(crate) code: String,
    pub(crate) text: String,
}

/// All pages, by code.
pub(crate) fn pages() -> BTreeMap<String, Page> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/findings");
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|it| it == "md"));
    paths
        .map(|path| {
            let code = path.file_stem().unwrap().to_string_lossy().into_owned();
            (code.clone(), Page { text: fs::read_to_string(&path).unwrap(), code })
        })
        .filter(|(code, _)| code != "README")
        .collect()
}

impl Page {
    /// The blocks of that mark: `wrong`, `right`.
    pub(crate) fn examples(&self, mark: &str) -> Vec<Example> {
        let fence = format!("```xml {mark}\n");
        let blocks = self.text.split(&fence).skip(1);
        blocks
            .map(|rest| Example::of(rest.split_once("```").unwrap_or_else(|| panic!("{}: no end", self.code)).0))
            .collect()
    }
}

/// Files, and which of their lines are the example's own.
pub(crate) struct Example {
    pub(crate) files: Vec<SourceFile>,
    /// What they build on.
    pub(crate) base: Vec<SourceFile>,
    own: Vec<(String, usize, usize)>,
}

impl Example {
    fn of(block: &str) -> Self {
        let sound = SOUND.iter().map(|(name, text)| SourceFile::new(*name, *text)).collect();
        let mut example = Self { files: Vec::new(), base: sound, own: Vec::new() };
        for (name, text) in parts(block) {
            let (text, first) = if name.is_some() {
                // Whole files are of one set with the sound ones: they may be wrong beside them.
                example.files.append(&mut example.base);
                (text, 1)
            } else {
                (laid(&text), 2)
            };
            let name = name.unwrap_or_else(|| "Example.xml".to_owned());
            example.own.push((name.clone(), first, first + block.lines().count()));
            example.files.push(SourceFile::new(name, text));
        }
        example
    }

    pub(crate) fn load(&self) -> Loaded {
        load(&self.files, &self.base)
    }

    /// True where a finding is about a line of the example.
    pub(crate) fn is_about(&self, finding: &Diagnostic) -> bool {
        finding.places.first().is_some_and(|at| {
            let file = self.files.iter().find(|file| file.name == at.place.file);
            let line = file.map_or(0, |file| line_and_column(&file.text, at.place.span.start).0);
            self.own.iter().any(|(name, first, last)| **name == *at.place.file && (*first..*last).contains(&line))
        })
    }
}

/// Whole files with their names; or one piece without.
fn parts(block: &str) -> Vec<(Option<String>, String)> {
    let name = |line: &str| {
        let name = line.strip_prefix("<!-- ")?.strip_suffix(" -->")?;
        name.ends_with(".xml").then(|| name.to_owned())
    };
    let mut parts: Vec<(Option<String>, String)> = Vec::new();
    for line in block.lines() {
        match (name(line), parts.last_mut()) {
            (Some(name), _) => parts.push((Some(name), String::new())),
            (None, Some((_, text))) => *text += &format!("{line}\n"),
            (None, None) => parts.push((None, format!("{line}\n"))),
        }
    }
    parts
}

/// A piece, in a file that builds on the sound ones.
fn laid(piece: &str) -> String {
    let first = piece.trim_start_matches(['<', '\n', ' ']).split([' ', '>', '\n', '/']).next().unwrap_or_default();
    let (_, before, after) = PLACES.iter().find(|(name, ..)| *name == first).unwrap_or(&("", "", ""));
    format!("{HEAD}{before}\n{piece}{after}</TrustFrameworkPolicy>\n")
}

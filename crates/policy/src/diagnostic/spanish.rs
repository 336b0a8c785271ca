//! The catalogue: every sentence of a finding in English, and in Spanish.
//!
//! A sentence without its row does not compile; a test finds rows without a sentence. A row may fill its holes in another
//! order, by number: `{1}`. Ids, words of the language and code stay as they are. Nothing in a hole has a gender that we
//! know, so sentences keep away from agreeing with one.
//!
//! The terms are those of B2C's Spanish documentation, the same in every row and in the pages of the server:
//!
//! | English | Spanish |
//! |---|---|
//! | app; relying party | aplicación; usuario de confianza |
//! | base policy, policy | directiva base, directiva |
//! | claim, claim type | notificación, tipo de notificación |
//! | claims exchange | intercambio de notificaciones |
//! | claims transformation, transformation method | transformación de notificaciones, método de transformación |
//! | content definition, page contract | definición de contenido, contrato de página |
//! | display control | control de visualización |
//! | endpoint | punto de conexión |
//! | handler, provider | controlador, proveedor |
//! | input claim, output claim | notificación de entrada, notificación de salida |
//! | keep signed in | mantener la sesión iniciada |
//! | localized resources | recursos localizados |
//! | metadata key, metadata item | clave de metadatos, elemento de metadatos |
//! | orchestration step, precondition | paso de orquestación, condición previa |
//! | placeholder | marcador de posición |
//! | policy key | clave de directiva |
//! | predicate, predicate validation | predicado, validación de predicados |
//! | sub-journey, user journey | subrecorrido, recorrido del usuario |
//! | technical profile | perfil técnico |
//! | tenant | inquilino |
//! | token issuer | emisor de tokens |

mod advice;
mod expressions;
mod files;
mod messages;
mod titles;

/// English, and the same in Spanish.
type Row = (&'static str, &'static str);

pub(super) const TABLES: &[&[Row]] =
    &[titles::ROWS, messages::ROWS, advice::LABELS, advice::HELP, files::ROWS, expressions::ROWS];

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    fn rows() -> impl Iterator<Item = Row> {
        TABLES.iter().flat_map(|table| table.iter().copied())
    }

    /// The sources of a folder of this repository, but for the catalogue.
    fn sources(folder: &Path, to: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                sources(&entry, to);
            } else if entry.extension().is_some_and(|kind| kind == "rs") && !entry.ends_with("diagnostic/message.rs") {
                let text = fs::read_to_string(entry).unwrap();
                to.push(text.split("#[cfg(test)]").next().unwrap_or_default().to_owned());
            }
        }
    }

    /// The first text after each `opening`, with its escapes resolved.
    fn texts_after(source: &str, opening: &str, to: &mut BTreeSet<String>) {
        for (at, _) in source.match_indices(opening) {
            // A name that only ends so.
            if source[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_') {
                continue;
            }
            let (_, text) = source[at..].split_once('"').unwrap();
            let mut said = String::new();
            let mut signs = text.chars();
            while let Some(sign) = signs.next().filter(|sign| *sign != '"') {
                said.push(if sign == '\\' { signs.next().unwrap() } else { sign });
            }
            to.insert(said);
        }
    }

    #[test]
    fn every_sentence_has_its_row_and_every_row_its_sentence() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut all = Vec::new();
        for part in ["policy/src", "journey/src"] {
            sources(&crates.join(part), &mut all);
        }
        let mut said = BTreeSet::new();
        for source in &all {
            texts_after(source, "said!(", &mut said);
            // Rows of `rules!`.
            for severity in ["Error, \"", "Warning, \"", "Note, \""] {
                texts_after(source, severity, &mut said);
            }
        }
        assert!(said.len() > 300, "{} sentences were found", said.len());
        let translated: BTreeSet<String> = rows().map(|(english, _)| english.to_owned()).collect();
        assert_eq!(translated.difference(&said).collect::<Vec<_>>(), Vec::<&String>::new(), "said nowhere");
        assert_eq!(said.difference(&translated).collect::<Vec<_>>(), Vec::<&String>::new(), "in no table");
        assert_eq!(translated.len(), rows().count(), "a sentence has two rows");
    }

    /// What stands between braces: nothing, or a number.
    fn holes(text: &str) -> Vec<&str> {
        let inside = text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
        inside.filter(|hole| hole.chars().all(|sign| sign.is_ascii_digit())).collect()
    }

    #[test]
    fn both_languages_have_the_same_holes() {
        for (english, spanish) in rows() {
            let (wanted, given) = (holes(english).len(), holes(spanish));
            let in_order = given.len() == wanted && given.iter().all(|hole| hole.is_empty());
            let numbers: BTreeSet<_> = given.iter().filter_map(|hole| hole.parse::<usize>().ok()).collect();
            let by_number = given.iter().all(|hole| !hole.is_empty()) && numbers == (0..wanted).collect();
            assert!(in_order || by_number, "{spanish}");
        }
    }

    /// Every second piece stands between backticks, or between quotation marks of XML.
    fn code(text: &str) -> Vec<String> {
        let mut all: Vec<String> = text
            .split(['`', '"'])
            .skip(1)
            .step_by(2)
            .map(|piece| piece.chars().filter(|sign| !sign.is_ascii_digit()).collect())
            .collect();
        all.sort();
        all
    }

    #[test]
    fn code_is_not_translated_and_everything_else_is() {
        for (english, spanish) in rows() {
            assert_eq!(code(english), code(spanish), "{spanish}");
            assert_ne!(english, spanish);
            for text in [english, spanish] {
                assert!(!text.ends_with('.') && !text.starts_with(char::is_uppercase), "{text}");
                assert_eq!(text.trim(), text);
            }
        }
    }
}

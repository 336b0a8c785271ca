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

/// Every sentence in English, and in Spanish.
pub fn catalogue() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLES.iter().flat_map(|table| table.iter().copied())
}

//! Why a regular expression cannot be used.

use super::Row;

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("the regular expression `{}` cannot be used (character {})",
     "la expresión regular `{}` no se puede usar (carácter {})"),
    ("`{}` is missing", "falta `{}`"),
    ("there are too many closing parentheses", "sobran paréntesis de cierre"),
    ("it is nested too deep", "tiene demasiados niveles anidados"),
    ("there is nothing to repeat", "no hay nada que repetir"),
    ("a quantifier follows a quantifier", "un cuantificador sigue a otro"),
    ("a repetition is too large", "una repetición es demasiado grande"),
    ("a repetition's greatest number is less than its least",
     "el número mayor de una repetición es más pequeño que el menor"),
    ("`(?` begins no group that is known", "`(?` no empieza ningún grupo conocido"),
    ("`{}` is no name for a group", "`{}` no sirve como nombre de un grupo"),
    ("there is no group `{}`", "no hay ningún grupo `{}`"),
    ("a reference to one of several groups `{}` is not supported",
     "no se admite una referencia a uno de varios grupos `{}`"),
    ("balancing groups are not supported", "los grupos de equilibrio no se admiten"),
    ("a condition that is no group is not supported", "no se admite una condición que no sea un grupo"),
    ("a lookbehind of variable length is not supported",
     "no se admite una búsqueda hacia atrás (lookbehind) de longitud variable"),
    ("`\\G` is not supported", "`\\G` no se admite"),
    ("`\\k` needs a name", "`\\k` necesita un nombre"),
    ("`\\c` needs a letter", "`\\c` necesita una letra"),
    ("`\\p` needs a name in braces", "`\\p` necesita un nombre entre llaves"),
    ("`\\{}` means nothing", "`\\{}` no significa nada"),
    ("`{}` is no category and no block that is supported",
     "`{}` no es ninguna categoría ni ningún bloque que se admita"),
    ("a backslash ends it", "termina en una barra diagonal inversa"),
    ("a character's code is not complete", "el código de un carácter no está completo"),
    ("a subtraction must be the last thing in its class", "una sustracción debe ser lo último de su clase"),
    ("a range ends in a class", "un intervalo termina en una clase"),
    ("a range's end is before its start", "el final de un intervalo está antes que su principio"),
    ("the engine says `{}`", "el motor dice `{}`"),
];

//! What authors are told, code by code.

//! Keeps accounts, sessions, grants, visits and keys, in memory or SQLite, and proves each engine equal.

//! A virtual browser, apps and one clock around a server in one process.

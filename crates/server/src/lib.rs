//! Speaks HTTP: routes, cookies, pages, the driver, the outside world, configuration, the command line.

pub mod pages;

//! The `zaguan` command.

/// A password's hash takes 19 MiB for a moment. The allocator of the C library keeps them for the next one,
/// in every thread's arena; this one gives them back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    zaguan_server::commands::run()
}

//! The `zaguan` command.

fn main() -> std::process::ExitCode {
    zaguan_server::commands::run()
}

//! The command `sim`.

use sim::cli::{self, Exit};

fn main() -> Exit {
    cli::main()
}

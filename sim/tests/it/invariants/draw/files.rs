//! The files that drawn scenarios name.

/// A file's name, and what it holds.
type File = (&'static str, fn() -> String);

/// All of them.
pub const FILES: &[File] = &[("requests.csv", requests), ("times.csv", times)];

/// Requests for four seconds, ever more at one instant.
fn requests() -> String {
    let row = |number: u32| {
        let (at, work) = (f64::from(number / 4 * 50) / 1000.0, f64::from(number % 7) / 50.0);
        format!("{at},{work},e0\n")
    };
    let rows: String = (0..320).map(row).collect();
    format!("at,seconds,path\n{rows}")
}

/// Times of which none is like another.
fn times() -> String {
    let rows: String = (1..30).map(|number| format!("0.0{number:02}\n")).collect();
    format!("seconds\n{rows}0.5\n")
}

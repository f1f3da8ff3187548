//! Tests that need a process to themselves.

use std::process::Command;

/// Runs the test of this name again, alone in a process with these variables. `None` in that process:
/// the test goes on; else what it printed.
///
/// # Panics
/// When the test failed there.
pub fn alone(test: &str, variables: &[(&str, &str)]) -> Option<String> {
    const ALONE: &str = "DCDP_TEST_ALONE";
    if std::env::var_os(ALONE).is_some_and(|name| name == test) {
        return None;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(ALONE, test)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{error}");
    Some(text)
}

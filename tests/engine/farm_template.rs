//! The job template of farms says of every option what the parameter table says.

use crate::setup::path;
use dcdp::request::parameters::PARAMETERS;

#[test]
fn options_are_described_as_in_the_table() {
    let text = std::fs::read_to_string(path("farm/openjd/dcdp-restore.yaml")).unwrap();
    for parameter in PARAMETERS {
        let name: String = parameter
            .name
            .split('_')
            .map(|word| word[..1].to_uppercase() + &word[1..])
            .collect();
        let entry = text.split("\n- name: ").find(|entry| {
            let rest = entry.strip_prefix(&*name);
            rest.is_some_and(|rest| rest.starts_with('\n'))
        });
        let entry = entry.unwrap_or_else(|| panic!("{name} is missing"));
        let said = format!("description: \"{}\"", parameter.hint);
        assert!(entry.contains(&said), "{name}: {entry}");
    }
}

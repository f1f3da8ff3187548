//! The one description of every parameter; CLI, C ABI, GIMP and OpenFX all build from it.

pub use super::row::{Group, Id, Kind, MAX_SEED, Parameter, tasks};
pub use super::table::PARAMETERS;

impl Parameter {
    /// Whether it changes anything for the task of this canonical name.
    pub fn applies_to(&self, task: &str) -> bool {
        tasks::of(task) & self.tasks != 0
    }
}

impl Id {
    /// Canonical name.
    pub fn name(self) -> &'static str {
        self.parameter().name
    }

    /// The parameter's row.
    pub fn parameter(self) -> &'static Parameter {
        &PARAMETERS[self as usize]
    }
}

/// The row with this canonical name; dashes count as underscores.
pub fn find(name: &str) -> Option<&'static Parameter> {
    PARAMETERS.iter().find(|parameter| {
        parameter.name.len() == name.len()
            && parameter
                .name
                .bytes()
                .zip(name.bytes())
                .all(|(a, b)| a == b || (a == b'_' && b == b'-'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_at_their_id() {
        for (index, parameter) in PARAMETERS.iter().enumerate() {
            assert_eq!(parameter.id as usize, index, "{}", parameter.name);
            assert_eq!(find(parameter.name).unwrap().id, parameter.id);
        }
    }

    #[test]
    fn defaults_lie_in_range() {
        for parameter in PARAMETERS {
            match parameter.kind {
                Kind::Number {
                    minimum,
                    maximum,
                    display,
                    default,
                    automatic,
                } => {
                    assert!(
                        (automatic && default == -1.0) || (minimum..=maximum).contains(&default)
                    );
                    assert!(minimum <= display[0] && display[1] <= maximum);
                }
                Kind::Integer {
                    minimum,
                    maximum,
                    display,
                    default,
                    automatic,
                } => {
                    assert!((automatic && default == -1) || (minimum..=maximum).contains(&default));
                    assert!(minimum <= display[0] && display[1] <= maximum);
                }
                Kind::Choice {
                    choices,
                    labels,
                    default,
                } => {
                    assert_eq!(choices.len(), labels.len());
                    assert!(choices.contains(&default));
                }
                Kind::Text { .. } | Kind::File => {}
            }
        }
    }
}

//! What happens to a picture's file besides its pixels, in words.

use std::fmt;

/// One line about something that a file says or holds and its result does not, or holds unrestored.
///
/// Readers and writers of files return these; nothing else reports a loss. A note names what it is
/// about, not the file: whoever prints it does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Note(String);

impl Note {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Note(text.into())
    }
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

//! The parameter table for C.

use std::ffi::{CString, c_char};
use std::mem::offset_of;
use std::ptr;

use once_cell::sync::Lazy;

use super::abi::{Sized32, c_string, write_struct};
use super::guard;
use crate::Error;
use crate::request::parameters::{Kind, PARAMETERS, Parameter, tasks};

/// What values a parameter takes (member `type` of dcdp_parameter).
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum dcdp_parameter_type {
    /// A real number: dcdp_options_set_number.
    DCDP_PARAMETER_NUMBER = 0,
    /// A whole number: dcdp_options_set_number.
    DCDP_PARAMETER_INTEGER = 1,
    /// One of the words in choices: dcdp_options_set_string.
    DCDP_PARAMETER_CHOICE = 2,
    /// Free text: dcdp_options_set_string.
    DCDP_PARAMETER_TEXT = 3,
    /// Path of a file, "" for none: dcdp_options_set_string.
    DCDP_PARAMETER_FILE = 4,
}

/// Bits of member `tasks` of dcdp_parameter.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum dcdp_task {
    /// Task "denoise".
    DCDP_TASK_DENOISE = 1,
    /// Task "deblur".
    DCDP_TASK_DEBLUR = 2,
    /// Task "inpaint".
    DCDP_TASK_INPAINT = 4,
    /// Task "super-resolve".
    DCDP_TASK_SUPER_RESOLVE = 8,
    /// Task "dejpeg".
    DCDP_TASK_DEJPEG = 16,
}

const _: () = {
    assert!(tasks::DENOISE == dcdp_task::DCDP_TASK_DENOISE as u32);
    assert!(tasks::DEBLUR == dcdp_task::DCDP_TASK_DEBLUR as u32);
    assert!(tasks::INPAINT == dcdp_task::DCDP_TASK_INPAINT as u32);
    assert!(tasks::SUPER_RESOLVE == dcdp_task::DCDP_TASK_SUPER_RESOLVE as u32);
    assert!(tasks::DEJPEG == dcdp_task::DCDP_TASK_DEJPEG as u32);
};

/// One option, described so that a user interface can be built from it. Filled by dcdp_parameter_get;
/// all strings are static, UTF-8 and not NULL unless said otherwise.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct dcdp_parameter {
    /// sizeof(dcdp_parameter); on return the bytes filled.
    pub struct_size: u32,
    /// Canonical name, as the setters take it.
    pub name: *const c_char,
    /// What a person reads.
    pub label: *const c_char,
    /// One or two sentences of help.
    pub hint: *const c_char,
    /// Unit, or "".
    pub unit: *const c_char,
    /// What a person reads above the group it belongs to: "Task", "Quality", "Advanced".
    pub group: *const c_char,
    /// A dcdp_parameter_type.
    pub r#type: i32,
    /// Numbers: the smallest value allowed; else 0, as all following numbers.
    pub minimum: f64,
    /// The largest value allowed.
    pub maximum: f64,
    /// Low end of a sensible slider.
    pub display_minimum: f64,
    /// High end of a sensible slider.
    pub display_maximum: f64,
    /// Value when nothing is set.
    pub default_number: f64,
    /// Whether -1 is allowed too and means "automatic".
    pub automatic: bool,
    /// Choices and texts: the value when nothing is set; else "".
    pub default_text: *const c_char,
    /// Choices: choice_count canonical words; else NULL.
    pub choices: *const *const c_char,
    /// Choices: choice_count labels for persons, in the same order; else NULL.
    pub choice_labels: *const *const c_char,
    /// Number of choices.
    pub choice_count: u32,
    /// Tasks the parameter matters for: bits of dcdp_task.
    pub tasks: u32,
    /// It only matters while the choice of this name ... NULL if it always does.
    pub needs_name: *const c_char,
    /// ... has this word. NULL if it always matters.
    pub needs_choice: *const c_char,
}

// SAFETY: repr(C), begins with a u32, and holds numbers, a bool and raw pointers only.
unsafe impl Sized32 for dcdp_parameter {
    const NAME: &'static str = "dcdp_parameter";
    const OLDEST: usize = offset_of!(dcdp_parameter, needs_choice) + size_of::<*const c_char>();
}

/// The table, and what its pointers point into.
struct Table {
    rows: Vec<dcdp_parameter>,
    _strings: Vec<CString>,
    _lists: Vec<Box<[*const c_char]>>,
}

// SAFETY: the pointers lead into memory of the table itself, which nobody changes once it is built.
unsafe impl Send for Table {}
// SAFETY: as above.
unsafe impl Sync for Table {}

static TABLE: Lazy<Table> = Lazy::new(|| {
    let mut builder = Builder {
        strings: Vec::new(),
        lists: Vec::new(),
    };
    Table {
        rows: PARAMETERS.iter().map(|row| builder.row(row)).collect(),
        _strings: builder.strings,
        _lists: builder.lists,
    }
});

struct Builder {
    strings: Vec<CString>,
    lists: Vec<Box<[*const c_char]>>,
}

impl Builder {
    /// The characters live on the heap, so the pointer outlasts moves of the list.
    fn string(&mut self, text: &str) -> *const c_char {
        let text = c_string(text);
        let pointer = text.as_ptr();
        self.strings.push(text);
        pointer
    }

    fn list(&mut self, texts: &[&str]) -> *const *const c_char {
        let list: Box<[_]> = texts.iter().map(|text| self.string(text)).collect();
        let pointer = list.as_ptr();
        self.lists.push(list);
        pointer
    }

    fn row(&mut self, row: &Parameter) -> dcdp_parameter {
        let mut out = dcdp_parameter {
            struct_size: size_of::<dcdp_parameter>() as u32,
            name: self.string(row.name),
            label: self.string(row.label),
            hint: self.string(row.hint),
            unit: self.string(row.unit),
            group: self.string(row.group.label()),
            r#type: dcdp_parameter_type::DCDP_PARAMETER_TEXT as i32,
            minimum: 0.0,
            maximum: 0.0,
            display_minimum: 0.0,
            display_maximum: 0.0,
            default_number: 0.0,
            automatic: false,
            default_text: c"".as_ptr(),
            choices: ptr::null(),
            choice_labels: ptr::null(),
            choice_count: 0,
            tasks: row.tasks,
            needs_name: ptr::null(),
            needs_choice: ptr::null(),
        };
        if let Some((id, word)) = row.needs {
            out.needs_name = self.string(id.parameter().name);
            out.needs_choice = self.string(word);
        }
        self.kind(&mut out, &row.kind);
        out
    }

    fn kind(&mut self, out: &mut dcdp_parameter, kind: &Kind) {
        match *kind {
            Kind::Number {
                minimum,
                maximum,
                display,
                default,
                automatic,
            } => {
                out.r#type = dcdp_parameter_type::DCDP_PARAMETER_NUMBER as i32;
                (out.minimum, out.maximum) = (minimum, maximum);
                [out.display_minimum, out.display_maximum] = display;
                (out.default_number, out.automatic) = (default, automatic);
            }
            Kind::Integer {
                minimum,
                maximum,
                display,
                default,
                automatic,
            } => {
                out.r#type = dcdp_parameter_type::DCDP_PARAMETER_INTEGER as i32;
                (out.minimum, out.maximum) = (minimum as f64, maximum as f64);
                [out.display_minimum, out.display_maximum] = display.map(|end| end as f64);
                (out.default_number, out.automatic) = (default as f64, automatic);
            }
            Kind::Choice {
                choices,
                labels,
                default,
            } => {
                out.r#type = dcdp_parameter_type::DCDP_PARAMETER_CHOICE as i32;
                out.default_text = self.string(default);
                out.choices = self.list(choices);
                out.choice_labels = self.list(labels);
                out.choice_count = choices.len() as u32;
            }
            Kind::Text { default } => {
                out.r#type = dcdp_parameter_type::DCDP_PARAMETER_TEXT as i32;
                out.default_text = self.string(default);
            }
            Kind::File => out.r#type = dcdp_parameter_type::DCDP_PARAMETER_FILE as i32,
        }
    }
}

/// How many parameters there are. Later versions may add some.
///
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn dcdp_parameter_count() -> u32 {
    PARAMETERS.len() as u32
}

/// Describes parameter number `index`, 0...dcdp_parameter_count() - 1, in the order user interfaces show
/// them. Set out->struct_size first.
///
/// Any thread. Fails with DCDP_ERROR_ARGUMENT when `out` is NULL or `index` too large.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_parameter_get(index: u32, out: *mut dcdp_parameter) -> i32 {
    guard(|| {
        let row = TABLE.rows.get(index as usize).ok_or_else(|| {
            let count = TABLE.rows.len();
            Error::InvalidArgument(format!("index is {index}; there are {count} parameters"))
        })?;
        // SAFETY: `out` is as the contract in the header says.
        unsafe { write_struct(out, row) }
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    #[test]
    fn rows_say_what_the_table_says() {
        for (row, parameter) in TABLE.rows.iter().zip(PARAMETERS) {
            // SAFETY: the table's strings are static and terminated.
            let text = |pointer| unsafe { CStr::from_ptr(pointer) }.to_str().unwrap();
            assert_eq!(text(row.name), parameter.name);
            assert_eq!(text(row.hint), parameter.hint);
            assert_eq!(row.needs_name.is_null(), parameter.needs.is_none());
            if let Kind::Choice {
                choices, default, ..
            } = parameter.kind
            {
                assert_eq!(text(row.default_text), default);
                for (index, &word) in choices.iter().enumerate() {
                    // SAFETY: the list has as many entries as there are choices.
                    assert_eq!(text(unsafe { *row.choices.add(index) }), word);
                }
            }
        }
        assert_eq!(TABLE.rows.len(), PARAMETERS.len());
    }
}

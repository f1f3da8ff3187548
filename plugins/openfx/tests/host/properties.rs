//! Property sets, and the suite that reaches them.

use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::sync::Mutex;

use openfx::sys::generic::core::*;
use openfx::sys::generic::property::OfxPropertySuiteV1;

/// One value of a property.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Int(i32),
    Double(f64),
    Text(CString),
    /// Stored as a number, for pointers do not move between threads.
    Pointer(usize),
}

/// A property set; its address is its handle.
#[derive(Default)]
pub struct Properties {
    values: Mutex<HashMap<String, Vec<Value>>>,
    /// Names this set does not know, as an older host would not.
    unknown: Vec<&'static str>,
}

impl Clone for Properties {
    fn clone(&self) -> Self {
        Properties {
            values: Mutex::new(self.values.lock().unwrap().clone()),
            unknown: self.unknown.clone(),
        }
    }
}

impl Properties {
    pub fn without(unknown: &[&'static str]) -> Self {
        Properties {
            unknown: unknown.to_vec(),
            ..Properties::default()
        }
    }

    pub fn handle(&self) -> OfxPropertySetHandle {
        std::ptr::from_ref(self).cast_mut().cast()
    }

    pub fn set(&self, name: &CStr, values: &[Value]) {
        let name = name.to_str().unwrap().to_owned();
        self.values.lock().unwrap().insert(name, values.to_vec());
    }

    pub fn set_text(&self, name: &CStr, text: &CStr) {
        self.set(name, &[Value::Text(text.to_owned())]);
    }

    pub fn set_int(&self, name: &CStr, value: i32) {
        self.set(name, &[Value::Int(value)]);
    }

    pub fn set_doubles(&self, name: &CStr, values: &[f64]) {
        self.set(
            name,
            &values
                .iter()
                .map(|&value| Value::Double(value))
                .collect::<Vec<_>>(),
        );
    }

    pub fn set_ints(&self, name: &CStr, values: &[i32]) {
        self.set(
            name,
            &values
                .iter()
                .map(|&value| Value::Int(value))
                .collect::<Vec<_>>(),
        );
    }

    pub fn get(&self, name: &CStr) -> Vec<Value> {
        let values = self.values.lock().unwrap();
        values
            .get(name.to_str().unwrap())
            .cloned()
            .unwrap_or_default()
    }

    pub fn texts(&self, name: &CStr) -> Vec<String> {
        let text = |value: &Value| match value {
            Value::Text(text) => text.to_str().unwrap().to_owned(),
            other => panic!("{name:?} holds {other:?}"),
        };
        self.get(name).iter().map(text).collect()
    }

    pub fn text(&self, name: &CStr) -> String {
        self.texts(name).into_iter().next().unwrap_or_default()
    }

    pub fn int(&self, name: &CStr) -> Option<i32> {
        match self.get(name).first() {
            Some(Value::Int(value)) => Some(*value),
            None => None,
            Some(other) => panic!("{name:?} holds {other:?}"),
        }
    }

    pub fn double(&self, name: &CStr) -> Option<f64> {
        match self.get(name).first() {
            Some(Value::Double(value)) => Some(*value),
            None => None,
            Some(other) => panic!("{name:?} holds {other:?}"),
        }
    }

    fn put(&self, name: String, index: c_int, value: Value) -> OfxStatus {
        if self.unknown.contains(&name.as_str()) {
            return kOfxStatErrUnknown;
        }
        let mut values = self.values.lock().unwrap();
        let row = values.entry(name).or_default();
        match index as usize {
            at if at < row.len() => row[at] = value,
            at if at == row.len() => row.push(value),
            _ => return kOfxStatErrBadIndex,
        }
        kOfxStatOK
    }

    fn take<T>(
        &self,
        name: &str,
        index: c_int,
        out: *mut T,
        read: impl Fn(&Value) -> Option<T>,
    ) -> OfxStatus {
        let values = self.values.lock().unwrap();
        let Some(row) = values.get(name) else {
            return kOfxStatErrUnknown;
        };
        let Some(value) = row.get(index as usize) else {
            return kOfxStatErrBadIndex;
        };
        let Some(value) = read(value) else {
            return kOfxStatErrValue;
        };
        unsafe { out.write(value) };
        kOfxStatOK
    }
}

/// The suite; functions nobody needs here are left out, as a lean host may.
pub static SUITE: OfxPropertySuiteV1 = OfxPropertySuiteV1 {
    propSetPointer: Some(set_pointer),
    propSetString: Some(set_string),
    propSetDouble: Some(set_double),
    propSetInt: Some(set_int),
    propSetPointerN: None,
    propSetStringN: None,
    propSetDoubleN: None,
    propSetIntN: None,
    propGetPointer: Some(get_pointer),
    propGetString: Some(get_string),
    propGetDouble: Some(get_double),
    propGetInt: Some(get_int),
    propGetPointerN: None,
    propGetStringN: None,
    propGetDoubleN: None,
    propGetIntN: None,
    propReset: None,
    propGetDimension: None,
};

unsafe fn at<'a>(handle: OfxPropertySetHandle) -> Option<&'a Properties> {
    unsafe { handle.cast::<Properties>().as_ref() }
}

/// A name or text that the plug-in passed.
pub unsafe fn text(pointer: *const c_char) -> String {
    unsafe { CStr::from_ptr(pointer) }
        .to_str()
        .unwrap()
        .to_owned()
}

macro_rules! functions {
    ($set:ident, $get:ident, $set_type:ty, $get_type:ty, $wrap:expr, $unwrap:expr) => {
        unsafe extern "C" fn $set(
            handle: OfxPropertySetHandle,
            name: *const c_char,
            index: c_int,
            value: $set_type,
        ) -> OfxStatus {
            match unsafe { at(handle) } {
                Some(properties) => properties.put(unsafe { text(name) }, index, $wrap(value)),
                None => kOfxStatErrBadHandle,
            }
        }

        unsafe extern "C" fn $get(
            handle: OfxPropertySetHandle,
            name: *const c_char,
            index: c_int,
            out: *mut $get_type,
        ) -> OfxStatus {
            match unsafe { at(handle) } {
                Some(properties) => properties.take(&unsafe { text(name) }, index, out, $unwrap),
                None => kOfxStatErrBadHandle,
            }
        }
    };
}

functions!(
    set_pointer,
    get_pointer,
    *mut c_void,
    *mut c_void,
    |value: *mut c_void| Value::Pointer(value as usize),
    |value| match value {
        Value::Pointer(value) => Some(*value as *mut c_void),
        _ => None,
    }
);
functions!(
    set_string,
    get_string,
    *const c_char,
    *mut c_char,
    |value| Value::Text(unsafe { CStr::from_ptr(value) }.to_owned()),
    |value| match value {
        Value::Text(value) => Some(value.as_ptr().cast_mut()),
        _ => None,
    }
);
functions!(set_double, get_double, f64, f64, Value::Double, |value| {
    match value {
        Value::Double(value) => Some(*value),
        _ => None,
    }
});
functions!(set_int, get_int, c_int, c_int, Value::Int, |value| {
    match value {
        Value::Int(value) => Some(*value),
        _ => None,
    }
});

//! Parameters, and the suite that reaches them.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::sync::Mutex;

use openfx::sys::generic::core::*;
use openfx::sys::image_effect_v1::param::*;

use super::effect::Effect;
use super::properties::{Properties, text};
use super::shim;

/// A parameter's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    Integer(i32),
    Double(f64),
    Text(CString),
    /// Groups and pages.
    Nothing,
}

/// A parameter; its address is its handle.
pub struct Parameter {
    pub name: String,
    pub kind: String,
    pub properties: Properties,
    setting: Mutex<Setting>,
}

impl Parameter {
    fn new(name: String, kind: String, unknown: &[&'static str]) -> Self {
        Parameter {
            name,
            kind,
            properties: Properties::without(unknown),
            setting: Mutex::new(Setting::Nothing),
        }
    }

    /// The parameter of an instance, at its default.
    pub fn instance(&self) -> Self {
        let default = kOfxParamPropDefault;
        let setting = match &*self.kind {
            "OfxParamTypeDouble" => Setting::Double(self.properties.double(default).unwrap()),
            "OfxParamTypeInteger" | "OfxParamTypeChoice" | "OfxParamTypeBoolean" => {
                Setting::Integer(self.properties.int(default).unwrap())
            }
            "OfxParamTypeString" => {
                Setting::Text(CString::new(self.properties.text(default)).unwrap())
            }
            _ => Setting::Nothing,
        };
        Parameter {
            name: self.name.clone(),
            kind: self.kind.clone(),
            properties: self.properties.clone(),
            setting: Mutex::new(setting),
        }
    }

    /// The present value.
    pub fn get(&self) -> Setting {
        self.setting.lock().unwrap().clone()
    }

    /// Sets what a user would type; for a choice its label.
    pub fn set(&self, value: &str) {
        let mut setting = self.setting.lock().unwrap();
        *setting = match &*setting {
            Setting::Double(_) => Setting::Double(value.parse().unwrap()),
            Setting::Integer(_) if self.kind == "OfxParamTypeChoice" => {
                let choices = self.properties.texts(kOfxParamPropChoiceOption);
                let index = choices.iter().position(|choice| choice == value);
                Setting::Integer(index.unwrap_or_else(|| panic!("{value} of {choices:?}")) as i32)
            }
            Setting::Integer(_) => Setting::Integer(value.parse().unwrap()),
            Setting::Text(_) => Setting::Text(CString::new(value).unwrap()),
            Setting::Nothing => panic!("{} has no value", self.name),
        };
    }
}

/// The suite.
pub fn suite() -> OfxParameterSuiteV1 {
    let shim = shim::get();
    OfxParameterSuiteV1 {
        paramDefine: Some(define),
        paramGetHandle: Some(get_handle),
        paramSetGetPropertySet: None,
        paramGetPropertySet: None,
        paramGetValue: Some(shim.get_value),
        paramGetValueAtTime: Some(shim.get_value_at_time),
        paramGetDerivative: None,
        paramGetIntegral: None,
        paramSetValue: Some(shim.set_value),
        paramSetValueAtTime: None,
        paramGetNumKeys: None,
        paramGetKeyTime: None,
        paramGetKeyIndex: None,
        paramDeleteKey: None,
        paramDeleteAllKeys: None,
        paramCopy: None,
        paramEditBegin: None,
        paramEditEnd: None,
    }
}

unsafe extern "C" fn define(
    set: OfxParamSetHandle,
    kind: *const c_char,
    name: *const c_char,
    properties: *mut OfxPropertySetHandle,
) -> OfxStatus {
    let Some(effect) = (unsafe { set.cast::<Effect>().as_ref() }) else {
        return kOfxStatErrBadHandle;
    };
    let (name, kind) = unsafe { (text(name), text(kind)) };
    let mut parameters = effect.parameters.lock().unwrap();
    if parameters.iter().any(|other| other.name == name) {
        return kOfxStatErrExists;
    }
    let parameter = Box::new(Parameter::new(name, kind, &effect.unknown));
    unsafe { properties.write(parameter.properties.handle()) };
    parameters.push(parameter);
    kOfxStatOK
}

unsafe extern "C" fn get_handle(
    set: OfxParamSetHandle,
    name: *const c_char,
    out: *mut OfxParamHandle,
    properties: *mut OfxPropertySetHandle,
) -> OfxStatus {
    let Some(effect) = (unsafe { set.cast::<Effect>().as_ref() }) else {
        return kOfxStatErrBadHandle;
    };
    let name = unsafe { text(name) };
    let parameters = effect.parameters.lock().unwrap();
    let Some(parameter) = parameters.iter().find(|parameter| parameter.name == name) else {
        return kOfxStatErrUnknown;
    };
    unsafe {
        out.write(std::ptr::from_ref(&**parameter).cast_mut().cast());
        if !properties.is_null() {
            properties.write(parameter.properties.handle());
        }
    }
    kOfxStatOK
}

pub unsafe extern "C" fn get(parameter: *mut c_void, _time: f64, out: *mut c_void) -> c_int {
    let parameter = unsafe { &*parameter.cast::<Parameter>() };
    // A text's pointer stays good until the next value is set.
    unsafe {
        match &*parameter.setting.lock().unwrap() {
            Setting::Integer(value) => out.cast::<c_int>().write(*value),
            Setting::Double(value) => out.cast::<f64>().write(*value),
            Setting::Text(value) => out.cast::<*const c_char>().write(value.as_ptr()),
            Setting::Nothing => return kOfxStatErrBadHandle,
        }
    }
    kOfxStatOK
}

pub unsafe extern "C" fn kind(parameter: *mut c_void) -> c_int {
    match unsafe { &*parameter.cast::<Parameter>() }.get() {
        Setting::Integer(_) => 0,
        Setting::Double(_) => 1,
        Setting::Text(_) => 2,
        Setting::Nothing => 3,
    }
}

unsafe fn assign(parameter: *mut c_void, setting: Setting) -> c_int {
    let parameter = unsafe { &*parameter.cast::<Parameter>() };
    *parameter.setting.lock().unwrap() = setting;
    kOfxStatOK
}

pub unsafe extern "C" fn set_integer(parameter: *mut c_void, value: c_int) -> c_int {
    unsafe { assign(parameter, Setting::Integer(value)) }
}

pub unsafe extern "C" fn set_double(parameter: *mut c_void, value: f64) -> c_int {
    unsafe { assign(parameter, Setting::Double(value)) }
}

pub unsafe extern "C" fn set_text(parameter: *mut c_void, value: *const c_char) -> c_int {
    unsafe { assign(parameter, Setting::Text(CStr::from_ptr(value).to_owned())) }
}

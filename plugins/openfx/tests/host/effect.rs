//! Effects with their clips, and the suites that reach them.
#![allow(clippy::vec_box)] // Addresses are handles: they must not move.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use openfx::sys::generic::core::*;
use openfx::sys::image_effect_v1::image_effect::*;
use openfx::sys::image_effect_v1::message::*;
use openfx::sys::image_effect_v1::progress::*;

use super::memory::Memory;
use super::parameters::Parameter;
use super::properties::{Properties, Value, text};
use super::shim;

/// A clip; its address is its handle.
pub struct Clip {
    pub name: String,
    pub properties: Properties,
    picture: Mutex<Option<Offered>>,
    /// What it gives at other times, where that is something else.
    others: Mutex<Vec<(f64, Option<Offered>)>>,
    region: Mutex<[f64; 4]>,
}

/// What a clip gives when asked for an image.
struct Offered {
    properties: Properties,
    memory: Arc<Memory>,
}

impl Offered {
    /// An image of its own: an input's pixels are a copy that is gone once given back.
    fn image(&self, is_output: bool) -> Box<Self> {
        let properties = self.properties.clone();
        let memory = match is_output {
            true => self.memory.clone(),
            false => Arc::new(self.memory.copy()),
        };
        if properties.get(kOfxImagePropData) != [Value::Pointer(0)] {
            properties.set(kOfxImagePropData, &[memory.data()]);
        }
        Box::new(Offered { properties, memory })
    }
}

impl Clip {
    fn new(name: String, unknown: &[&'static str]) -> Self {
        Clip {
            name,
            properties: Properties::without(unknown),
            picture: Mutex::default(),
            others: Mutex::default(),
            region: Mutex::default(),
        }
    }

    /// Connects the clip to pixels, or to nothing.
    pub fn connect(&self, memory: Option<&Arc<Memory>>) {
        let connected = memory.is_some();
        self.properties
            .set_int(kOfxImageClipPropConnected, i32::from(connected));
        if let Some(memory) = memory {
            let [x1, y1, x2, y2] = memory.bounds();
            *self.region.lock().unwrap() = [x1, y1, x2, y2].map(f64::from);
        }
        *self.picture.lock().unwrap() = memory.map(|memory| Offered {
            properties: memory.properties(),
            memory: memory.clone(),
        });
    }

    /// Gives other pixels, or nothing, at `time`.
    pub fn connect_at(&self, time: f64, memory: Option<&Arc<Memory>>) {
        let offered = memory.map(|memory| Offered {
            properties: memory.properties(),
            memory: memory.clone(),
        });
        self.others.lock().unwrap().push((time, offered));
    }

    /// Changes a property of the images that the clip gives.
    pub fn of_images(&self, name: &CStr, value: Value) {
        let picture = self.picture.lock().unwrap();
        picture.as_ref().unwrap().properties.set(name, &[value]);
    }
}

/// What the user's side of the host does during a render.
#[derive(Default)]
pub struct Behaviour {
    /// When the user presses Stop.
    pub abort_at: Option<Instant>,
    /// At which call progressUpdate begins to answer "no".
    pub refuse_at: Option<usize>,
}

/// An effect descriptor or instance; its address is its handle and its parameter set's.
#[derive(Default)]
pub struct Effect {
    pub properties: Properties,
    pub parameters: Mutex<Vec<Box<Parameter>>>,
    pub clips: Mutex<Vec<Box<Clip>>>,
    /// Properties that this host does not know.
    pub unknown: Vec<&'static str>,
    pub behaviour: Mutex<Behaviour>,
    /// Set by the suite's abort once it has said so.
    pub was_aborted: AtomicBool,
    /// Fractions shown since the progress display went up.
    pub progress: Mutex<Vec<f64>>,
    /// Progress displays put up and taken down.
    pub displays: [AtomicUsize; 2],
    /// The message beside the node.
    pub persistent: Mutex<Option<String>>,
    /// Messages shown once.
    pub messages: Mutex<Vec<String>>,
}

impl Effect {
    pub fn new(unknown: &[&'static str]) -> Self {
        Effect {
            properties: Properties::without(unknown),
            unknown: unknown.to_vec(),
            ..Effect::default()
        }
    }

    /// An instance's own copy of a descriptor.
    pub fn instance(&self) -> Self {
        let parameters = self.parameters.lock().unwrap();
        let parameters = parameters
            .iter()
            .map(|parameter| Box::new(parameter.instance()));
        let clips = self.clips.lock().unwrap();
        let clips = clips.iter().map(|clip| {
            let copy = Clip {
                properties: clip.properties.clone(),
                ..Clip::new(clip.name.clone(), &self.unknown)
            };
            Box::new(copy)
        });
        Effect {
            properties: self.properties.clone(),
            parameters: Mutex::new(parameters.collect()),
            clips: Mutex::new(clips.collect()),
            unknown: self.unknown.clone(),
            ..Effect::default()
        }
    }

    pub fn handle(&self) -> OfxImageEffectHandle {
        std::ptr::from_ref(self).cast_mut().cast()
    }

    /// Does something with a clip.
    pub fn clip<T>(&self, name: &str, act: impl FnOnce(&Clip) -> T) -> T {
        let clips = self.clips.lock().unwrap();
        act(clips.iter().find(|clip| clip.name == name).expect(name))
    }

    /// Does something with a parameter.
    pub fn parameter<T>(&self, name: &str, act: impl FnOnce(&Parameter) -> T) -> T {
        let parameters = self.parameters.lock().unwrap();
        act(parameters
            .iter()
            .find(|parameter| parameter.name == name)
            .expect(name))
    }
}

/// Images that are out, of all effects.
static OUT: Mutex<Vec<Box<Offered>>> = Mutex::new(Vec::new());

/// How many images the plug-in holds.
pub fn images_out() -> usize {
    OUT.lock().unwrap().len()
}

/// The image effect suite; without the memory functions, which the node does not need.
pub static SUITE: OfxImageEffectSuiteV1 = OfxImageEffectSuiteV1 {
    getPropertySet: Some(get_property_set),
    getParamSet: Some(get_parameter_set),
    clipDefine: Some(define_clip),
    clipGetHandle: Some(get_clip),
    clipGetPropertySet: None,
    clipGetImage: Some(get_image),
    clipReleaseImage: Some(release_image),
    clipGetRegionOfDefinition: Some(get_region),
    abort: Some(abort),
    imageMemoryAlloc: None,
    imageMemoryFree: None,
    imageMemoryLock: None,
    imageMemoryUnlock: None,
};

/// The progress suite, version 1.
pub static PROGRESS_V1: OfxProgressSuiteV1 = OfxProgressSuiteV1 {
    progressStart: Some(start_v1),
    progressUpdate: Some(update),
    progressEnd: Some(end),
};

/// The progress suite, version 2.
pub static PROGRESS_V2: OfxProgressSuiteV2 = OfxProgressSuiteV2 {
    progressStart: Some(start_v2),
    progressUpdate: Some(update),
    progressEnd: Some(end),
};

/// The message suite, version 1.
pub fn message_v1() -> OfxMessageSuiteV1 {
    OfxMessageSuiteV1 {
        message: Some(shim::get().message),
    }
}

/// The message suite, version 2.
pub fn message_v2() -> OfxMessageSuiteV2 {
    OfxMessageSuiteV2 {
        message: Some(shim::get().message),
        setPersistentMessage: Some(shim::get().set_persistent_message),
        clearPersistentMessage: Some(clear_message),
    }
}

unsafe fn at<'a, T>(handle: *mut T) -> &'a Effect {
    unsafe { &*handle.cast::<Effect>() }
}

unsafe extern "C" fn get_property_set(
    effect: OfxImageEffectHandle,
    out: *mut OfxPropertySetHandle,
) -> OfxStatus {
    unsafe { out.write(at(effect).properties.handle()) };
    kOfxStatOK
}

unsafe extern "C" fn get_parameter_set(
    effect: OfxImageEffectHandle,
    out: *mut openfx::sys::image_effect_v1::param::OfxParamSetHandle,
) -> OfxStatus {
    unsafe { out.write(effect.cast()) };
    kOfxStatOK
}

unsafe extern "C" fn define_clip(
    effect: OfxImageEffectHandle,
    name: *const c_char,
    out: *mut OfxPropertySetHandle,
) -> OfxStatus {
    let effect = unsafe { at(effect) };
    let clip = Box::new(Clip::new(unsafe { text(name) }, &effect.unknown));
    unsafe { out.write(clip.properties.handle()) };
    effect.clips.lock().unwrap().push(clip);
    kOfxStatOK
}

unsafe extern "C" fn get_clip(
    effect: OfxImageEffectHandle,
    name: *const c_char,
    out: *mut OfxImageClipHandle,
    properties: *mut OfxPropertySetHandle,
) -> OfxStatus {
    let name = unsafe { text(name) };
    let clips = unsafe { at(effect) }.clips.lock().unwrap();
    let Some(clip) = clips.iter().find(|clip| clip.name == name) else {
        return kOfxStatErrBadHandle;
    };
    unsafe {
        out.write(std::ptr::from_ref(&**clip).cast_mut().cast());
        properties.write(clip.properties.handle());
    }
    kOfxStatOK
}

unsafe extern "C" fn get_image(
    clip: OfxImageClipHandle,
    time: OfxTime,
    _region: *const OfxRectD,
    out: *mut OfxPropertySetHandle,
) -> OfxStatus {
    let clip = unsafe { &*clip.cast::<Clip>() };
    let picture = clip.picture.lock().unwrap();
    let others = clip.others.lock().unwrap();
    let other = others.iter().find(|&&(at, _)| at == time);
    let Some(image) = other
        .map_or(&*picture, |(_, other)| other)
        .as_ref()
        .map(|offered| offered.image(clip.name == "Output"))
    else {
        return kOfxStatFailed;
    };
    unsafe { out.write(image.properties.handle()) };
    OUT.lock().unwrap().push(image);
    kOfxStatOK
}

unsafe extern "C" fn release_image(image: OfxPropertySetHandle) -> OfxStatus {
    let mut out = OUT.lock().unwrap();
    let Some(index) = out
        .iter()
        .position(|held| held.properties.handle() == image)
    else {
        return kOfxStatErrBadHandle;
    };
    let image = out.swap_remove(index);
    if let Some(memory) = Arc::into_inner(image.memory) {
        memory.spoil();
    }
    kOfxStatOK
}

unsafe extern "C" fn get_region(
    clip: OfxImageClipHandle,
    _time: OfxTime,
    out: *mut OfxRectD,
) -> OfxStatus {
    let [x1, y1, x2, y2] = *unsafe { &*clip.cast::<Clip>() }.region.lock().unwrap();
    unsafe { out.write(OfxRectD { x1, y1, x2, y2 }) };
    kOfxStatOK
}

unsafe extern "C" fn abort(effect: OfxImageEffectHandle) -> c_int {
    let effect = unsafe { at(effect) };
    let at = effect.behaviour.lock().unwrap().abort_at;
    let stop = at.is_some_and(|at| Instant::now() >= at);
    effect.was_aborted.fetch_or(stop, Ordering::SeqCst);
    c_int::from(stop)
}

unsafe fn start(effect: *mut c_void) -> OfxStatus {
    let effect = unsafe { at(effect) };
    effect.displays[0].fetch_add(1, Ordering::SeqCst);
    effect.progress.lock().unwrap().clear();
    kOfxStatOK
}

unsafe extern "C" fn start_v1(effect: *mut c_void, label: *const c_char) -> OfxStatus {
    assert_eq!(unsafe { text(label) }, "DCDP Restore");
    unsafe { start(effect) }
}

unsafe extern "C" fn start_v2(
    effect: *mut c_void,
    message: *const c_char,
    id: *const c_char,
) -> OfxStatus {
    assert!(!unsafe { text(message) }.is_empty() && !unsafe { text(id) }.is_empty());
    unsafe { start(effect) }
}

unsafe extern "C" fn update(effect: *mut c_void, fraction: f64) -> OfxStatus {
    let effect = unsafe { at(effect) };
    let mut progress = effect.progress.lock().unwrap();
    progress.push(fraction);
    match effect.behaviour.lock().unwrap().refuse_at {
        Some(count) if progress.len() >= count => kOfxStatReplyNo,
        _ => kOfxStatReplyYes,
    }
}

unsafe extern "C" fn end(effect: *mut c_void) -> OfxStatus {
    unsafe { at(effect) }.displays[1].fetch_add(1, Ordering::SeqCst);
    kOfxStatOK
}

unsafe extern "C" fn clear_message(effect: *mut c_void) -> OfxStatus {
    *unsafe { at(effect) }.persistent.lock().unwrap() = None;
    kOfxStatOK
}

pub unsafe extern "C" fn message(
    effect: *mut c_void,
    persistent: c_int,
    kind: *const c_char,
    said: *const c_char,
) -> c_int {
    let effect = unsafe { at(effect) };
    assert_eq!(unsafe { text(kind) }, kOfxMessageError.to_str().unwrap());
    let said = unsafe { text(said) };
    match persistent {
        0 => effect.messages.lock().unwrap().push(said),
        _ => *effect.persistent.lock().unwrap() = Some(said),
    }
    kOfxStatOK
}

//! The plug-in and a host around it.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::PathBuf;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use libloading::Library;
use openfx::sys::generic::core::*;
use openfx::sys::generic::property::kOfxPropertySuite;
use openfx::sys::image_effect_v1::image_effect::*;
use openfx::sys::image_effect_v1::message::*;
use openfx::sys::image_effect_v1::param::*;
use openfx::sys::image_effect_v1::progress::*;

use super::effect::{self, Effect};
use super::memory::{Memory, Picture, Placing};
use super::parameters;
use super::properties::{self, Properties, Value};

/// Where cargo puts the node: beside this test program.
pub fn binary() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let name = format!(
        "{}dcdp_openfx{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    );
    program.with_file_name(name)
}

/// The tiny model of the tests.
pub fn model() -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/tiny-prior");
    std::fs::canonicalize(folder)
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned()
}

/// What a host has.
#[derive(Clone, Default)]
pub struct Equipment {
    /// Suites it lacks, by name and version.
    pub lacks: Vec<(&'static CStr, c_int)>,
    /// Properties it does not know.
    pub unknown: Vec<&'static str>,
    /// Whether its clips give other frames than the one being rendered.
    pub temporal: bool,
}

struct Suites {
    parameter: OfxParameterSuiteV1,
    message_v1: OfxMessageSuiteV1,
    message_v2: OfxMessageSuiteV2,
}

fn suites() -> &'static Suites {
    static SUITES: OnceLock<Suites> = OnceLock::new();
    SUITES.get_or_init(|| Suites {
        parameter: parameters::suite(),
        message_v1: effect::message_v1(),
        message_v2: effect::message_v2(),
    })
}

/// The property set of the host comes first: its handle leads to the rest.
#[repr(C)]
struct HostData {
    properties: Properties,
    equipment: Equipment,
}

unsafe extern "C" fn fetch_suite(
    host: OfxPropertySetHandle,
    name: *const c_char,
    version: c_int,
) -> *const c_void {
    let data = unsafe { &*host.cast::<HostData>() };
    let name = unsafe { CStr::from_ptr(name) };
    if data.equipment.lacks.contains(&(name, version)) {
        return std::ptr::null();
    }
    let known: [(&CStr, c_int, *const c_void); 7] = [
        (kOfxPropertySuite, 1, (&raw const properties::SUITE).cast()),
        (kOfxImageEffectSuite, 1, (&raw const effect::SUITE).cast()),
        (
            kOfxParameterSuite,
            1,
            (&raw const suites().parameter).cast(),
        ),
        (kOfxMessageSuite, 1, (&raw const suites().message_v1).cast()),
        (kOfxMessageSuite, 2, (&raw const suites().message_v2).cast()),
        (
            kOfxProgressSuite,
            1,
            (&raw const effect::PROGRESS_V1).cast(),
        ),
        (
            kOfxProgressSuite,
            2,
            (&raw const effect::PROGRESS_V2).cast(),
        ),
    ];
    let found = known
        .iter()
        .find(|&&(other, number, _)| (other, number) == (name, version));
    found.map_or(std::ptr::null(), |&(.., suite)| suite)
}

/// A host that has loaded the node. There is one at a time, for the node knows one host.
pub struct Host {
    plugin: *mut OfxPlugin,
    data: Box<HostData>,
    _host: Box<OfxHost>,
    _library: Library,
    _alone: MutexGuard<'static, ()>,
}

// Actions on different instances may come from different threads.
unsafe impl Sync for Host {}

impl Host {
    /// Loads the node.
    pub fn load(equipment: Equipment) -> Self {
        let host = Host::open(equipment);
        assert_eq!(
            host.act(kOfxActionLoad, std::ptr::null(), None, None),
            kOfxStatOK
        );
        host
    }

    /// Opens the node without loading it.
    pub fn open(equipment: Equipment) -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let library = unsafe { Library::new(binary()) }.unwrap();
        let temporal = i32::from(equipment.temporal);
        let data = Box::new(HostData {
            properties: Properties::default(),
            equipment,
        });
        let access = kOfxImageEffectPropTemporalClipAccess;
        data.properties.set_int(access, temporal);
        let mut host = Box::new(OfxHost {
            host: data.properties.handle(),
            fetchSuite: Some(fetch_suite),
        });
        let plugin = unsafe {
            let count = library
                .get::<extern "C" fn() -> c_int>(b"OfxGetNumberOfPlugins")
                .unwrap();
            assert_eq!(count(), 1);
            let get = library.get::<extern "C" fn(c_int) -> *mut OfxPlugin>(b"OfxGetPlugin");
            let get = get.unwrap();
            assert!(get(1).is_null() && get(-1).is_null());
            get(0)
        };
        unsafe { (*plugin).setHost.unwrap()(&mut *host) };
        Host {
            plugin,
            data,
            _host: host,
            _library: library,
            _alone: alone,
        }
    }

    pub fn plugin(&self) -> &OfxPlugin {
        unsafe { &*self.plugin }
    }

    /// Sends an action.
    pub fn act(
        &self,
        action: &CStr,
        handle: *const c_void,
        arguments: Option<&Properties>,
        answers: Option<&Properties>,
    ) -> OfxStatus {
        let set = |set: Option<&Properties>| set.map_or(std::ptr::null_mut(), Properties::handle);
        let entry = self.plugin().mainEntry.unwrap();
        unsafe { entry(action.as_ptr(), handle, set(arguments), set(answers)) }
    }

    /// Sends an action about an effect.
    pub fn ask(
        &self,
        action: &CStr,
        effect: &Effect,
        arguments: &Properties,
        answers: &Properties,
    ) -> OfxStatus {
        self.act(
            action,
            effect.handle().cast(),
            Some(arguments),
            Some(answers),
        )
    }

    /// The node's descriptor.
    pub fn describe(&self) -> Effect {
        let effect = Effect::new(&self.data.equipment.unknown);
        let status = self.act(kOfxActionDescribe, effect.handle().cast(), None, None);
        assert_eq!(status, kOfxStatOK);
        effect
    }

    /// The node's descriptor in a context.
    pub fn describe_in(&self, context: &CStr) -> Effect {
        let effect = Effect::new(&self.data.equipment.unknown);
        let arguments = Properties::default();
        arguments.set_text(kOfxImageEffectPropContext, context);
        let action = kOfxImageEffectActionDescribeInContext;
        let status = self.ask(action, &effect, &arguments, &Properties::default());
        assert_eq!(status, kOfxStatOK);
        effect
    }

    /// An instance in a context, at the parameters' defaults but for the tiny model.
    pub fn create_in(&self, context: &CStr) -> Instance<'_> {
        let effect = Box::new(self.describe_in(context).instance());
        let handle = effect.handle().cast();
        assert_eq!(
            self.act(kOfxActionCreateInstance, handle, None, None),
            kOfxStatOK
        );
        let instance = Instance { host: self, effect };
        instance.set(&[("model", &model())]);
        instance
    }

    /// An instance in the filter context.
    pub fn create(&self) -> Instance<'_> {
        self.create_in(kOfxImageEffectContextFilter)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.act(kOfxActionUnload, std::ptr::null(), None, None);
    }
}

/// An instance of the node.
pub struct Instance<'a> {
    host: &'a Host,
    pub effect: Box<Effect>,
}

impl Drop for Instance<'_> {
    fn drop(&mut self) {
        let handle = self.effect.handle().cast();
        let status = self.host.act(kOfxActionDestroyInstance, handle, None, None);
        if !std::thread::panicking() {
            assert_eq!(status, kOfxStatOK);
            assert_eq!(
                self.effect.properties.get(kOfxPropInstanceData),
                [Value::Pointer(0)]
            );
        }
    }
}

/// The arguments of a render.
pub struct Frame {
    pub output: Arc<Memory>,
    pub window: [i32; 4],
    pub scale: [f64; 2],
    pub field: &'static CStr,
    pub time: f64,
}

impl Frame {
    /// All of an output like `source`, at full size.
    pub fn like(source: &Memory, channels: usize, placing: Placing) -> Self {
        let [x1, y1, x2, y2] = source.bounds();
        let size = [x1.abs_diff(x2), y1.abs_diff(y2)].map(|side| side as usize);
        let output = Memory::new(size[0], size[1], channels, placing);
        Frame {
            window: output.bounds(),
            output: Arc::new(output),
            scale: [1.0, 1.0],
            field: kOfxImageFieldBoth,
            time: 0.0,
        }
    }

    fn arguments(&self) -> Properties {
        let arguments = Properties::default();
        arguments.set_doubles(kOfxPropTime, &[self.time]);
        arguments.set_ints(kOfxImageEffectPropRenderWindow, &self.window);
        arguments.set_doubles(kOfxImageEffectPropRenderScale, &self.scale);
        arguments.set_text(kOfxImageEffectPropFieldToRender, self.field);
        arguments
    }
}

impl Instance<'_> {
    /// Sets parameters, as a user would, and tells the node.
    pub fn set(&self, settings: &[(&str, &str)]) {
        for (name, value) in settings {
            self.effect
                .parameter(name, |parameter| parameter.set(value));
            let arguments = Properties::default();
            arguments.set_text(kOfxPropType, kOfxTypeParameter);
            let name = std::ffi::CString::new(*name).unwrap();
            arguments.set_text(kOfxPropName, &name);
            arguments.set_text(kOfxPropChangeReason, kOfxChangeUserEdited);
            self.ask(
                kOfxActionInstanceChanged,
                &arguments,
                &Properties::default(),
            );
        }
    }

    pub fn ask(&self, action: &CStr, arguments: &Properties, answers: &Properties) -> OfxStatus {
        self.host.ask(action, &self.effect, arguments, answers)
    }

    /// Asks whether a frame is the source as it is.
    pub fn is_identity(&self, frame: &Frame, thumbnail: bool) -> bool {
        let (arguments, answers) = (frame.arguments(), Properties::default());
        arguments.set_int(kOfxImageEffectPropThumbnailRender, i32::from(thumbnail));
        let status = self.ask(kOfxImageEffectActionIsIdentity, &arguments, &answers);
        if status == kOfxStatReplyDefault {
            return false;
        }
        assert_eq!(
            (status, &*answers.text(kOfxPropName)),
            (kOfxStatOK, "Source")
        );
        true
    }

    /// Connects the source.
    pub fn connect(&self, source: &Arc<Memory>) {
        self.effect
            .clip("Source", |clip| clip.connect(Some(source)));
    }

    /// Renders a frame with what is connected.
    pub fn render_frame(&self, frame: &Frame) -> (OfxStatus, Picture) {
        self.effect
            .clip("Output", |clip| clip.connect(Some(&frame.output)));
        let action = kOfxImageEffectActionRender;
        let status = self.ask(action, &frame.arguments(), &Properties::default());
        assert_eq!(
            self.effect.displays[0].load(SeqCst),
            self.effect.displays[1].load(SeqCst)
        );
        (status, frame.output.picture())
    }

    /// Renders a picture, packed in memory.
    pub fn render(&self, source: &Picture) -> (OfxStatus, Picture) {
        let memory = source.packed();
        self.connect(&memory);
        self.render_frame(&Frame::like(&memory, source.channels, Placing::default()))
    }

    /// Renders a picture, which must succeed.
    pub fn restore(&self, source: &Picture) -> Picture {
        let (status, picture) = self.render(source);
        assert_eq!((status, self.message()), (kOfxStatOK, None));
        picture
    }

    /// The message beside the node.
    pub fn message(&self) -> Option<String> {
        self.effect.persistent.lock().unwrap().clone()
    }
}

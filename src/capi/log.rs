//! Log messages for the host.

use std::cell::Cell;
use std::ffi::{c_char, c_void};

use log::{LevelFilter, Log, Metadata, Record};
use once_cell::sync::OnceCell;
use parking_lot::RwLock;

use super::abi::c_string;
use super::guard;
use crate::{Error, Result};

/// How important a log message is.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum dcdp_log_level {
    /// Something failed.
    DCDP_LOG_ERROR = 1,
    /// Something is not as it should be, but the work goes on.
    DCDP_LOG_WARNING = 2,
    /// What is being done.
    DCDP_LOG_INFO = 3,
    /// Details for developers.
    DCDP_LOG_DEBUG = 4,
    /// Every detail.
    DCDP_LOG_TRACE = 5,
}

/// Gets a log message. `level` is a dcdp_log_level, `target` names the part of the library; both strings
/// are UTF-8 and valid during the call only.
///
/// Called on any thread, also on several at the same time, and in the middle of work: it must not throw or
/// jump out, and calls of dcdp_restore, dcdp_estimate, dcdp_context_create, dcdp_devices_create, dcdp_set_log
/// and dcdp_shutdown from inside it are refused with DCDP_ERROR_ARGUMENT. Messages that come up meanwhile on
/// the same thread are dropped.
pub type dcdp_log_fn = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        level: i32,
        target: *const c_char,
        message: *const c_char,
    ),
>;

type Callback = unsafe extern "C" fn(*mut c_void, i32, *const c_char, *const c_char);

#[derive(Clone, Copy)]
struct Sink {
    callback: Callback,
    user: *mut c_void,
}

// SAFETY: the contract of dcdp_set_log asks for a callback that any thread may call.
unsafe impl Send for Sink {}
// SAFETY: as above.
unsafe impl Sync for Sink {}

static SINK: RwLock<Option<Sink>> = RwLock::new(None);

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

struct Forward;

impl Log for Forward {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        // `true` also while the thread is being torn down.
        let inside = INSIDE
            .try_with(|inside| inside.replace(true))
            .unwrap_or(true);
        if inside {
            return;
        }
        // Held during the call, so that the callback is not running any more once it is replaced. Recursive:
        // a callback may wait for threads that log too, and a waiting writer must not keep them out.
        if let Some(sink) = &*SINK.read_recursive() {
            let target = c_string(record.target());
            let message = c_string(&record.args().to_string());
            // SAFETY: the caller of dcdp_set_log vouches for the callback; both strings are terminated.
            unsafe {
                (sink.callback)(
                    sink.user,
                    record.level() as i32,
                    target.as_ptr(),
                    message.as_ptr(),
                );
            }
        }
        INSIDE.with(|inside| inside.set(false));
    }

    fn flush(&self) {}
}

/// Takes the callback away and waits until no thread is in it.
///
/// # Errors
/// `InvalidArgument` inside the callback.
pub(super) fn silence() -> Result<()> {
    replace(None, LevelFilter::Off)
}

/// Refuses calls that might wait for what this thread holds while it logs.
///
/// # Errors
/// `InvalidArgument` inside the callback.
pub(super) fn outside() -> Result<()> {
    match INSIDE.try_with(Cell::get) {
        Ok(true) => Err(Error::InvalidArgument(
            "not allowed inside the log callback".into(),
        )),
        Ok(false) | Err(_) => Ok(()),
    }
}

fn replace(sink: Option<Sink>, level: LevelFilter) -> Result<()> {
    outside()?;
    let mut current = SINK.write();
    if sink.is_some() {
        static INSTALLED: OnceCell<()> = OnceCell::new();
        INSTALLED.get_or_try_init(|| {
            log::set_logger(&Forward).map_err(|_| {
                Error::InvalidArgument("this process has another logger already".into())
            })
        })?;
    }
    if sink.is_some() || current.is_some() {
        log::set_max_level(level);
    }
    *current = sink;
    Ok(())
}

/// Sends log messages up to `max_level` (a dcdp_log_level) to `callback`; NULL turns them off, which they
/// are at first. One callback serves the whole process; the previous one is not running any more when
/// this returns. `user` is handed to the callback.
///
/// Any thread, except inside the log callback. Fails with DCDP_ERROR_ARGUMENT there and for an unknown
/// level.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dcdp_set_log(
    callback: dcdp_log_fn,
    user: *mut c_void,
    max_level: i32,
) -> i32 {
    guard(|| {
        let Some(callback) = callback else {
            return silence();
        };
        let level = match max_level {
            1 => LevelFilter::Error,
            2 => LevelFilter::Warn,
            3 => LevelFilter::Info,
            4 => LevelFilter::Debug,
            5 => LevelFilter::Trace,
            other => {
                return Err(Error::InvalidArgument(format!(
                    "max_level is {other}; allowed: DCDP_LOG_ERROR to DCDP_LOG_TRACE"
                )));
            }
        };
        replace(Some(Sink { callback, user }), level)
    })
}

//! The Java virtual machine, where there is one: lpakit's threads are attached to it once, as daemons and with their
//! names, so that each is one `java.lang.Thread` for its life and a `main` that forgets to close lpakit still exits.
//! Unattached threads would be attached and detached by JNA for each call, ten times as slow.

use std::cell::RefCell;
use std::ffi::{CString, c_void};
use std::ptr::{null_mut, with_exposed_provenance_mut};
use std::sync::atomic::{AtomicUsize, Ordering};

use jni::sys::{JNI_OK, JNI_VERSION_1_6, JavaVM, JavaVMAttachArgs, jint};

/// The virtual machine's address; 0 until `JNI_OnLoad`.
static MACHINE: AtomicUsize = AtomicUsize::new(0);

/// Called by `System.load` and `System.loadLibrary`. JNA alone never calls it.
///
/// # Safety
/// Only a Java virtual machine calls it, with its own address, which stays valid for the life of the process.
#[unsafe(no_mangle)]
pub extern "system" fn JNI_OnLoad(machine: *mut JavaVM, _reserved: *mut c_void) -> jint {
    MACHINE.store(machine.expose_provenance(), Ordering::Release);
    JNI_VERSION_1_6
}

fn machine() -> Option<*mut JavaVM> {
    let address = MACHINE.load(Ordering::Acquire);
    (address != 0).then(|| with_exposed_provenance_mut(address))
}

/// A thread's stay in the virtual machine. Android ends an app whose thread ends without leaving.
struct Attached;

impl Drop for Attached {
    fn drop(&mut self) {
        let Some(machine) = machine() else { return };
        // SAFETY: the machine outlives the process's threads, and this thread was attached by `attach`.
        unsafe {
            ((**machine).v1_4.DetachCurrentThread)(machine);
        }
    }
}

thread_local! {
    static STAY: RefCell<Option<Attached>> = const { RefCell::new(None) };
}

/// Attaches this thread until it ends, if there is a virtual machine.
pub(crate) fn attach(name: &str) {
    let Some(machine) = machine() else { return };
    let Ok(name) = CString::new(name) else { return };
    let mut arguments = JavaVMAttachArgs {
        version: JNI_VERSION_1_6,
        name: name.as_ptr().cast_mut(),
        group: null_mut(),
    };
    let mut environment = null_mut();
    // SAFETY: the machine is valid, and so are both pointers for the length of the call; the name is copied.
    let attached = unsafe {
        ((**machine).v1_4.AttachCurrentThreadAsDaemon)(
            machine,
            &raw mut environment,
            (&raw mut arguments).cast(),
        )
    };
    if attached == JNI_OK {
        STAY.with(|stay| *stay.borrow_mut() = Some(Attached));
    }
}

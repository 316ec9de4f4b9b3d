//! The targets that lpakit is built for.

use object::{elf, macho};

use super::Maker;

/// A target, as Rust and clang name it.
pub(crate) struct Target {
    /// Rust's name.
    pub(crate) triple: &'static str,
    /// Clang's name, with the oldest system that is supported.
    pub(crate) clang: &'static str,
    /// Whether it is built on every change.
    pub(crate) always: bool,
    /// What differs by system.
    pub(crate) system: System,
}

/// The system of a phone.
pub(crate) enum System {
    Android(Android),
    Apple(Apple),
}

/// What an Android target's files must be.
pub(crate) struct Android {
    /// The folder of its libraries in an app.
    pub(crate) abi: &'static str,
    /// Its name in the table of bionic.
    pub(crate) bionic: &'static str,
    /// Its name at Debian.
    pub(crate) debian: &'static str,
    /// `e_machine`.
    pub(crate) machine: elf::Machine,
    pub(crate) is_64: bool,
}

/// What an Apple target's files must be.
pub(crate) struct Apple {
    /// The name of the SDK's folder, which is also how Xcode knows it.
    pub(crate) sdk: &'static str,
    pub(crate) cpu: macho::CpuType,
    pub(crate) platform: macho::Platform,
}

/// The level of the oldest Android that lpakit runs on.
pub(crate) const ANDROID_LEVEL: u32 = 28;

/// The oldest iOS that lpakit runs on.
pub(crate) const OLDEST_IOS: (u32, u32) = (16, 0);

/// Every target, those of each change first.
pub(crate) const TARGETS: [Target; 7] = [
    android(
        "aarch64-linux-android",
        "aarch64-linux-android28",
        true,
        Android {
            abi: "arm64-v8a",
            bionic: "aarch64",
            debian: "arm64",
            machine: elf::EM_AARCH64,
            is_64: true,
        },
    ),
    apple(
        "aarch64-apple-ios",
        "arm64-apple-ios16.0",
        true,
        Apple { sdk: "iPhoneOS", cpu: macho::CPU_TYPE_ARM64, platform: macho::PLATFORM_IOS },
    ),
    android(
        "x86_64-linux-android",
        "x86_64-linux-android28",
        false,
        Android {
            abi: "x86_64",
            bionic: "x86_64",
            debian: "amd64",
            machine: elf::EM_X86_64,
            is_64: true,
        },
    ),
    android(
        "armv7-linux-androideabi",
        "armv7a-linux-androideabi28",
        false,
        Android {
            abi: "armeabi-v7a",
            bionic: "arm",
            debian: "armhf",
            machine: elf::EM_ARM,
            is_64: false,
        },
    ),
    android(
        "i686-linux-android",
        "i686-linux-android28",
        false,
        Android { abi: "x86", bionic: "i386", debian: "i386", machine: elf::EM_386, is_64: false },
    ),
    apple(
        "aarch64-apple-ios-sim",
        "arm64-apple-ios16.0-simulator",
        false,
        Apple {
            sdk: "iPhoneSimulator",
            cpu: macho::CPU_TYPE_ARM64,
            platform: macho::PLATFORM_IOSSIMULATOR,
        },
    ),
    apple(
        "x86_64-apple-ios",
        "x86_64-apple-ios16.0-simulator",
        false,
        Apple {
            sdk: "iPhoneSimulator",
            cpu: macho::CPU_TYPE_X86_64,
            platform: macho::PLATFORM_IOSSIMULATOR,
        },
    ),
];

const fn android(
    triple: &'static str,
    clang: &'static str,
    always: bool,
    android: Android,
) -> Target {
    Target { triple, clang, always, system: System::Android(android) }
}

const fn apple(triple: &'static str, clang: &'static str, always: bool, apple: Apple) -> Target {
    Target { triple, clang, always, system: System::Apple(apple) }
}

impl Target {
    /// The name in variables of cargo: `AARCH64_LINUX_ANDROID`.
    pub(crate) fn in_variables(&self) -> String {
        self.triple.replace('-', "_")
    }

    /// Whose phones it is for.
    pub(crate) fn maker(&self) -> Maker {
        match self.system {
            System::Android(_) => Maker::Android,
            System::Apple(_) => Maker::Apple,
        }
    }
}

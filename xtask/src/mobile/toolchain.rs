//! Where a phone's library is built: with the NDK or Xcode where there are any, else in a Debian tree.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::Maker;
use super::targets::Target;
use crate::place::{Place, make_folder};
use crate::process::{cargo, on_path, output};
use crate::tree;

/// The Debian that carries a Rust, its sources and a clang that fit together.
const SYSTEM: tree::System<'_> = tree::System {
    name: "mobile-tree",
    suite: "forky",
    // Older ones of debootstrap do not know the suite, and all of them know this one.
    script: Some("sid"),
    packages: "rustc cargo rust-src gcc libc6-dev clang lld llvm",
    after: include_str!("after.sh"),
    purpose: "Rust and clang for phones",
    gigabytes: 3,
};

/// The wrapper script that runs a program in the tree.
const WRAPPER: &str = "mobile";

/// The variable that lets a stable Rust take the options for building its own library.
const UNSTABLE: &str = "RUSTC_BOOTSTRAP";

/// Variables that say where a NDK is, as Google's own tools read them.
const NDK: [&str; 2] = ["ANDROID_NDK_HOME", "ANDROID_NDK_ROOT"];

/// What to do where nothing is found and no tree can be made.
const INSTALL: &str =
    "set ANDROID_NDK_HOME and run this on a Mac with Xcode, each with rustup's rust-src";

/// Variables that cargo keeps inside the tree: where it fetches from.
const KEPT: [&str; 7] =
    ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "TERM"];
const KEPT_BEGINNINGS: [&str; 3] = ["CARGO_NET_", "CARGO_REGISTRIES_", "CARGO_SOURCE_"];

/// What a target is built with.
pub(crate) enum Toolchain {
    /// Debian's, through the wrapper.
    Tree { wrapper: PathBuf, version: String },
    /// Google's; the folder of its programs.
    Ndk(PathBuf),
    /// Apple's.
    Xcode,
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tree { version, .. } => write!(f, "{version} of Debian {}", SYSTEM.suite),
            Self::Ndk(bin) => write!(f, "the NDK at {}", bin.display()),
            Self::Xcode => f.write_str("Xcode"),
        }
    }
}

/// Makes sure that every target of each change can be built; says with what.
pub(crate) fn prepare(place: &Place) -> Result<String> {
    let (ndk, xcode) = (ndk(), has_xcode());
    let mut origins: Vec<String> =
        ndk.iter().map(|bin| Toolchain::Ndk(bin.clone()).to_string()).collect();
    if xcode {
        origins.push(Toolchain::Xcode.to_string());
    }
    if ndk.is_none() || !xcode {
        tree::may_enter().with_context(|| format!("no NDK or no Xcode here ({INSTALL})"))?;
        let fetched = SYSTEM.prepare(place).context("Rust and clang for phones")?;
        SYSTEM.wrapper(place, WRAPPER, "env")?;
        let how = if fetched { "fetched" } else { "kept" };
        origins.push(format!("{} ({how})", in_tree(place)?));
    }
    Ok(origins.join(", "))
}

fn in_tree(place: &Place) -> Result<Toolchain> {
    let wrapper = place.bin().join(WRAPPER);
    let advice = "Rust does not run: remove .cache/mobile-tree and run the command again";
    let said = output(in_wrapper(place, &wrapper)?.args(["rustc", "--version"]), advice)?;
    let version = said.split(" (").next().unwrap_or_default().to_owned();
    Ok(Toolchain::Tree { wrapper, version })
}

/// A command in the tree, with nothing of this program's environment but what the network needs.
fn in_wrapper(place: &Place, wrapper: &Path) -> Result<Command> {
    let home = cargo_home()?;
    make_folder(&home)?;
    let mut command = Command::new(wrapper);
    let kept = env::vars_os().filter(|(name, _)| {
        name.to_str().is_some_and(|name| {
            KEPT.contains(&name) || KEPT_BEGINNINGS.iter().any(|start| name.starts_with(start))
        })
    });
    command.env_clear().envs(kept).env("PATH", env::var_os("PATH").unwrap_or_default());
    command.env("CARGO_HOME", home).env("CARGO_TARGET_DIR", &place.target);
    command.current_dir(&place.root);
    Ok(command)
}

/// Cargo's folder, which the tree shares: what is fetched there is there for all.
pub(crate) fn cargo_home() -> Result<PathBuf> {
    let named = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = || Some(PathBuf::from(env::var_os("HOME")?).join(".cargo"));
    named.or_else(home).context("neither CARGO_HOME nor HOME is set")
}

/// The folder of the NDK's programs, where a variable names one.
fn ndk() -> Option<PathBuf> {
    NDK.iter().find_map(|name| ndk_programs(Path::new(&env::var_os(name)?)))
}

fn ndk_programs(ndk: &Path) -> Option<PathBuf> {
    let hosts = fs::read_dir(ndk.join("toolchains/llvm/prebuilt")).ok()?;
    let bins = hosts.filter_map(|host| Some(host.ok()?.path().join("bin")));
    bins.into_iter().find(|bin| bin.join("clang").is_file())
}

/// Whether what a maker builds with is here.
pub(crate) fn has_own_tools(maker: Maker) -> bool {
    match maker {
        Maker::Android => ndk().is_some(),
        Maker::Apple => has_xcode(),
    }
}

fn has_xcode() -> bool {
    on_path("xcrun").is_some()
        && output(Command::new("xcrun").args(["--sdk", "iphoneos", "--show-sdk-path"]), "").is_ok()
}

impl Toolchain {
    /// What this target is built with here, after [`prepare`].
    pub(crate) fn of(place: &Place, target: &Target) -> Result<Self> {
        match Self::of_maker(target)? {
            Some(own) => Ok(own),
            None => in_tree(place),
        }
    }

    /// What the system's maker has for the target, if it is here.
    pub(crate) fn of_maker(target: &Target) -> Result<Option<Self>> {
        let own = match target.maker() {
            Maker::Android => ndk().map(Self::Ndk),
            Maker::Apple => has_xcode().then_some(Self::Xcode),
        };
        own.map(Self::with_sources).transpose()
    }

    /// Whether rustup has what Rust's own library is built from.
    fn with_sources(self) -> Result<Self> {
        if !self.rust_sources()?.join("library/Cargo.lock").is_file() {
            bail!("{self} is there, and Rust's sources are not: rustup component add rust-src");
        }
        Ok(self)
    }

    /// The folder of Rust's sources.
    pub(crate) fn rust_sources(&self) -> Result<PathBuf> {
        const BELOW: &str = "lib/rustlib/src/rust";
        match self {
            Self::Tree { .. } => Ok(Path::new("/usr").join(BELOW)),
            Self::Ndk(_) | Self::Xcode => {
                let mut command = Command::new("rustc");
                command.args(["--print", "sysroot"]);
                Ok(Path::new(output(&mut command, "install Rust")?.trim()).join(BELOW))
            }
        }
    }

    /// Whether what it builds may be given to people.
    pub(crate) fn may_ship(&self) -> bool {
        !matches!(self, Self::Tree { .. })
    }

    /// The version of what it builds.
    pub(crate) fn version(&self) -> String {
        let version = env!("CARGO_PKG_VERSION");
        if self.may_ship() { version.to_owned() } else { format!("{version}-ci") }
    }

    /// The command line of cargo, in the workspace.
    pub(crate) fn cargo(&self, place: &Place) -> Result<Command> {
        match self {
            Self::Tree { wrapper, .. } => {
                let mut command = in_wrapper(place, wrapper)?;
                command.args([&format!("{UNSTABLE}=1"), "CARGO_BUILD_RUSTC_WRAPPER=", "cargo"]);
                Ok(command)
            }
            Self::Ndk(_) | Self::Xcode => {
                let mut command = Command::new(cargo());
                command.env(UNSTABLE, "1").current_dir(&place.root);
                Ok(command)
            }
        }
    }

    /// One of LLVM's programs; Xcode's have the names without `llvm-`.
    pub(crate) fn program(&self, place: &Place, name: &str) -> Result<Command> {
        match self {
            Self::Tree { wrapper, .. } => {
                let mut command = in_wrapper(place, wrapper)?;
                command.arg(name);
                Ok(command)
            }
            Self::Ndk(bin) => Ok(Command::new(bin.join(name))),
            Self::Xcode => Ok(Command::new(name.strip_prefix("llvm-").unwrap_or(name))),
        }
    }

    /// Where clang is, for whoever starts it.
    pub(crate) fn clang(&self) -> PathBuf {
        match self {
            Self::Ndk(bin) => bin.join("clang"),
            Self::Tree { .. } | Self::Xcode => PathBuf::from("clang"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ndk_is_found_by_its_clang_and_said_so() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(ndk_programs(folder.path()), None);
        let bin = folder.path().join("toolchains/llvm/prebuilt/linux-x86_64/bin");
        make_folder(&bin).unwrap();
        assert_eq!(ndk_programs(folder.path()), None);
        fs::write(bin.join("clang"), "").unwrap();
        assert_eq!(ndk_programs(folder.path()), Some(bin.clone()));
        let toolchain = Toolchain::Ndk(bin);
        assert!(toolchain.to_string().starts_with("the NDK at "));
        assert!(toolchain.may_ship());
    }

    #[test]
    fn what_debian_builds_is_never_shipped() {
        let tree =
            Toolchain::Tree { wrapper: PathBuf::from("mobile"), version: "rustc 1".to_owned() };
        assert!(!tree.may_ship());
        assert_eq!(tree.to_string(), "rustc 1 of Debian forky");
    }
}

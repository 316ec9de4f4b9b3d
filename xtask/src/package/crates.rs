//! The crates as a registry takes them: packed, and built from what was packed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::place::{Place, remove_folder};
use crate::process::{cargo, output, stream_both};
use crate::table::Stages;

/// What `cargo metadata` says of the workspace.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    manifest_path: PathBuf,
    description: Option<String>,
    readme: Option<PathBuf>,
    keywords: Vec<String>,
    categories: Vec<String>,
    license: Option<String>,
    /// The registries that may have it; an empty list is `publish = false`.
    publish: Option<Vec<String>>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    req: String,
    path: Option<PathBuf>,
}

impl Package {
    fn is_published(&self) -> bool {
        self.publish.as_ref().is_none_or(|registries| !registries.is_empty())
    }
}

/// Packs every crate that may be published and builds each from its package; gives the packages.
pub(super) fn pack(place: &Place, stages: &mut Stages) -> Result<Vec<PathBuf>> {
    let published = published(&metadata(&place.root)?)?;
    let folder = place.target.join("package");
    let mut packed = Vec::new();
    stages.run("crates", || {
        let mut command = Command::new(cargo());
        command.args(["package", "--locked"]).current_dir(&place.root);
        for (name, version) in &published {
            command.args(["--package", name]);
            packed.push(folder.join(format!("{name}-{version}.crate")));
        }
        stream_both(&mut command, "see what cargo says above", |_| ())?;
        // Cargo unpacks and builds each beside its package.
        for package in &packed {
            remove_folder(&package.with_extension(""))?;
        }
        Ok(format!("{} packed and built from their packages", packed.len()))
    })?;
    Ok(packed)
}

fn metadata(root: &Path) -> Result<Metadata> {
    let mut command = Command::new(cargo());
    command.args(["metadata", "--no-deps", "--format-version", "1", "--locked"]).current_dir(root);
    let text = output(&mut command, "see what cargo says below")?;
    serde_json::from_str(&text).context("`cargo metadata` printed something unknown")
}

/// Names and versions of the crates that may be published, each of which has what a registry asks for.
fn published(metadata: &Metadata) -> Result<Vec<(String, String)>> {
    let (published, kept): (Vec<&Package>, Vec<&Package>) =
        metadata.packages.iter().partition(|package| package.is_published());
    for package in &published {
        check(package, &kept).with_context(|| package.name.clone())?;
    }
    Ok(published.iter().map(|package| (package.name.clone(), package.version.clone())).collect())
}

fn check(package: &Package, kept: &[&Package]) -> Result<()> {
    let folder = package.manifest_path.parent().context("a manifest without a folder")?;
    ensure!(
        package.description.is_some() && package.license.is_some(),
        "no description or licence"
    );
    ensure!(package.readme.as_ref().is_some_and(|file| folder.join(file).is_file()), "no README");
    ensure!((1..=5).contains(&package.keywords.len()), "a registry takes one to five keywords");
    ensure!(!package.categories.is_empty(), "no categories");
    for file in ["LICENSE-MIT", "LICENSE-APACHE"] {
        ensure!(folder.join(file).is_file(), "no {file}");
    }
    for Dependency { name, req, path } in &package.dependencies {
        ensure!(kept.iter().all(|other| other.name != *name), "{name} is not published");
        ensure!(path.is_none() || req != "*", "{name} has a path and no version");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> Metadata {
        metadata(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()).unwrap()
    }

    #[test]
    fn each_published_crate_has_what_a_registry_asks_for() {
        let published = published(&workspace()).unwrap();
        let names: Vec<&str> = published.iter().map(|(name, _)| name.as_str()).collect();
        for name in ["lpakit", "lpakit-rsp", "lpakit-messages", "lpakit-sandbox", "lpakit-cli"] {
            assert!(names.contains(&name), "{name} is not published");
        }
        assert!(names.iter().all(|name| *name != "xtask" && *name != "lpakit-e2e"), "{names:?}");
    }

    #[test]
    fn a_crate_that_leans_on_an_unpublished_one_is_refused() {
        let mut metadata = workspace();
        let rsp = metadata.packages.iter_mut().find(|package| package.name == "lpakit-rsp");
        rsp.unwrap().publish = Some(Vec::new());
        let told = format!("{:#}", published(&metadata).unwrap_err());
        assert!(told.ends_with("lpakit-rsp is not published"), "{told}");
    }

    #[test]
    fn core_can_be_tested_with_nothing_but_crates() {
        let metadata = workspace();
        for name in ["lpakit", "lpakit-rsp", "lpakit-messages"] {
            let package = metadata.packages.iter().find(|package| package.name == name).unwrap();
            let leans = package.dependencies.iter().find(|one| one.name.contains("sandbox"));
            assert!(leans.is_none(), "{name} needs {}", leans.unwrap().name);
            let root = package.manifest_path.parent().unwrap();
            for file in crate::package::files(&root.join("src")).unwrap() {
                let text = std::fs::read_to_string(&file).unwrap_or_default();
                // These name programs and folders that `cargo xtask prepare` makes.
                assert!(!text.contains("LPAKIT_"), "{file:?} reads a variable of cargo xtask");
            }
        }
    }
}

//! `profiles`, `enable`, `disable`, `delete`, `rename`.

use lpakit::Lpa;
use lpakit::lpa::Profile;
use lpakit::rsp::profiles::{ProfileClass, ProfileId, ProfileState};
use serde_json::{Value, json};

use crate::failure::{Failure, language};
use crate::interrupt::Interrupt;
use crate::output::{Done, Output};
use crate::terminal;

pub(super) async fn list(lpa: &Lpa, output: &Output) -> Result<Done, Failure> {
    let profiles = lpa.profiles().await?;
    if profiles.is_empty() {
        output.note("There is no profile on this card.");
    }
    for profile in &profiles {
        output.line(format!("{:<3}  {:<20}  {}", state(profile), profile.iccid, title(profile)));
        output.object(&object(profile));
    }
    Ok(Done::with(json!({ "profiles": profiles.len() })))
}

/// One profile with what a list leaves out.
pub(super) async fn show(lpa: &Lpa, id: &ProfileId, output: &Output) -> Result<Done, Failure> {
    let profile = lpa.profile(id.clone()).await?;
    let aid = profile.isdp_aid.as_ref().map(ToString::to_string);
    let owner = profile.owner.as_ref().map(|owner| owner.mcc_mnc.to_string());
    output.line(format!("{} is {}.", title(&profile), state(&profile)));
    output.line(format!("  ICCID    {}", profile.iccid));
    for (name, value) in [("AID", &aid), ("owner", &owner)] {
        if let Some(value) = value {
            output.line(format!("  {name:<7}  {value}"));
        }
    }
    for rule in profile.rules_in_words(language()) {
        output.line(format!("  rule     {rule}"));
    }
    let mut object = object(&profile);
    object["isdp_aid"] = aid.into();
    object["owner"] = owner.into();
    output.object(&object);
    Ok(Done::default())
}

pub(super) async fn enable(lpa: &Lpa, id: &ProfileId, output: &Output) -> Result<Done, Failure> {
    let profile = lpa.enable(id.clone()).await?;
    Ok(switched(&profile, output))
}

pub(super) async fn disable(lpa: &Lpa, id: &ProfileId, output: &Output) -> Result<Done, Failure> {
    let profile = lpa.disable(id.clone()).await?;
    Ok(switched(&profile, output))
}

pub(super) async fn delete(
    lpa: &Lpa,
    id: &ProfileId,
    yes: bool,
    output: &Output,
    interrupt: &Interrupt,
) -> Result<Done, Failure> {
    if !yes {
        terminal::check_can_confirm(output)?;
        let profile = tokio::select! {
            profile = lpa.profile(id.clone()) => profile?,
            () = interrupt.wished() => return Err(Failure::interrupted()),
        };
        let question = format!("Delete {}, ICCID {}, for good?", title(&profile), profile.iccid);
        terminal::confirm(&question, interrupt).await?;
    }
    let deletion = async {
        lpa.delete(id.clone()).await?;
        output.line("The profile is deleted.");
        output.note("'lpakit notifications send' tells its operator.");
        Ok(Done::default())
    };
    interrupt.unless(deletion).await
}

pub(super) async fn rename(
    lpa: &Lpa,
    id: &ProfileId,
    name: &str,
    output: &Output,
) -> Result<Done, Failure> {
    lpa.rename(id.clone(), name).await?;
    output.line(if name.is_empty() {
        "The profile's name is removed.".to_owned()
    } else {
        format!("The profile is now called {name}.")
    });
    Ok(Done::default())
}

/// What the card says after switching.
fn switched(profile: &Profile, output: &Output) -> Done {
    output.line(format!("{} is {}.", profile.display_name(), state(profile)));
    output.note("'lpakit notifications send' tells the operators.");
    Done::with(json!({ "state": state_name(profile.state) }))
}

/// On or off, for a person.
pub(crate) const fn state(profile: &Profile) -> &'static str {
    match profile.state {
        ProfileState::Enabled => "on",
        ProfileState::Disabled => "off",
    }
}

/// The profile's names.
pub(crate) fn title(profile: &Profile) -> String {
    let plan = &profile.profile_name;
    let operator = &profile.service_provider_name;
    match &profile.nickname {
        Some(name) if !name.is_empty() => format!("{name} ({plan}, {operator})"),
        _ => format!("{plan}, {operator}"),
    }
}

const fn state_name(state: ProfileState) -> &'static str {
    match state {
        ProfileState::Enabled => "enabled",
        ProfileState::Disabled => "disabled",
    }
}

/// What a profile is for, by its name in SGP.22.
pub(crate) fn class_name(class: ProfileClass) -> Value {
    match class {
        ProfileClass::Test => "test".into(),
        ProfileClass::Provisioning => "provisioning".into(),
        ProfileClass::Operational => "operational".into(),
        ProfileClass::Other(code) => code.into(),
    }
}

fn object(profile: &Profile) -> Value {
    json!({
        "type": "profile",
        "iccid": profile.iccid.to_string(),
        "state": state_name(profile.state),
        "nickname": profile.nickname,
        "operator": profile.service_provider_name,
        "name": profile.profile_name,
        "class": class_name(profile.class),
        "policy_rules": profile.policy_rules.0.numbers().collect::<Vec<u8>>(),
    })
}

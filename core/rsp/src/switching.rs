//! ES10c commands that change a profile: enable, disable, delete, nickname, memory reset; and what they share, a
//! single result code. Also ES10a.SetDefaultDpAddress, ES10b.LoadCRL and LPAe activation, which answer alike.

use crate::codes::codes;
use crate::coding::{self, Bits};
pub use crate::crl::{LoadCrlError, LoadCrlErrorResponse, LoadCrlRequest, LoadCrlResponse};
use crate::error::Fault;
use crate::identifiers::Iccid;
use crate::object::Object;
use crate::profiles::ProfileId;
use crate::tlv::{Fields, Tag, Tlv, Writer};

fn read_profile(fields: &Fields<'_>) -> Result<ProfileId, Fault> {
    ProfileId::from_fields(&fields.require(Tag::context_constructed(0))?.fields()?)
}

fn read_refresh(fields: &Fields<'_>) -> Result<bool, Fault> {
    coding::read_boolean(fields.require(Tag::context(1))?, "refreshFlag")
}

/// ES10c.EnableProfile request (`BF31`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnableProfileRequest {
    /// Which profile.
    pub profile: ProfileId,
    /// Whether the eUICC itself makes the terminal take notice (REFRESH).
    pub refresh: bool,
    /// The eSIM port to enable it on (v3, eUICCs with several ports). An eUICC of version 2 may refuse it.
    pub target_esim_port: Option<u32>,
}

impl EnableProfileRequest {
    /// Enables a profile on the only port, or the one that the eUICC chooses.
    pub const fn new(profile: ProfileId, refresh: bool) -> Self {
        Self { profile, refresh, target_esim_port: None }
    }
}

impl Object for EnableProfileRequest {
    const TAG: Tag = Tag::new(0xBF31);
    const NAME: &'static str = "EnableProfileRequest";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        Ok(Self {
            profile: read_profile(&fields)?,
            refresh: read_refresh(&fields)?,
            target_esim_port: read_port(&fields, 2)?,
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put_with(Tag::context_constructed(0), |out| self.profile.write(out));
        coding::put_boolean(out, Tag::context(1), self.refresh);
        out.put_optional(Tag::context(2), self.target_esim_port.map(coding::unsigned_octets));
    }
}

fn read_port(fields: &Fields<'_>, number: u8) -> Result<Option<u32>, Fault> {
    let port = fields.get(Tag::context(number));
    port.map(|tlv| coding::read_unsigned(tlv, "targetEsimPort")).transpose()
}

/// ES10c.DisableProfile request (`BF32`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisableProfileRequest {
    /// Which profile.
    pub profile: ProfileId,
    /// Whether the eUICC itself makes the terminal take notice (REFRESH).
    pub refresh: bool,
}

impl Object for DisableProfileRequest {
    const TAG: Tag = Tag::new(0xBF32);
    const NAME: &'static str = "DisableProfileRequest";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        Ok(Self { profile: read_profile(&fields)?, refresh: read_refresh(&fields)? })
    }

    fn write(&self, out: &mut Writer) {
        out.put_with(Tag::context_constructed(0), |out| self.profile.write(out));
        coding::put_boolean(out, Tag::context(1), self.refresh);
    }
}

/// ES10c.DeleteProfile request (`BF33`). The identifier stands directly in it, without `A0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteProfileRequest(pub ProfileId);

impl Object for DeleteProfileRequest {
    const TAG: Tag = Tag::new(0xBF33);
    const NAME: &'static str = "DeleteProfileRequest";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        ProfileId::from_fields(&element.fields()?).map(Self)
    }

    fn write(&self, out: &mut Writer) {
        self.0.write(out);
    }
}

/// ES10c.SetNickname request (`BF29`); an empty name takes the nickname away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetNicknameRequest {
    /// Which profile.
    pub iccid: Iccid,
    /// The new name, at most 64 octets.
    pub nickname: String,
}

impl Object for SetNicknameRequest {
    const TAG: Tag = Tag::new(0xBF29);
    const NAME: &'static str = "SetNicknameRequest";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let nickname = fields.require(Tag::context(16))?;
        Ok(Self {
            iccid: Iccid::read(fields.require(Tag::ICCID)?)?,
            nickname: coding::read_text(nickname, 64, "profileNickname")?,
        })
    }

    fn write(&self, out: &mut Writer) {
        out.put(Tag::ICCID, self.iccid.octets());
        out.put(Tag::context(16), self.nickname.as_bytes());
    }
}

/// ES10c.eUICCMemoryReset request (`BF34`): what to reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MemoryResetRequest {
    /// Delete operational profiles.
    pub operational_profiles: bool,
    /// Delete test profiles that were loaded in the field.
    pub field_loaded_test_profiles: bool,
    /// Set the default SM-DP+ address back to the maker's.
    pub default_dp_address: bool,
    /// Delete test profiles that the maker loaded (v3).
    pub pre_loaded_test_profiles: bool,
    /// Delete provisioning profiles (v3).
    pub provisioning_profiles: bool,
}

impl Object for MemoryResetRequest {
    const TAG: Tag = Tag::new(0xBF34);
    const NAME: &'static str = "EuiccMemoryResetRequest";

    /// Reads wrongly coded options too: some programs leave out the count of unused bits (facts 9, point 4).
    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let bits = Bits::read_lenient(element.fields()?.require(Tag::context(2))?);
        Ok(Self {
            operational_profiles: bits.has(0),
            field_loaded_test_profiles: bits.has(1),
            default_dp_address: bits.has(2),
            pre_loaded_test_profiles: bits.has(3),
            provisioning_profiles: bits.has(4),
        })
    }

    fn write(&self, out: &mut Writer) {
        let chosen = [
            self.operational_profiles,
            self.field_loaded_test_profiles,
            self.default_dp_address,
            self.pre_loaded_test_profiles,
            self.provisioning_profiles,
        ];
        let chosen = (0..).zip(chosen).filter(|(_, wanted)| *wanted);
        chosen.fold(Bits::EMPTY, |bits, (number, _)| bits.with(number)).put(out, Tag::context(2));
    }
}

/// LpaeActivation request (`BF42`): hands over to an LPA in the eUICC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LpaeActivationRequest {
    /// The one that talks through the card application toolkit.
    pub cat_based: bool,
    /// The one that is a web server on the card.
    pub scws_based: bool,
}

impl Object for LpaeActivationRequest {
    const TAG: Tag = Tag::new(0xBF42);
    const NAME: &'static str = "LpaeActivationRequest";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let bits = Bits::read(element.fields()?.require(Tag::context(0))?, "lpaeOption")?;
        Ok(Self { cat_based: bits.has(0), scws_based: bits.has(1) })
    }

    fn write(&self, out: &mut Writer) {
        let cat_based = if self.cat_based { Bits::of(&[0]) } else { Bits::EMPTY };
        let both = if self.scws_based { cat_based.with(1) } else { cat_based };
        both.put(out, Tag::context(0));
    }
}

codes! {
    /// The result of ES10c.EnableProfile.
    pub enum EnableResult {
        Ok = 0,
        IccidOrAidNotFound = 1,
        ProfileNotInDisabledState = 2,
        DisallowedByPolicy = 3,
        WrongProfileReenabling = 4,
        CatBusy = 5,
        DisallowedByEnterpriseRule = 6,
        CommandError = 7,
        DisallowedForRpm = 9,
        NoEsimPortAvailable = 10,
        UndefinedError = 127,
    }
}
codes! {
    /// The result of ES10c.DisableProfile.
    pub enum DisableResult {
        Ok = 0,
        IccidOrAidNotFound = 1,
        ProfileNotInEnabledState = 2,
        DisallowedByPolicy = 3,
        CatBusy = 5,
        DisallowedByEnterpriseRule = 6,
        CommandError = 7,
        /// As v3.1 has it.
        DisallowedForRpmV31 = 9,
        /// As v3.0 has it.
        DisallowedForRpm = 10,
        UndefinedError = 127,
    }
}
codes! {
    /// The result of ES10c.DeleteProfile.
    pub enum DeleteResult {
        Ok = 0,
        IccidOrAidNotFound = 1,
        ProfileNotInDisabledState = 2,
        DisallowedByPolicy = 3,
        DisallowedInTestMode = 4,
        CommandError = 7,
        UndefinedError = 127,
    }
}
codes! {
    /// The result of ES10c.SetNickname.
    pub enum SetNicknameResult {
        Ok = 0,
        IccidNotFound = 1,
        UndefinedError = 127,
    }
}
codes! {
    /// The result of ES10c.eUICCMemoryReset.
    pub enum MemoryResetResult {
        Ok = 0,
        NothingToDelete = 1,
        CatBusy = 5,
        UndefinedError = 127,
    }
}
codes! {
    /// The result of ES10a.SetDefaultDpAddress.
    pub enum SetDefaultDpAddressResult {
        Ok = 0,
        UnsupportedCiPkId = 8,
        UndefinedError = 127,
    }
}
codes! {
    /// The result of ES10b.RemoveNotificationFromList.
    pub enum RemoveNotificationResult {
        Ok = 0,
        NothingToDelete = 1,
        UndefinedError = 127,
    }
}
codes! {
    /// The result of LPAe activation.
    pub enum LpaeActivationResult {
        Ok = 0,
        NotSupported = 1,
    }
}

/// The answer to ES10c.EnableProfile (`BF31`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnableProfileResponse {
    /// How it went.
    pub result: EnableResult,
    /// The eSIM port that the eUICC chose (v3).
    pub target_esim_port: Option<u32>,
}

impl EnableProfileResponse {
    /// The answer of an eUICC with one port.
    pub const fn new(result: EnableResult) -> Self {
        Self { result, target_esim_port: None }
    }
}

impl Object for EnableProfileResponse {
    const TAG: Tag = Tag::new(0xBF31);
    const NAME: &'static str = "EnableProfileResponse";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let fields = element.fields()?;
        let code = coding::read_unsigned(fields.require(Tag::context(0))?, "enableResult")?;
        Ok(Self {
            result: EnableResult::from_code(code),
            // What the result is must not hang on it.
            target_esim_port: read_port(&fields, 1).unwrap_or_default(),
        })
    }

    fn write(&self, out: &mut Writer) {
        coding::put_unsigned(out, Tag::context(0), self.result.code());
        out.put_optional(Tag::context(1), self.target_esim_port.map(coding::unsigned_octets));
    }
}

macro_rules! coded_response {
    ($($(#[$meta:meta])* $name:ident($result:ident), $tag:literal;)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(pub $result);

        impl Object for $name {
            const TAG: Tag = Tag::new($tag);
            const NAME: &'static str = stringify!($name);

            fn read(element: Tlv<'_>) -> Result<Self, Fault> {
                let code = element.fields()?.require(Tag::context(0))?;
                Ok(Self($result::from_code(coding::read_unsigned(code, "result")?)))
            }

            fn write(&self, out: &mut Writer) {
                coding::put_unsigned(out, Tag::context(0), self.0.code());
            }
        }
    )*};
}

coded_response! {
    /// The answer to ES10c.DisableProfile.
    DisableProfileResponse(DisableResult), 0xBF32;
    /// The answer to ES10c.DeleteProfile.
    DeleteProfileResponse(DeleteResult), 0xBF33;
    /// The answer to ES10c.SetNickname.
    SetNicknameResponse(SetNicknameResult), 0xBF29;
    /// The answer to ES10c.eUICCMemoryReset.
    MemoryResetResponse(MemoryResetResult), 0xBF34;
    /// The answer to ES10a.SetDefaultDpAddress.
    SetDefaultDpAddressResponse(SetDefaultDpAddressResult), 0xBF3F;
    /// The answer to ES10b.RemoveNotificationFromList.
    RemoveNotificationResponse(RemoveNotificationResult), 0xBF30;
    /// The answer to LPAe activation.
    LpaeActivationResponse(LpaeActivationResult), 0xBF42;
}

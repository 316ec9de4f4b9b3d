//! ES10c commands that change a profile: enable, disable, delete, nickname, memory reset; and what they share, a
//! single result code. Also ES10a.SetDefaultDpAddress, ES10b.LoadCRL and LPAe activation, which answer alike.

use crate::codes::codes;
use crate::coding::{self, Bits};
use crate::error::Fault;
use crate::identifiers::Iccid;
use crate::object::Object;
use crate::profiles::ProfileId;
use crate::tlv::{Tag, Tlv, Writer};

macro_rules! switch_request {
    ($(#[$meta:meta])* $name:ident, $tag:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            /// Which profile.
            pub profile: ProfileId,
            /// Whether the eUICC itself makes the terminal take notice (REFRESH).
            pub refresh: bool,
        }

        impl Object for $name {
            const TAG: Tag = Tag::new($tag);
            const NAME: &'static str = stringify!($name);

            fn read(element: Tlv<'_>) -> Result<Self, Fault> {
                let fields = element.fields()?;
                let id = fields.require(Tag::context_constructed(0))?.fields()?;
                let refresh = fields.require(Tag::context(1))?;
                Ok(Self {
                    profile: ProfileId::from_fields(&id)?,
                    refresh: coding::read_boolean(refresh, "refreshFlag")?,
                })
            }

            fn write(&self, out: &mut Writer) {
                out.put_with(Tag::context_constructed(0), |out| self.profile.write(out));
                coding::put_boolean(out, Tag::context(1), self.refresh);
            }
        }
    };
}

switch_request! {
    /// ES10c.EnableProfile request (`BF31`).
    EnableProfileRequest, 0xBF31
}
switch_request! {
    /// ES10c.DisableProfile request (`BF32`).
    DisableProfileRequest, 0xBF32
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
}

impl Object for MemoryResetRequest {
    const TAG: Tag = Tag::new(0xBF34);
    const NAME: &'static str = "EuiccMemoryResetRequest";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let bits = Bits::read(element.fields()?.require(Tag::context(2))?, "resetOptions")?;
        Ok(Self {
            operational_profiles: bits.has(0),
            field_loaded_test_profiles: bits.has(1),
            default_dp_address: bits.has(2),
        })
    }

    fn write(&self, out: &mut Writer) {
        let chosen = [
            (self.operational_profiles, 0),
            (self.field_loaded_test_profiles, 1),
            (self.default_dp_address, 2),
        ];
        let bits = chosen
            .iter()
            .filter(|(wanted, _)| *wanted)
            .fold(Bits::EMPTY, |bits, (_, number)| bits.with(*number));
        bits.put(out, Tag::context(2));
    }
}

/// ES10b.LoadCRL request (`BF35`), gone in SGP.22 v3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadCrlRequest {
    /// The certificate revocation list, DER.
    pub crl: Vec<u8>,
}

impl Object for LoadCrlRequest {
    const TAG: Tag = Tag::new(0xBF35);
    const NAME: &'static str = "LoadCRLRequest";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let crl = element.fields()?.require(Tag::context_constructed(0))?;
        Ok(Self { crl: crl.value.to_vec() })
    }

    fn write(&self, out: &mut Writer) {
        out.put(Tag::context_constructed(0), &self.crl);
    }
}

codes! {
    /// Why a CRL was not taken (LoadCRLResponse `81`).
    pub enum LoadCrlError {
        InvalidSignature = 1,
        InvalidCrlFormat = 2,
        NotEnoughMemorySpace = 3,
        VerificationKeyNotFound = 4,
        FresherCrlAlreadyLoaded = 5,
        BaseCrlMissing = 6,
        UndefinedError = 127,
    }
}

/// The answer to ES10b.LoadCRL in its error form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadCrlErrorResponse(pub LoadCrlError);

impl Object for LoadCrlErrorResponse {
    const TAG: Tag = Tag::new(0xBF35);
    const NAME: &'static str = "LoadCRLResponse";

    fn read(element: Tlv<'_>) -> Result<Self, Fault> {
        let code = element.fields()?.require(Tag::context(1))?;
        Ok(Self(LoadCrlError::from_code(coding::read_unsigned(code, "loadCRLResponseError")?)))
    }

    fn write(&self, out: &mut Writer) {
        coding::put_unsigned(out, Tag::context(1), self.0.code());
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
        CommandError = 7,
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
    /// The answer to ES10c.EnableProfile.
    EnableProfileResponse(EnableResult), 0xBF31;
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

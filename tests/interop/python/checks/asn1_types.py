"""The standard's own ASN.1 types, compiled into asn1Play, loaded file by file.

asn1Play's packages pull in much that is not needed here; only its generated modules are used, which
need pycrate alone.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType

SGP22 = "GSMA/SGP_22/v2_5/python_gen/sgp22/sgp22.py"
SGP22_V3 = "GSMA/SGP_22/v3_1/python_gen/sgp22/sgp22.py"
PROFILE = "TCA/eUICC_Profile_Package/v3_3_1/python_gen/epp/epp.py"

COMMANDS = {
    0xBF20: "GetEuiccInfo1Request",
    0xBF21: "PrepareDownloadRequest",
    0xBF22: "GetEuiccInfo2Request",
    0xBF28: "ListNotificationRequest",
    0xBF29: "SetNicknameRequest",
    0xBF2B: "RetrieveNotificationsListRequest",
    0xBF2D: "ProfileInfoListRequest",
    0xBF2E: "GetEuiccChallengeRequest",
    0xBF30: "NotificationSentRequest",
    0xBF31: "EnableProfileRequest",
    0xBF32: "DisableProfileRequest",
    0xBF33: "DeleteProfileRequest",
    0xBF34: "EuiccMemoryResetRequest",
    0xBF35: "LoadCRLRequest",
    0xBF38: "AuthenticateServerRequest",
    0xBF3C: "EuiccConfiguredAddressesRequest",
    0xBF3E: "GetEuiccDataRequest",
    0xBF3F: "SetDefaultDpAddressRequest",
    0xBF41: "CancelSessionRequest",
    0xBF42: "LpaeActivationRequest",
    0xBF43: "GetRatRequest",
}

ANSWERS = {
    0xBF20: "EUICCInfo1",
    0xBF21: "PrepareDownloadResponse",
    0xBF22: "EUICCInfo2",
    0xBF28: "ListNotificationResponse",
    0xBF29: "SetNicknameResponse",
    0xBF2B: "RetrieveNotificationsListResponse",
    0xBF2D: "ProfileInfoListResponse",
    0xBF2E: "GetEuiccChallengeResponse",
    0xBF30: "NotificationSentResponse",
    0xBF31: "EnableProfileResponse",
    0xBF32: "DisableProfileResponse",
    0xBF33: "DeleteProfileResponse",
    0xBF34: "EuiccMemoryResetResponse",
    0xBF35: "LoadCRLResponse",
    0xBF37: "ProfileInstallationResult",
    0xBF38: "AuthenticateServerResponse",
    0xBF3C: "EuiccConfiguredAddressesResponse",
    0xBF3E: "GetEuiccDataResponse",
    0xBF3F: "SetDefaultDpAddressResponse",
    0xBF41: "CancelSessionResponse",
    0xBF42: "LpaeActivationResponse",
    0xBF43: "GetRatResponse",
}

# Base64 fields of ES9+ and ES11. Signatures and key identifiers stand in a field of their own type.
FIELDS = {
    "euiccInfo1": "EUICCInfo1",
    "serverSigned1": "ServerSigned1",
    "serverSignature1": "@signature",
    "euiccCiPKIdToBeUsed": "@key-id",
    "serverCertificate": "@certificate",
    "authenticateServerResponse": "AuthenticateServerResponse",
    "profileMetadata": "StoreMetadataRequest",
    "smdpSigned2": "SmdpSigned2",
    "smdpSignature2": "@signature",
    "smdpCertificate": "@certificate",
    "prepareDownloadResponse": "PrepareDownloadResponse",
    "boundProfilePackage": "BoundProfilePackage",
    "pendingNotification": "PendingNotification",
    "cancelSessionResponse": "CancelSessionResponse",
}
RAW_FIELDS = {"euiccChallenge"}

# Types whose v3.1 form is tried when v2.5 does not know a field: a card or server of version 3 may
# add fields here. Everything else must be as version 2.5 has it.
V3_TOO = {
    "EUICCInfo1",
    "EUICCInfo2",
    "EuiccSigned1",
    "ServerSigned1",
    "AuthenticateServerRequest",
    "AuthenticateServerResponse",
    "StoreMetadataRequest",
    "ProfileInfoListResponse",
    "EuiccConfiguredAddressesRequest",
    "EuiccConfiguredAddressesResponse",
    "ISDRProprietaryApplicationTemplate",
}
# What is judged by version 2.5 alone on a card of version 3 too, and why.
NOT_IN_V3 = {
    "LoadCRLRequest": "removed in version 3, where revocation comes with TLS",
    "LoadCRLResponse": "removed in version 3, where revocation comes with TLS",
    "RetrieveNotificationsListResponse": "asn1Play's v3.1 module gives two parts of an"
    " OtherSignedNotification the same tag [1], so that none can be decoded with it",
}
V3_NAMES = {
    "EuiccConfiguredAddressesRequest": "EuiccConfiguredDataRequest",
    "EuiccConfiguredAddressesResponse": "EuiccConfiguredDataResponse",
}


@cache
def _module(path: str) -> ModuleType:
    found = importlib.util.find_spec("asn1_play")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("asn1Play is not installed: run `cargo xtask prepare python`")
    file = Path(found.submodule_search_locations[0]) / "generated_code/asn1" / path
    spec = importlib.util.spec_from_file_location("asn1_" + path.replace("/", "_"), file)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"asn1Play has no {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sgp22(name: str):
    """A type of SGP.22 v2.5, or one of the special ones named with @."""
    module = _module(SGP22)
    match name:
        case "@certificate":
            return module.PKIX1Explicit88.Certificate
        case "@key-id":
            return module.PKIX1Implicit88.SubjectKeyIdentifier
        case "@signature":
            return module.RSPDefinitions.EuiccSignPIR
    return getattr(module.RSPDefinitions, name)


def sgp22_v3(name: str):
    """The same type of SGP.22 v3.1, or none where v3.1 is not to be tried."""
    if name not in V3_TOO:
        return None
    return v3(name)


def v3(name: str):
    """A type of SGP.22 v3.1, or none for what version 3 has not and for the special ones."""
    if name in NOT_IN_V3 or name.startswith("@"):
        return None
    return getattr(_module(SGP22_V3).RSPDefinitions, V3_NAMES.get(name, name))


def profile(name: str):
    """A type of the profile package."""
    return getattr(_module(PROFILE).PEDefinitions, name)

//! An RSP session: authentication, preparation, cancelling.

use lpakit_rsp::authentication::{
    AuthenticateErrorCode, AuthenticateServerRequest, AuthenticateServerResponse, CtxParams1,
    DeviceCapabilities, DeviceInfo, EuiccSigned1, ServerSigned1,
};
use lpakit_rsp::identifiers::{Imei, Tac};
use lpakit_rsp::preparation::{
    DownloadErrorCode, EuiccSigned2, PrepareDownloadRequest, PrepareDownloadResponse, SmdpSigned2,
};
use lpakit_rsp::session::{
    CancelReason, CancelSessionError, CancelSessionRequest, CancelSessionResponse,
    EuiccCancelSessionSigned,
};
use lpakit_rsp::{Raw, Tag};
use proptest::prelude::*;

use super::*;

fn hash() -> impl Strategy<Value = Option<[u8; 32]>> {
    maybe(any::<[u8; 32]>())
}

pub fn server_signed1() -> impl Strategy<Value = ServerSigned1> {
    (transaction_id(), any::<[u8; 16]>(), text(255), any::<[u8; 16]>()).prop_map(
        |(transaction_id, euicc_challenge, server_address, server_challenge)| ServerSigned1 {
            transaction_id,
            euicc_challenge,
            server_address,
            server_challenge,
        },
    )
}

fn device_capabilities() -> impl Strategy<Value = DeviceCapabilities> {
    let release = || maybe(version());
    let first = (release(), release(), release(), release(), release(), release());
    let later = (release(), release(), release(), release(), release());
    (first, later).prop_map(|(first, later)| DeviceCapabilities {
        gsm: first.0,
        utran: first.1,
        cdma2000_onex: first.2,
        cdma2000_hrpd: first.3,
        cdma2000_ehrpd: first.4,
        eutran_epc: first.5,
        contactless: later.0,
        rsp_crl: later.1,
        nr_epc: later.2,
        nr_5gc: later.3,
        eutran_5gc: later.4,
    })
}

pub fn ctx_params1() -> impl Strategy<Value = CtxParams1> {
    let device = (any::<[u8; 4]>(), device_capabilities(), maybe(any::<[u8; 8]>()));
    let device = device.prop_map(|(tac, capabilities, imei)| DeviceInfo {
        tac: Tac::from_octets(tac),
        capabilities,
        imei: imei.map(Imei::from_octets),
    });
    (maybe(text(255)), device)
        .prop_map(|(matching_id, device_info)| CtxParams1 { matching_id, device_info })
}

pub fn authenticate_server_request() -> impl Strategy<Value = AuthenticateServerRequest> {
    let signed = (server_signed1(), element(Tag::SIGNATURE), key_id());
    (signed, element(Tag::SEQUENCE), ctx_params1()).prop_map(
        |((signed1, server_signature1, ci_key_id), server_certificate, ctx_params1)| {
            AuthenticateServerRequest {
                server_signed1: Raw::new(signed1),
                server_signature1,
                ci_key_id,
                server_certificate,
                ctx_params1,
            }
        },
    )
}

pub fn euicc_signed1() -> impl Strategy<Value = EuiccSigned1> {
    let server = (transaction_id(), text(255), any::<[u8; 16]>());
    (server, euicc_info2(), ctx_params1()).prop_map(|(server, info, ctx_params1)| EuiccSigned1 {
        transaction_id: server.0,
        server_address: server.1,
        server_challenge: server.2,
        euicc_info2: Raw::new(info),
        ctx_params1,
    })
}

pub fn authenticate_server_response() -> impl Strategy<Value = AuthenticateServerResponse> {
    let certificates = (element(Tag::SEQUENCE), element(Tag::SEQUENCE));
    let ok = (euicc_signed1(), octets(0..65), certificates).prop_map(
        |(signed, euicc_signature1, (euicc_certificate, eum_certificate))| {
            AuthenticateServerResponse::Ok {
                euicc_signed1: Box::new(Raw::new(signed)),
                euicc_signature1,
                euicc_certificate,
                eum_certificate,
            }
        },
    );
    let error = (transaction_id(), any::<u32>()).prop_map(|(transaction_id, code)| {
        let code = AuthenticateErrorCode::from_code(code);
        AuthenticateServerResponse::Error { transaction_id, code }
    });
    prop_oneof![ok, error]
}

pub fn smdp_signed2() -> impl Strategy<Value = SmdpSigned2> {
    (transaction_id(), any::<bool>(), maybe(octets(0..66))).prop_map(
        |(transaction_id, confirmation_code_required, bpp_euicc_otpk)| SmdpSigned2 {
            transaction_id,
            confirmation_code_required,
            bpp_euicc_otpk,
        },
    )
}

pub fn prepare_download_request() -> impl Strategy<Value = PrepareDownloadRequest> {
    (smdp_signed2(), element(Tag::SIGNATURE), hash(), element(Tag::SEQUENCE)).prop_map(
        |(signed, smdp_signature2, hash_cc, smdp_certificate)| PrepareDownloadRequest {
            smdp_signed2: Raw::new(signed),
            smdp_signature2,
            hash_cc,
            smdp_certificate,
        },
    )
}

pub fn euicc_signed2() -> impl Strategy<Value = EuiccSigned2> {
    (transaction_id(), octets(0..66), hash()).prop_map(|(transaction_id, euicc_otpk, hash_cc)| {
        EuiccSigned2 { transaction_id, euicc_otpk, hash_cc }
    })
}

pub fn prepare_download_response() -> impl Strategy<Value = PrepareDownloadResponse> {
    let ok = (euicc_signed2(), octets(0..65)).prop_map(|(signed, euicc_signature2)| {
        PrepareDownloadResponse::Ok { euicc_signed2: Raw::new(signed), euicc_signature2 }
    });
    let error = (transaction_id(), any::<u32>()).prop_map(|(transaction_id, code)| {
        let code = DownloadErrorCode::from_code(code);
        PrepareDownloadResponse::Error { transaction_id, code }
    });
    prop_oneof![ok, error]
}

fn reason() -> impl Strategy<Value = CancelReason> {
    prop_oneof![0..32_u32, any::<u32>()].prop_map(CancelReason::from_code)
}

pub fn cancel_session_request() -> impl Strategy<Value = CancelSessionRequest> {
    (transaction_id(), reason())
        .prop_map(|(transaction_id, reason)| CancelSessionRequest { transaction_id, reason })
}

pub fn euicc_cancel_session_signed() -> impl Strategy<Value = EuiccCancelSessionSigned> {
    (transaction_id(), oid(), reason()).prop_map(|(transaction_id, smdp_oid, reason)| {
        EuiccCancelSessionSigned { transaction_id, smdp_oid, reason }
    })
}

pub fn cancel_session_response() -> impl Strategy<Value = CancelSessionResponse> {
    let ok = (euicc_cancel_session_signed(), octets(0..65)).prop_map(|(signed, signature)| {
        CancelSessionResponse::Ok { signed: Raw::new(signed), signature }
    });
    let error = any::<u32>()
        .prop_map(|code| CancelSessionResponse::Error(CancelSessionError::from_code(code)));
    prop_oneof![ok, error]
}

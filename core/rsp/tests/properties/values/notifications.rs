//! Notifications and results of installations.

use lpakit_rsp::installation::{
    BppCommandId, InstallErrorReason, InstallOutcome, ProfileInstallationResult,
    ProfileInstallationResultData, SimaResponse,
};
use lpakit_rsp::notifications::{
    ListNotificationRequest, ListNotificationResponse, NotificationMetadata, NotificationsError,
    OtherSignedNotification, PendingNotification, RemoveNotificationRequest,
    RetrieveNotificationsRequest, RetrieveNotificationsResponse, RpmResult,
};
use lpakit_rsp::{Object, Raw, Tag};
use proptest::prelude::*;

use super::*;

pub fn notification_metadata() -> impl Strategy<Value = NotificationMetadata> {
    (any::<u32>(), event_set(), text(1024), maybe(iccid()), unknown()).prop_map(
        |(seq_number, events, address, iccid, unknown)| NotificationMetadata {
            seq_number,
            events,
            address,
            iccid,
            unknown,
        },
    )
}

pub fn list_notification_request() -> impl Strategy<Value = ListNotificationRequest> {
    maybe(event_set()).prop_map(|events| ListNotificationRequest { events })
}

fn error() -> impl Strategy<Value = NotificationsError> {
    any::<u32>().prop_map(NotificationsError::from_code)
}

pub fn list_notification_response() -> impl Strategy<Value = ListNotificationResponse> {
    prop_oneof![
        few(notification_metadata()).prop_map(ListNotificationResponse::Notifications),
        error().prop_map(ListNotificationResponse::Error),
    ]
}

pub fn retrieve_notifications_request() -> impl Strategy<Value = RetrieveNotificationsRequest> {
    prop_oneof![
        Just(RetrieveNotificationsRequest::All),
        any::<u32>().prop_map(RetrieveNotificationsRequest::SeqNumber),
        event_set().prop_map(RetrieveNotificationsRequest::Events),
    ]
}

pub fn remove_notification_request() -> impl Strategy<Value = RemoveNotificationRequest> {
    any::<u32>().prop_map(|seq_number| RemoveNotificationRequest { seq_number })
}

fn outcome() -> impl Strategy<Value = InstallOutcome> {
    let success = (aid(), octets(0..20))
        .prop_map(|(isdp_aid, sima_response)| InstallOutcome::Success { isdp_aid, sima_response });
    let failure = (0..8_u32, any::<u32>(), maybe(octets(0..20))).prop_map(
        |(command, reason, sima_response)| InstallOutcome::Failure {
            command: BppCommandId::from_code(command),
            reason: InstallErrorReason::from_code(reason),
            sima_response,
        },
    );
    prop_oneof![success, failure]
}

pub fn installation_result_data() -> impl Strategy<Value = ProfileInstallationResultData> {
    (transaction_id(), notification_metadata(), oid(), outcome()).prop_map(
        |(transaction_id, notification, smdp_oid, outcome)| ProfileInstallationResultData {
            transaction_id,
            notification,
            smdp_oid,
            outcome,
        },
    )
}

pub fn installation_result() -> impl Strategy<Value = ProfileInstallationResult> {
    (installation_result_data(), octets(0..65))
        .prop_map(|(data, signature)| ProfileInstallationResult { data: Raw::new(data), signature })
}

pub fn other_signed_notification() -> impl Strategy<Value = OtherSignedNotification> {
    let certificates = (element(Tag::SEQUENCE), element(Tag::SEQUENCE));
    (notification_metadata(), octets(0..65), certificates).prop_map(
        |(metadata, signature, (euicc_certificate, eum_certificate))| OtherSignedNotification {
            metadata: Raw::new(metadata),
            signature,
            euicc_certificate,
            eum_certificate,
        },
    )
}

pub fn rpm_result() -> impl Strategy<Value = RpmResult> {
    let data = (notification_metadata(), element(Tag::context_constructed(2)), unknown());
    (data, any::<bool>(), octets(0..65)).prop_map(|((metadata, result, more), plain, signature)| {
        let data = [metadata.encode(), result, more.octets().to_vec()].concat();
        let tag = if plain { Tag::SEQUENCE } else { Tag::context_constructed(0) };
        let content = [encode(tag, &data), encode(Tag::SIGNATURE, &signature)].concat();
        RpmResult::decode(&encode(RpmResult::TAG, &content)).unwrap()
    })
}

pub fn pending_notification() -> impl Strategy<Value = PendingNotification> {
    prop_oneof![
        installation_result()
            .prop_map(|result| PendingNotification::Installation(Raw::new(result))),
        other_signed_notification().prop_map(|other| PendingNotification::Other(Raw::new(other))),
        rpm_result().prop_map(|result| PendingNotification::Rpm(Raw::new(result))),
    ]
}

pub fn retrieve_notifications_response() -> impl Strategy<Value = RetrieveNotificationsResponse> {
    prop_oneof![
        few(pending_notification()).prop_map(RetrieveNotificationsResponse::Notifications),
        error().prop_map(RetrieveNotificationsResponse::Error),
    ]
}

pub fn sima_response() -> impl Strategy<Value = SimaResponse> {
    few(any::<u32>()).prop_map(|pe_statuses| SimaResponse { pe_statuses })
}

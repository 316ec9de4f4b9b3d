//! Servers: reaching them, trusting them, understanding them; searching for plans, telling operators.

super::rows! {
    "network.unreachable" Network StillValid CheckNetwork "no network, no such name, connection refused";
    "network.timeout" Network StillValid TryLater "no whole answer within the limit";
    "network.connection_lost" Network StillValid CheckNetwork "the connection broke before the answer was whole";
    "trust.unknown_issuer" Trust StillValid AskOperator "TLS: the issuer is none that is trusted";
    "trust.certificate_expired" Trust StillValid CheckClock "TLS: the certificate is no longer valid, by the device's clock";
    "trust.certificate_not_yet_valid" Trust StillValid CheckClock "TLS: the certificate is not valid yet, by the device's clock";
    "trust.wrong_name" Trust StillValid AskOperator "TLS: a certificate for another name";
    "trust.bad_certificate" Trust StillValid AskOperator "a certificate that is not in order otherwise";
    "trust.handshake" Trust StillValid TryLater "TLS: no version or cipher in common, or another handshake failure";
    "trust.no_common_ci" Trust StillValid Nothing "the card lists no CI key that this app knows";
    "trust.ci_not_allowed" Trust StillValid AskOperator "the activation code names another CI than the server uses";
    "trust.transaction_id" Trust StillValid AskOperator "an answer of another session";
    "trust.challenge" Trust StillValid AskOperator "serverSigned1 holds another eUICC challenge";
    "trust.server_address" Trust StillValid AskOperator "serverSigned1 holds another server address";
    "trust.oid" Trust StillValid AskOperator "the certificate's OID is not the one in the activation code, or not the same throughout";
    "trust.role" Trust StillValid AskOperator "a certificate that is for something else";
    "trust.metadata_changed" Trust StillValid AskOperator "the package binds other metadata than the person saw";
    "server.http_status" Server StillValid TryLater "an HTTP status that is no success";
    "server.not_a_message" Server StillValid TryLater "the answer is no RSP message";
    "server.malformed" Server StillValid TryLater "an element is missing or cannot be read";
    "server.answer_too_long" Server StillValid AskOperator "the answer is longer than any";
    "server.bad_package" Server StillValid TryLater "the bound profile package is not well-formed";
    "discovery.nothing" Server NotConcerned TryLater "the SM-DS lists no event";
    "discovery.no_server" Card NotConcerned AskOperator "the card names no root SM-DS";
    "discovery.too_many_events" Server NotConcerned AskOperator "more events than are looked at";
    "discovery.too_deep" Server NotConcerned AskOperator "more than three SM-DS in a row";
    "discovery.loop" Server NotConcerned AskOperator "an SM-DS names itself, or one that was asked";
    "notifications.refused" Server NotConcerned Nothing "HTTP 4xx for a notification; it stays on the card and is tried for days";
    "notifications.gave_up" Server NotConcerned Nothing "refused for days; it can be removed by hand";
    "notifications.bad_address" Card NotConcerned Nothing "the notification's address is no server address";
}

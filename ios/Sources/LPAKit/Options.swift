// Settings, as the library takes them.

import Foundation
import LPAKitAPI

extension LPAOptions {
    var native: Native.LpaOptions {
        Native.LpaOptions(
            device: device.native, isdrAids: isdrAIDs, hints: hints, deliveryMemory: deliveryMemory,
            connectLimitSeconds: seconds(connectLimit), answerLimitSeconds: seconds(answerLimit),
            packageLimitSeconds: seconds(packageLimit), cardLimitSeconds: seconds(cardLimit),
            proxy: proxy?.absoluteString, testIssuers: testIssuers,
            connectTo: connectTo.map { Native.ConnectTo(host: $0.host, socket: $0.socket) },
            deliverAutomatically: deliverAutomatically)
    }
}

/// Whole seconds; what is left over counts as one.
private func seconds(_ limit: Duration) -> UInt32 {
    let (seconds, rest) = limit.components
    return UInt32(clamping: rest > 0 ? seconds + 1 : seconds)
}

extension DeviceInfo {
    fileprivate var native: Native.DeviceInfo {
        Native.DeviceInfo(tac: tac, imei: imei?.value, capabilities: capabilities.native)
    }
}

extension DeviceCapabilities {
    fileprivate var native: Native.DeviceCapabilities {
        Native.DeviceCapabilities(
            gsm: gsm, utran: utran, eutranEpc: eutranEPC, eutran5gc: eutran5GC, nrEpc: nrEPC, nr5gc: nr5GC,
            contactless: contactless, rspCrl: rspCRL)
    }
}

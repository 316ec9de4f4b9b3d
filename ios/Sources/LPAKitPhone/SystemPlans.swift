import Foundation
import LPAKit

#if os(iOS) || os(Linux)
    import CoreTelephony

    /// The phone's own LPA (CTCellularPlanProvisioning).
    enum SystemPlans {
        /// Whether the phone has an eUICC of its own.
        static var hasESIM: Bool { CTCellularPlanProvisioning().supportsEmbeddedSIM }

        /// Whether it takes plans from this app: its entitlement is there, and no policy of the phone is against it.
        static var takesPlans: Bool { CTCellularPlanProvisioning().supportsCellularPlan() }

        /// Has the system install. The answer is the result's raw value: the name of one of them is newer than iOS 16.
        static func add(
            _ wanted: InstallRequest, on system: OperatingSystemVersion, _ answer: @escaping @Sendable (UInt) -> Void
        ) {
            let provisioning = CTCellularPlanProvisioning()
            let kept = Kept(provisioning)
            let request = CTCellularPlanProvisioningRequest()
            request.address = wanted.code.address
            request.matchingID = wanted.code.matchingID.value
            request.oid = wanted.code.oid
            request.confirmationCode = wanted.confirmationCode?.value
            request.iccid = wanted.iccid?.value
            request.eid = wanted.eid?.value
            #if compiler(>=6.2) || os(Linux)
                if let told = wanted.properties, system.majorVersion >= 26, #available(iOS 26.0, *) {
                    provisioning.addPlan(request: request, properties: CTCellularPlanProperties(told)) { result in
                        kept.letGo()
                        answer(result.rawValue)
                    }
                    return
                }
            #endif
            provisioning.addPlan(with: request) { result in
                kept.letGo()
                answer(result.rawValue)
            }
        }

        /// Tells the system more of a plan that is installed. Nothing is answered by a system that cannot be told.
        static func update(
            _ told: PlanProperties, on system: OperatingSystemVersion,
            _ answer: @escaping @Sendable (Result<Void, any Error>) -> Void
        ) -> Bool {
            #if compiler(>=6.2) || os(Linux)
                if system.majorVersion >= 26, #available(iOS 26.0, *) {
                    let provisioning = CTCellularPlanProvisioning()
                    let kept = Kept(provisioning)
                    provisioning.update(CTCellularPlanProperties(told)) { error in
                        kept.letGo()
                        answer(error.map { .failure($0) } ?? .success(()))
                    }
                    return true
                }
            #endif
            return false
        }
    }

    #if compiler(>=6.2) || os(Linux)
        @available(iOS 26.0, *)
        extension CTCellularPlanProperties {
            fileprivate convenience init(_ told: PlanProperties) {
                self.init()
                associatedIccid = told.iccid?.value
                simCapability = told.hasVoice ? .dataAndVoice : .dataOnly
                supportedRegionCodes = told.regions.map { Locale.Region($0) }
            }
        }
    #endif

    /// Keeps the system's object until it has answered.
    private final class Kept: @unchecked Sendable {
        private let lock = NSLock()
        private var object: AnyObject?

        init(_ object: AnyObject) { self.object = object }

        func letGo() { lock.withLock { object = nil } }
    }
#else
    /// A Mac has no eSIM.
    enum SystemPlans {
        static var hasESIM: Bool { false }
        static var takesPlans: Bool { false }

        static func add(
            _ wanted: InstallRequest, on system: OperatingSystemVersion, _ answer: @escaping @Sendable (UInt) -> Void
        ) { answer(1) }

        static func update(
            _ told: PlanProperties, on system: OperatingSystemVersion,
            _ answer: @escaping @Sendable (Result<Void, any Error>) -> Void
        ) -> Bool { false }
    }
#endif

extension EsimOutcome.Ending {
    /// What the system's raw value says: unknown, fail, success, and from iOS 17 on cancel.
    init(systemResult: UInt) {
        self =
            switch systemResult {
            case 1: .ended(.named("os.failed", arguments: ["code": "1"]))
            case 2: .installed
            case 3: .ended(.named("cancelled.by_user"))
            default: .ended(.named("os.unknown"))
            }
    }
}

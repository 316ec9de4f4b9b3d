import Foundation

/// What the system says of an installation that was asked for.
@available(iOS 12.0, *)
public enum CTCellularPlanProvisioningAddPlanResult: UInt, Sendable {
    case unknown = 0
    case fail = 1
    case success = 2
    @available(iOS 17.0, *)
    case cancel = 3
}

/// A plan to be installed.
@available(iOS 12.0, *)
open class CTCellularPlanProvisioningRequest: NSObject {
    open var address: String = ""
    open var matchingID: String?
    open var oid: String?
    open var confirmationCode: String?
    open var iccid: String?
    open var eid: String?

    public override init() {}
}

/// What a plan offers.
@available(iOS 26.0, *)
public enum CTCellularPlanCapability: Int, Sendable {
    case dataOnly = 0
    case dataAndVoice = 1
}

/// What the system is told of a plan.
@available(iOS 26.0, *)
open class CTCellularPlanProperties: NSObject {
    open var associatedIccid: String?
    open var simCapability: CTCellularPlanCapability = .dataOnly
    open var supportedRegionCodes: [Locale.Region] = []

    public override init() {}
}

/// The system's way to install a plan. What it does here, ``SystemScript/now`` says.
@available(iOS 12.0, *)
open class CTCellularPlanProvisioning: NSObject {
    public override init() {}

    @available(iOS 16.0, *)
    open var supportsEmbeddedSIM: Bool { SystemScript.now.supportsEmbeddedSIM }

    open func supportsCellularPlan() -> Bool { SystemScript.now.supportsCellularPlan }

    open func addPlan(
        with request: CTCellularPlanProvisioningRequest,
        completionHandler: @escaping @Sendable (CTCellularPlanProvisioningAddPlanResult) -> Void
    ) {
        SystemScript.now.add(request, nil, completionHandler)
    }

    @available(iOS 26.0, *)
    open func addPlan(
        request: CTCellularPlanProvisioningRequest, properties: CTCellularPlanProperties?,
        completionHandler: @escaping @Sendable (CTCellularPlanProvisioningAddPlanResult) -> Void
    ) {
        SystemScript.now.add(request, properties, completionHandler)
    }

    @available(iOS 26.0, *)
    open func update(
        _ properties: CTCellularPlanProperties, completionHandler: @escaping @Sendable ((any Error)?) -> Void
    ) {
        SystemScript.now.update(properties, completionHandler)
    }
}

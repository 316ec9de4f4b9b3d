import Foundation

/// What the system does in a test. It is no part of what is stood in for.
@_spi(Script)
public final class SystemScript: @unchecked Sendable {
    /// A request as the system saw it.
    public struct Asked: Sendable {
        public let address: String
        public let matchingID: String?
        public let oid: String?
        public let confirmationCode: String?
        public let iccid: String?
        public let eid: String?
        /// `nil` when it came without properties.
        public let told: Told?
    }

    /// Properties as the system saw them.
    public struct Told: Hashable, Sendable {
        public let iccid: String?
        public let capability: CTCellularPlanCapability
        public let regions: [String]

        init(_ properties: CTCellularPlanProperties) {
            iccid = properties.associatedIccid
            capability = properties.simCapability
            regions = properties.supportedRegionCodes.map(\.identifier)
        }
    }

    public typealias Answer = @Sendable (CTCellularPlanProvisioningAddPlanResult) -> Void

    private static let lock = NSLock()
    nonisolated(unsafe) private static var current = SystemScript()

    /// The script that is played now.
    public static var now: SystemScript {
        get { lock.withLock { current } }
        set { lock.withLock { current = newValue } }
    }

    public let supportsEmbeddedSIM: Bool
    public let supportsCellularPlan: Bool
    private let onAdd: @Sendable (Asked, @escaping Answer) -> Void
    private let onUpdate: @Sendable (Told, @escaping @Sendable ((any Error)?) -> Void) -> Void

    public init(
        supportsEmbeddedSIM: Bool = true, supportsCellularPlan: Bool = true,
        onAdd: @escaping @Sendable (Asked, @escaping Answer) -> Void = { $1(.unknown) },
        onUpdate: @escaping @Sendable (Told, @escaping @Sendable ((any Error)?) -> Void) -> Void = { $1(nil) }
    ) {
        self.supportsEmbeddedSIM = supportsEmbeddedSIM
        self.supportsCellularPlan = supportsCellularPlan
        self.onAdd = onAdd
        self.onUpdate = onUpdate
    }

    func add(
        _ request: CTCellularPlanProvisioningRequest, _ properties: CTCellularPlanProperties?, _ answer: @escaping Answer
    ) {
        let asked = Asked(
            address: request.address, matchingID: request.matchingID, oid: request.oid,
            confirmationCode: request.confirmationCode, iccid: request.iccid, eid: request.eid,
            told: properties.map(Told.init))
        onAdd(asked, answer)
    }

    func update(_ properties: CTCellularPlanProperties, _ answer: @escaping @Sendable ((any Error)?) -> Void) {
        onUpdate(Told(properties), answer)
    }
}

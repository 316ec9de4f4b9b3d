import Foundation
import LPAKit

/// Where an activation code came from.
public enum CodeSource: String, Hashable, Sendable, CaseIterable {
    /// The app's own back end, or whoever the app trusts.
    case app
    /// The person scanned it.
    case scanned
    /// The person typed or pasted it.
    case typed
    /// A link from a web page, a message or another app: anyone can have written it.
    case link
}

/// What the system is told of a plan, from iOS 26 on.
public struct PlanProperties: Hashable, Sendable {
    /// The profile's ICCID; ``EsimInstaller/update(_:)`` needs it.
    public var iccid: ICCID?
    /// Whether the plan has calls, or data alone.
    public var hasVoice: Bool
    /// The regions in which it works, two letters each (ISO 3166-1).
    public var regions: [String]

    /// Properties of a plan.
    public init(iccid: ICCID? = nil, hasVoice: Bool, regions: [String] = []) {
        self.iccid = iccid
        self.hasVoice = hasVoice
        self.regions = regions
    }
}

/// What is to be installed, and on whose wish. It holds secrets; its text form does not.
///
/// Keep ``id`` where a restart finds it, before ``EsimInstaller/install(_:)`` is called: ``EsimInstaller/resume(_:)``
/// wants it. Keep the code as well if it may be needed again; lpakit does not store it.
public struct InstallRequest: Identifiable, Sendable {
    /// Its name, for ``EsimInstaller/resume(_:)``. No secret.
    public let id: String
    /// The code.
    public let code: ActivationCode
    /// Where it came from.
    public let source: CodeSource
    /// The operator's confirmation code, if the person gave it to the app; else the system asks for it.
    public var confirmationCode: ConfirmationCode?
    /// The profile's ICCID, where the app knows it.
    public var iccid: ICCID?
    /// The EID of the eUICC that it was ordered for, where the app knows it.
    public var eid: EID?
    /// What the system is told of the plan; older ones than iOS 26 are not.
    public var properties: PlanProperties?
    /// Whether the person said yes to this very installation. A code from a ``CodeSource/link`` is not installed without.
    public var isAgreed: Bool

    /// A request with an id of its own.
    public init(
        code: ActivationCode, source: CodeSource, confirmationCode: ConfirmationCode? = nil, iccid: ICCID? = nil,
        eid: EID? = nil, properties: PlanProperties? = nil, isAgreed: Bool = false
    ) {
        id = UUID().uuidString
        self.code = code
        self.source = source
        self.confirmationCode = confirmationCode
        self.iccid = iccid
        self.eid = eid
        self.properties = properties
        self.isAgreed = isAgreed
    }

    /// The request of a link that opened the app: `lpa:`, or a setup link. Whoever sent it, it is a ``CodeSource/link``
    /// that nobody has agreed to yet.
    ///
    /// - Throws: An error of kind input: another scheme, no code, more than one, or what is wrong with it.
    public init(link: URL) throws(LPAError) {
        guard let scheme = link.scheme?.lowercased(), ["lpa", "https"].contains(scheme) else {
            throw .named("activation_code.not_an_activation_code")
        }
        self.init(code: try ActivationCode(link.absoluteString), source: .link)
    }

    /// The same request, after the app has shown the person what will be installed, and the person has said yes.
    public func agreed() -> InstallRequest {
        var agreed = self
        agreed.isAgreed = true
        return agreed
    }
}

extension InstallRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Its id; the rest is hidden.
    public var description: String { "InstallRequest(\(id), \(source))" }

    /// Its id; the rest is hidden.
    public var debugDescription: String { description }

    /// Its id; the rest is hidden.
    public var customMirror: Mirror { Mirror(self, children: ["id": id, "source": source]) }
}

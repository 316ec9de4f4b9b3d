import Foundation
import LPAKitAPI

extension LPAError {
    /// A fault of the library itself, such as a panic: what the library would say of it, if it still could.
    static let fault = LPAError(kind: .closed, key: "closed.fault", plan: .unknown, advice: .checkProfiles)

    /// What went wrong below, whatever it is: what the generated code throws by itself becomes `closed.fault`.
    init(native error: any Error) {
        switch error {
        case Native.LpaError.Failed(let details): self.init(details)
        case let error as LPAError: self = error
        default: self = .fault
        }
    }

    init(_ details: Native.ErrorDetails) {
        let kind: Kind =
            switch details.kind {
            case .input: .input
            case .card: .card
            case .server: .server
            case .network: .network
            case .trust: .trust
            case .policy: .policy
            case .cancelled: .cancelled
            case .busy: .busy
            case .closed: .closed
            }
        let plan: Plan =
            switch details.plan {
            case .notConcerned: .notConcerned
            case .stillValid: .stillValid
            case .noLongerValid: .noLongerValid
            case .installed: .installed
            case .unknown: .unknown
            }
        let advice: Advice =
            switch details.advice {
            case .nothing: .nothing
            case .tryAgain: .tryAgain
            case .tryLater: .tryLater
            case .changeInput: .changeInput
            case .freeSpace: .freeSpace
            case .checkProfiles: .checkProfiles
            case .askOperator: .askOperator
            case .checkClock: .checkClock
            case .checkNetwork: .checkNetwork
            case .switchOff: .switchOff
            case .closeOtherApp: .closeOtherApp
            }
        let arguments = details.arguments.map { ($0.name, $0.value) }
        self.init(
            kind: kind, key: details.key, arguments: Dictionary(arguments) { first, _ in first }, plan: plan,
            advice: advice)
    }

    var native: Native.ErrorDetails {
        let kind: Native.ErrorKind =
            switch kind {
            case .input: .input
            case .card: .card
            case .server: .server
            case .network: .network
            case .trust: .trust
            case .policy: .policy
            case .cancelled: .cancelled
            case .busy: .busy
            case .closed: .closed
            }
        let plan: Native.PlanState =
            switch plan {
            case .notConcerned: .notConcerned
            case .stillValid: .stillValid
            case .noLongerValid: .noLongerValid
            case .installed: .installed
            case .unknown: .unknown
            }
        let advice: Native.Advice =
            switch advice {
            case .nothing: .nothing
            case .tryAgain: .tryAgain
            case .tryLater: .tryLater
            case .changeInput: .changeInput
            case .freeSpace: .freeSpace
            case .checkProfiles: .checkProfiles
            case .askOperator: .askOperator
            case .checkClock: .checkClock
            case .checkNetwork: .checkNetwork
            case .switchOff: .switchOff
            case .closeOtherApp: .closeOtherApp
            }
        return Native.ErrorDetails(
            kind: kind, key: key, arguments: LPATexts.pairs(arguments), plan: plan, advice: advice)
    }
}

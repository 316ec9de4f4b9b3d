import LPAKit

/// How a request ended: always one of these, always with what it means for the plan and what to do.
public struct EsimOutcome: Hashable, Sendable {
    /// The ways to end.
    public enum Ending: Hashable, Sendable {
        /// The system says that the profile is on the phone.
        case installed
        /// The phone's settings were opened with the code. The person goes on there, and nothing comes back.
        case handedOver
        /// This phone takes no code from this app: here is the QR code, for its camera to scan from another screen. The
        /// picture holds the code.
        case otherScreen(QRPicture)
        /// It did not end well, or nobody knows how.
        case ended(LPAError)
    }

    /// ``InstallRequest/id``.
    public let requestID: String
    /// How it ended.
    public let ending: Ending

    /// An outcome; for an app's tests and previews.
    public init(requestID: String, ending: Ending) {
        self.requestID = requestID
        self.ending = ending
    }

    /// What went wrong, if something did.
    public var error: LPAError? {
        if case .ended(let error) = ending { error } else { nil }
    }

    /// What has become of the plan.
    public var plan: LPAError.Plan {
        switch ending {
        case .installed: .installed
        case .handedOver: .unknown
        case .otherScreen: .stillValid
        case .ended(let error): error.plan
        }
    }

    /// What to do now.
    public var advice: LPAError.Advice {
        switch ending {
        case .installed, .otherScreen: .nothing
        case .handedOver: .checkProfiles
        case .ended(let error): error.advice
        }
    }
}

/// A request that is remembered.
public struct SavedRequest: Hashable, Sendable, Identifiable {
    /// How far it is.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// The system works on it, as far as is known here.
        case underWay
        /// The phone's settings were opened with it.
        case handedOver
        /// It is installed.
        case installed
        /// It ended otherwise; ``EsimInstaller/resume(_:)`` says how.
        case ended
    }

    /// ``InstallRequest/id``.
    public let id: String
    /// How far it is.
    public let state: State

    /// A remembered request; for an app's tests and previews.
    public init(id: String, state: State) {
        self.id = id
        self.state = state
    }
}

/// What went wrong, what it means for the plan, and what to do now.
///
/// No identifier and no secret stands in it. With the module LPAKit in the process, `localizedDescription` is a
/// sentence in the person's language, and `explanation(locales:)` says everything there is to say.
public struct LPAError: Error, Hashable, Sendable {
    /// What an error is about, for code that decides. There will never be more than these nine.
    public enum Kind: String, Sendable, CaseIterable {
        /// What the person or the app gave cannot be used.
        case input
        /// The eUICC, or the way to it.
        case card
        /// The server answered, and refused or made no sense.
        case server
        /// The server could not be reached or did not answer.
        case network
        /// The server is not who it should be, or changed its word.
        case trust
        /// The eUICC's or the operator's rules forbid it.
        case policy
        /// The person wanted it to end, or did not answer in time.
        case cancelled
        /// Something else is going on.
        case busy
        /// The LPA was closed.
        case closed
    }

    /// What has become of the plan that was to be installed.
    public enum Plan: String, Sendable, CaseIterable {
        /// No plan is concerned.
        case notConcerned
        /// The code can be used again.
        case stillValid
        /// The code cannot be used again, or not by this device.
        case noLongerValid
        /// The profile is on the card.
        case installed
        /// It is not known; the card's list of profiles, or the operator, tells.
        case unknown
    }

    /// What to do now.
    public enum Advice: String, Sendable, CaseIterable {
        /// Nothing can be done.
        case nothing
        /// Try again at once.
        case tryAgain
        /// Try again later.
        case tryLater
        /// Change what was given, then try again.
        case changeInput
        /// Free space on the eSIM, then try again.
        case freeSpace
        /// Look at the list of profiles.
        case checkProfiles
        /// Ask the operator, usually for a new code.
        case askOperator
        /// Set the device's clock right, then try again.
        case checkClock
        /// Look after the internet connection, then try again.
        case checkNetwork
        /// Switch the profile off, then try again.
        case switchOff
        /// Close other programs that use the eSIM, then try again.
        case closeOtherApp
    }

    /// What it is about.
    public let kind: Kind
    /// A stable name of what exactly went wrong, as in lpakit's list of errors. New ones may come.
    public let key: String
    /// Numbers and names for its text.
    public let arguments: [String: String]
    /// What has become of the plan.
    public let plan: Plan
    /// What to do now.
    public let advice: Advice

    /// An error as lpakit gives them; for an app's tests and previews.
    public init(
        kind: Kind, key: String, arguments: [String: String] = [:], plan: Plan = .notConcerned,
        advice: Advice = .nothing
    ) {
        self.kind = kind
        self.key = key
        self.arguments = arguments
        self.plan = plan
        self.advice = advice
    }
}

extension LPAError: CustomStringConvertible {
    /// The key, for logs. The text for a person is `localizedDescription`.
    public var description: String { "LPAError(\(key))" }
}

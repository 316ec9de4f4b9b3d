// The only file that sees the generated code by its module's name: its types are called as those of the facade.

import Foundation
import LPAKitAPI
internal import LPAKitBindings

/// The generated types, and the way into them.
enum Native {
    typealias ActivationCode = LPAKitBindings.ActivationCode
    typealias Advice = LPAKitBindings.Advice
    typealias Answers = LPAKitBindings.Answers
    typealias AppStanding = LPAKitBindings.AppStanding
    typealias Cancellation = LPAKitBindings.Cancellation
    typealias CardAccess = LPAKitBindings.CardAccess
    typealias CardChannel = LPAKitBindings.CardChannel
    typealias CardPortError = LPAKitBindings.CardPortError
    typealias CarrierApp = LPAKitBindings.CarrierApp
    typealias ChipInfo = LPAKitBindings.ChipInfo
    typealias ConnectTo = LPAKitBindings.ConnectTo
    typealias DeviceCapabilities = LPAKitBindings.DeviceCapabilities
    typealias DeviceInfo = LPAKitBindings.DeviceInfo
    typealias Discovery = LPAKitBindings.Discovery
    typealias ErrorArgument = LPAKitBindings.ErrorArgument
    typealias ErrorDetails = LPAKitBindings.ErrorDetails
    typealias ErrorKind = LPAKitBindings.ErrorKind
    typealias Euicc = LPAKitBindings.Euicc
    typealias Icon = LPAKitBindings.Icon
    typealias InstallOutcome = LPAKitBindings.InstallOutcome
    typealias InstallState = LPAKitBindings.InstallState
    typealias InstallTask = LPAKitBindings.InstallTask
    typealias InstallWay = LPAKitBindings.InstallWay
    typealias InstalledProfile = LPAKitBindings.InstalledProfile
    typealias LogLevel = LPAKitBindings.LogLevel
    typealias LogListener = LPAKitBindings.LogListener
    typealias Lpa = LPAKitBindings.Lpa
    typealias LpaError = LPAKitBindings.LpaError
    typealias LpaOptions = LPAKitBindings.LpaOptions
    typealias MemoryReset = LPAKitBindings.MemoryReset
    typealias Need = LPAKitBindings.Need
    typealias Offer = LPAKitBindings.Offer
    typealias OpenedChannel = LPAKitBindings.OpenedChannel
    typealias Operator = LPAKitBindings.Operator
    typealias PendingReport = LPAKitBindings.PendingReport
    typealias PhoneFacts = LPAKitBindings.PhoneFacts
    typealias PlanState = LPAKitBindings.PlanState
    typealias Phase = LPAKitBindings.Phase
    typealias PortAbilities = LPAKitBindings.PortAbilities
    typealias Profile = LPAKitBindings.Profile
    typealias ProfileClass = LPAKitBindings.ProfileClass
    typealias ProfileDescription = LPAKitBindings.ProfileDescription
    typealias ProfileSource = LPAKitBindings.ProfileSource
    typealias Progress = LPAKitBindings.Progress
    typealias RawCard = LPAKitBindings.RawCard
    typealias RejectReason = LPAKitBindings.RejectReason
    typealias ReportEvent = LPAKitBindings.ReportEvent
    typealias SendReport = LPAKitBindings.SendReport
    typealias Statistics = LPAKitBindings.Statistics
    typealias WaitingPlan = LPAKitBindings.WaitingPlan

    static func findActivationCode(_ text: String, allowTestServers: Bool) throws -> ActivationCode {
        try LPAKitBindings.findActivationCode(text: text, allowTestServers: allowTestServers)
    }

    static func scanActivationCode(_ plane: Data, _ size: [UInt32], allowTestServers: Bool) throws -> ActivationCode {
        try LPAKitBindings.scanActivationCode(
            plane: plane, width: size[0], height: size[1], rowStride: size[2], pixelStride: size[3],
            allowTestServers: allowTestServers)
    }

    static func qrPicture(_ text: String) throws -> LPAKitBindings.QrPicture {
        try LPAKitBindings.qrPicture(text: text)
    }

    static func installWays(_ facts: PhoneFacts) throws -> [InstallWay] {
        try LPAKitBindings.installWays(facts: facts)
    }

    static func errorOf(_ key: String, _ arguments: [ErrorArgument]) throws -> ErrorDetails {
        try LPAKitBindings.errorOf(key: key, arguments: arguments)
    }

    static func refusalOf(_ subject: String, _ reason: String) throws -> ErrorDetails {
        try LPAKitBindings.refusalOf(subject: subject, reason: reason)
    }

    static func explain(_ details: ErrorDetails, _ locales: [String]) throws -> LPAKitBindings.Explanation {
        try LPAKitBindings.explain(details: details, locales: locales)
    }

    static func text(_ key: String, _ arguments: [ErrorArgument], _ locales: [String]) throws -> String {
        try LPAKitBindings.text(key: key, arguments: arguments, locales: locales)
    }

    static func rulesInWords(_ rules: LPAKitAPI.PolicyRules, _ locales: [String]) throws -> [String] {
        try LPAKitBindings.rulesInWords(
            forbidsDisabling: rules.forbidsDisabling, forbidsDeleting: rules.forbidsDeleting, locales: locales)
    }

    static func setLogListener(_ listener: LogListener?, _ level: LogLevel) throws {
        try LPAKitBindings.setLogListener(listener: listener, level: level)
    }

    static func checkVersion(_ version: String) throws {
        try LPAKitBindings.checkVersion(shell: version)
    }

    /// Calls the library. The first call of all compares its version with the shell's.
    static func call<T>(_ work: () throws -> T) throws(LPAError) -> T {
        try LPALibrary.meeting.get()
        do { return try work() } catch { throw LPAError(native: error) }
    }

    /// Calls the library and waits for it, to the end: it takes no notice of a caller who is cancelled.
    static func call<T: Sendable>(_ work: () async throws -> T) async throws(LPAError) -> T {
        try LPALibrary.meeting.get()
        do { return try await work() } catch { throw LPAError(native: error) }
    }
}

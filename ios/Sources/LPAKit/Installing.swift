// Offers and installations over the library.

import LPAKitAPI

extension Offer {
    convenience init(_ native: Native.Offer) throws {
        try self.init(
            profile: ProfileDescription(native.profile()), needs: native.needs().map(Need.init),
            server: native.server(), source: NativeOffer(native))
    }
}

private final class NativeOffer: OfferSource {
    private let offer: Native.Offer

    init(_ offer: Native.Offer) { self.offer = offer }

    func isOpen() -> Bool { (try? offer.isOpen()) ?? false }

    func accept(_ answers: Answers) throws(LPAError) -> InstallTask {
        let answers = Native.Answers(
            agreed: answers.agreed.map(\.native), confirmationCode: answers.confirmationCode?.value)
        return try Native.call { try InstallTask(NativeInstallation(offer.accept(answers: answers))) }
    }

    func reject(_ reason: RejectReason) async throws(LPAError) -> Bool {
        let reason: Native.RejectReason = reason == .refused ? .refused : .later
        return try await Native.call { try await offer.reject(reason: reason) }
    }
}

final class NativeInstallation: InstallSource {
    let id: UInt64
    private let task: Native.InstallTask

    init(_ task: Native.InstallTask) throws {
        id = try task.id()
        self.task = task
    }

    func state() -> InstallState {
        switch try? task.state() {
        case .running(let progress): .running(InstallProgress(progress))
        case .finished, nil: .finished
        }
    }

    func nextProgress(after seen: InstallProgress?) async -> InstallProgress? {
        // A library that has failed has no more to tell here; the outcome tells it.
        let next = try? await task.nextProgress(seen: seen?.native)
        return next.flatMap { $0 }.map(InstallProgress.init)
    }

    func cancel() { try? task.cancel() }

    func outcome() async throws(LPAError) -> InstallOutcome {
        try await Native.call {
            switch try await task.outcome() {
            case .installed(let profile): .installed(InstalledProfile(profile))
            case .confirmationCodeRefused(let offer, let error):
                .confirmationCodeRefused(try Offer(offer), LPAError(error))
            }
        }
    }
}

extension InstalledProfile {
    fileprivate init(_ native: Native.InstalledProfile) {
        self.init(
            iccid: ICCID(native.iccid), isdpAID: native.isdpAid, profile: ProfileDescription(native.profile),
            report: native.report == .delivered ? .delivered : .queued, cancelRequested: native.cancelRequested)
    }
}

extension InstallProgress {
    fileprivate init(_ native: Native.Progress) {
        let phase: Phase =
            switch native.phase {
            case .preparing: .preparing
            case .downloading: .downloading
            case .installing: .installing
            case .notifying: .notifying
            case .finished: .finished
            }
        self.init(
            phase: phase, bytesDone: Int(clamping: native.bytesDone), bytesTotal: Int(clamping: native.bytesTotal))
    }

    fileprivate var native: Native.Progress {
        let phase: Native.Phase =
            switch phase {
            case .preparing: .preparing
            case .downloading: .downloading
            case .installing: .installing
            case .notifying: .notifying
            case .finished: .finished
            }
        return Native.Progress(
            phase: phase, bytesDone: UInt64(clamping: bytesDone), bytesTotal: UInt64(clamping: bytesTotal))
    }
}

extension Need {
    fileprivate init(_ native: Native.Need) {
        self =
            switch native {
            case .consent: .consent
            case .consentToNoDisabling: .consentToNoDisabling
            case .consentToNoDeleting: .consentToNoDeleting
            case .consentToLowMemory: .consentToLowMemory
            case .confirmationCode: .confirmationCode
            }
    }

    fileprivate var native: Native.Need {
        switch self {
        case .consent: .consent
        case .consentToNoDisabling: .consentToNoDisabling
        case .consentToNoDeleting: .consentToNoDeleting
        case .consentToLowMemory: .consentToLowMemory
        case .confirmationCode: .confirmationCode
        }
    }
}

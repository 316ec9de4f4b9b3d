import Foundation
import LPAKitAPI

extension PhoneFacts {
    /// Every way to install a profile, the best one first: those that can be gone before those that are shut, and the
    /// ones that end in the app before the ones that a person goes by hand.
    public func installWays() throws(LPAError) -> [InstallWay] {
        do {
            return try Native.installWays(native).map(InstallWay.init)
        } catch {
            throw LPAError(native: error)
        }
    }

    private var native: Native.PhoneFacts {
        let number = { (number: Int) in UInt32(clamping: number) }
        let standing: Native.AppStanding =
            switch standing {
            case .plain: .plain
            case .operator: .operator
            }
        return Native.PhoneFacts(
            system: .ios(major: number(systemMajor), minor: number(systemMinor)), standing: standing, esim: hasESIM,
            sims: nil, slots: nil, readers: readers?.map(\.native), opensSetupLinks: opensSetupLinks)
    }
}

extension InstallWay {
    /// The reasons in the first of these locales that lpakit speaks, else in English: a sentence each.
    public func explanations(locales: [String] = Locale.preferredLanguages) -> [String] {
        reasons.map { LPATexts.text($0, locales: locales) }
    }

    init(_ native: Native.InstallWay) {
        let route: InstallRoute =
            switch native.route {
            case .phoneCard: .phoneCard
            case .systemLpa: .systemLPA
            case .simCard: .simCard
            case .reader: .reader
            case .setupLink: .setupLink
            case .otherScreen: .otherScreen
            }
        let passage: Passage =
            switch native.passage {
            case .open: .open
            case .perhaps: .perhaps
            case .shut: .shut
            }
        self.init(route: route, passage: passage, reasons: native.reasons)
    }
}

extension CardAccess {
    fileprivate var native: Native.CardAccess {
        switch self {
        case .open: .open
        case .noCard: .noCard
        case .noEUICC: .noEuicc
        case .denied: .denied
        case .noChannel: .noChannel
        case .failed: .failed
        }
    }
}

extension LPAError {
    /// The error of lpakit's list with this key, for what a shell finds out by itself; `closed.fault` for a key that is
    /// not in it.
    public static func named(_ key: String, arguments: [String: String] = [:]) -> LPAError {
        do {
            return LPAError(try Native.errorOf(key, LPATexts.pairs(arguments)))
        } catch {
            return LPAError(native: error)
        }
    }

    /// The error for a server's refusal that somebody else met, such as the phone's own LPA: subject and reason as the
    /// server writes them, `8.2.6` and `3.8` (SGP.22, 5.2.6).
    public static func refusal(subject: String, reason: String) -> LPAError {
        do {
            return LPAError(try Native.refusalOf(subject, reason))
        } catch {
            return LPAError(native: error)
        }
    }
}

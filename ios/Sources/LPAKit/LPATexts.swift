import Foundation
import LPAKitAPI

/// What is told of an error to a person: a sentence each; empty where there is nothing to say.
public struct Explanation: Hashable, Sendable {
    /// What happened.
    public let what: String
    /// Whether the plan is still usable.
    public let plan: String
    /// What to do now.
    public let advice: String
    /// All of it in a row.
    public let text: String
}

/// lpakit's texts, in the languages it speaks.
///
/// Locales are those that a person prefers, the first one first, in any common spelling; where none of them is spoken,
/// texts are in English.
public enum LPATexts {
    /// The text of a key of the catalogue. A key of another version gives a general text that shows it.
    public static func text(
        _ key: String, arguments: [String: String] = [:], locales: [String] = Locale.preferredLanguages
    ) -> String {
        // A library that fails has no words left.
        (try? Native.text(key, pairs(arguments), locales)) ?? key
    }

    /// What a profile's rules forbid, in plain words.
    public static func words(for rules: PolicyRules, locales: [String] = Locale.preferredLanguages) -> [String] {
        (try? Native.rulesInWords(rules, locales)) ?? []
    }

    static func pairs(_ arguments: [String: String]) -> [Native.ErrorArgument] {
        arguments.sorted { $0.key < $1.key }.map { Native.ErrorArgument(name: $0.key, value: $0.value) }
    }
}

extension LPAError {
    /// Everything there is to say of it, in the first of these locales that lpakit speaks, else in English.
    public func explanation(locales: [String] = Locale.preferredLanguages) -> Explanation {
        guard let told = try? Native.explain(native, locales) else {
            return Explanation(what: key, plan: "", advice: "", text: key)
        }
        return Explanation(what: told.what, plan: told.plan, advice: told.advice, text: told.text)
    }
}

extension LPAError: LocalizedError {
    /// What happened, in the person's language.
    public var errorDescription: String? { explanation().what }

    /// What has become of the plan.
    public var failureReason: String? { spoken(explanation().plan) }

    /// What to do now.
    public var recoverySuggestion: String? { spoken(explanation().advice) }

    private func spoken(_ sentence: String) -> String? { sentence.isEmpty ? nil : sentence }
}

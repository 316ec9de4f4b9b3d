// A download on the sandbox through lpakit's public API, in a package outside lpakit's repository.

import Foundation
import LPAKit
import LPAKitSandbox

// docs/sandbox.md: begin
/// Orders a profile at the sandbox's server, installs it into the sandbox's card and enables it.
func downloadInSandbox(folder: URL) async throws -> [Profile] {
    let sandbox = try Sandbox(folder: folder)
    let code = try sandbox.order(plan: "Travel 5 GB")
    let lpa = try CardLPA(cardID: "sandbox", rawCard: sandbox.rawCard(), options: sandbox.options)
    let offer = try await lpa.authenticate(.code(lpa.activationCode(code)))
    // A person reads the offer here; `offer.needs` says what they must agree to.
    let task = try offer.accept(Answers(agreed: Set(offer.needs)))
    if case .installed(let profile) = try await task.outcome() {
        try await lpa.enable(profile.id)
    }
    let profiles = try await lpa.profiles()
    await lpa.closeAndWait()
    return profiles
}
// docs/sandbox.md: end

let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lpakit-\(UUID().uuidString)")
var failed = false
do {
    for profile in try await downloadInSandbox(folder: folder) {
        print("installed: \(profile.profileName), \(profile.isEnabled ? "enabled" : "disabled")")
    }
} catch {
    print("failed: \(error)")
    failed = true
}
try? FileManager.default.removeItem(at: folder)
exit(failed ? 1 : 0)

import LPAKit

// README's quick start, compiled and run by QuickStartTests. README shows what is between the two lines.
// -- quick start
func install(_ lpa: CardLPA, code: String, show: (String) -> Void) async throws {
    let offer = try await lpa.authenticate(.code(lpa.activationCode(code)))
    show(offer.profile.profileName)  // A person reads the offer and agrees.
    let installation = try offer.accept(Answers(agreed: Set(offer.needs)))
    for await step in installation.progress { show("\(step.phase)") }
    switch try await installation.outcome() {
    case .installed(let profile): try await lpa.enable(profile.id)
    case .confirmationCodeRefused(_, let error): throw error
    }
}
// -- end

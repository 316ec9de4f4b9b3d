// The README's quick start, compiled and played by QuickStartTests. What stands between the two lines stands there too.
// -- quick start
import LPAKit

func install(_ code: String, on card: any CardChannel, options: LPAOptions = LPAOptions()) async throws {
    let lpa = try CardLPA(cardID: "SIM 1", channel: card, options: options)
    let offer = try await lpa.authenticate(.code(lpa.activationCode(code)))
    // Here a person reads the offer, agrees, and types the confirmation code if `offer.needs` asks for one.
    let task = try offer.accept(Answers(agreed: Set(offer.needs)))
    for await step in task.progress { print(offer.profile.profileName, step.phase, step.fraction ?? 0) }
    switch try await task.outcome() {
    case .installed(let profile): try await lpa.enable(profile.id)
    case .confirmationCodeRefused(_, let error): print(error.localizedDescription)
    }
    await lpa.closeAndWait()
}
// -- end

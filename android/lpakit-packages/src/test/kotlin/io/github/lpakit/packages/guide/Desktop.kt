package io.github.lpakit.packages.guide

import io.github.lpakit.Answers
import io.github.lpakit.InstallOutcome
import io.github.lpakit.LpaKit
import io.github.lpakit.Profile
import io.github.lpakit.sandbox.Sandbox
import java.io.File

// guide: plain JVM
suspend fun tryOut(folder: File): List<Profile> = Sandbox(folder).use { sandbox ->
    LpaKit.open("sandbox", sandbox.card(), sandbox.options()).use { lpa ->
        val offer = lpa.authenticate(lpa.parseActivationCode(sandbox.order()))
        val outcome = offer.accept(Answers(offer.needs)).outcome()
        if (outcome is InstallOutcome.Installed) lpa.enable(outcome.profile.iccid)
        lpa.profiles()
    }
}
// guide: end

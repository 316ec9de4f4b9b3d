package io.github.lpakit.packages

import io.github.lpakit.Answers
import io.github.lpakit.InstallOutcome
import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit
import io.github.lpakit.PhoneFacts
import io.github.lpakit.sandbox.Stage
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking

/** An app: it downloads, switches on, lists, asks for what is not there, and says so line by line. */
public object App {
    @JvmStatic
    public fun main(arguments: Array<String>): Unit = runBlocking {
        Stage().use { stage ->
            LpaKit.open("shrunk", stage.channels(), stage.options()).use { lpa ->
                val offer = lpa.authenticate(lpa.parseActivationCode(stage.act("order")))
                val task = offer.accept(Answers(offer.needs))
                coroutineScope {
                    val watching = launch { task.progress.collect() }
                    val installed = task.outcome() as InstallOutcome.Installed
                    println("enabled ${lpa.enable(installed.profile.iccid).isEnabled}")
                    watching.join()
                }
                println("profiles ${lpa.profiles().size}")
            }
            try {
                LpaKit.open("shrunk", stage.card(), stage.options()).use { lpa ->
                    lpa.authenticate(lpa.parseActivationCode("LPA:1\$smdpplus.sandbox.test\$NO-SUCH-ORDER"))
                }
            } catch (error: LpaException) {
                println("${error.key} ${error.plan} ${error.message.isNotEmpty()}")
            }
        }
        println("ways ${PhoneFacts(apiLevel = 35).installWays().size}")
    }
}

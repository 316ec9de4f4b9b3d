package io.github.lpakit.sandbox

import io.github.lpakit.CardChannel
import io.github.lpakit.CardPortException
import io.github.lpakit.CardPortException.Reason
import io.github.lpakit.ConfirmationCode
import io.github.lpakit.LpaException
import io.github.lpakit.LpaKit
import io.github.lpakit.LpaOptions
import io.github.lpakit.OpenedChannel
import io.github.lpakit.PortAbilities
import io.github.lpakit.RawCard
import io.github.lpakit.sandbox.ffi.SandboxFailure
import io.github.lpakit.sandbox.ffi.SandboxOrder
import io.github.lpakit.sandbox.ffi.VirtualCard
import io.github.lpakit.sandbox.ffi.VirtualCardAbilities
import io.github.lpakit.sandbox.ffi.VirtualCardException
import io.github.lpakit.sandbox.ffi.VirtualChannels
import java.io.File
import io.github.lpakit.sandbox.ffi.Sandbox as FfiSandbox

/** What a sandbox could not do: a fault of the machine or of how it was asked, told in English for developers. */
public class SandboxException(message: String?, cause: Throwable) : Exception(message, cause)

/**
 * A card, an SM-DP+ and an SM-DS in a folder, with real certificates and real TLS on the loopback, so that screens work in
 * an emulator and in tests. For debug builds only: it is no part of the release library.
 *
 * ```
 * val sandbox = Sandbox(File(context.filesDir, "sandbox"))
 * val lpa = LpaKit.open("sandbox", sandbox.card(), sandbox.options())
 * val code = lpa.parseActivationCode(sandbox.order())
 * ```
 *
 * Opens the sandbox of [folder], or makes one where the folder is empty, and starts its servers. It blocks while it does.
 */
public class Sandbox @Throws(SandboxException::class, LpaException::class) constructor(folder: File) : AutoCloseable {
    private val native: FfiSandbox

    init {
        LpaKit.load()
        native = playing { FfiSandbox.open(folder.path) }
    }

    /** Orders a plan; its activation code. What is not given is made up. */
    @JvmOverloads
    @Throws(SandboxException::class)
    public fun order(
        operator: String? = null,
        plan: String? = null,
        confirmationCode: ConfirmationCode? = null,
    ): String = playing { native.order(SandboxOrder(operator, plan, confirmationCode?.value)) }

    /** The card, in a reader. One LPA at a time may have it. */
    @Throws(SandboxException::class)
    public fun card(): RawCard = playing { SandboxRawCard(native.card()) }

    /** The card, in a phone. One LPA at a time may have it. */
    @Throws(SandboxException::class)
    public fun channels(): CardChannel = playing { SandboxCardChannel(native.channels()) }

    /** Settings with which an LPA believes this sandbox's servers and finds them. */
    @JvmOverloads
    public fun options(from: LpaOptions = LpaOptions()): LpaOptions {
        val options = from.toBuilder().testIssuer(native.testIssuer())
        for (route in native.connectTo()) options.connectTo(route.host, route.socket)
        return options.build()
    }

    /** Stops the servers. The folder stays as it is. */
    override fun close(): Unit = native.close()
}

private inline fun <T> playing(block: () -> T): T = try {
    block()
} catch (error: SandboxFailure.NotPlayed) {
    throw SandboxException(error.reason, error)
}

private inline fun <T> asking(block: () -> T): T = try {
    block()
} catch (error: VirtualCardException) {
    throw CardPortException(
        when (error) {
            is VirtualCardException.Gone -> Reason.CARD_GONE
            is VirtualCardException.NoSuchApplication -> Reason.NO_SUCH_APPLICATION
            is VirtualCardException.NoFreeChannel -> Reason.NO_FREE_CHANNEL
            is VirtualCardException.NotConnected -> Reason.CONNECTION_FAILED
        },
    )
}

private fun VirtualCardAbilities.toFacade() = PortAbilities(
    maxCommandData = maxCommandData.toInt(),
    wantsLe = wantsLe,
    handlesGetResponse = handlesGetResponse,
    handlesProactive = handlesProactive,
    setsChannelInClass = setsChannelInClass,
    canReset = canReset,
)

/** A sandbox's card in a reader. */
internal class SandboxRawCard(private val card: VirtualCard) : RawCard {
    override val abilities: PortAbilities = card.abilities().toFacade()

    override fun transmit(command: ByteArray): ByteArray = asking { card.transmit(command) }

    override fun reset(): Unit = asking { card.reset() }

    override fun release(): Unit = card.close()
}

/** A sandbox's card in a phone. */
internal class SandboxCardChannel(private val card: VirtualChannels) : CardChannel {
    override val abilities: PortAbilities = card.abilities().toFacade()

    override fun openChannel(aid: ByteArray): OpenedChannel = asking {
        val number = card.openChannel(aid).toInt()
        OpenedChannel(number, card.openingApdus().toInt())
    }

    override fun transmit(channel: Int, command: ByteArray): ByteArray =
        asking { card.transmit(channel.toUByte(), command) }

    override fun closeChannel(channel: Int): Unit = asking { card.closeChannel(channel.toUByte()) }

    override fun reset(): Unit = asking { card.reset() }

    override fun release(): Unit = card.close()
}

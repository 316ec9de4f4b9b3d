package io.github.lpakit.sandbox.internal

import io.github.lpakit.CardChannel
import io.github.lpakit.CardPortException
import io.github.lpakit.CardPortException.Reason
import io.github.lpakit.OpenedChannel
import io.github.lpakit.PortAbilities
import io.github.lpakit.RawCard
import io.github.lpakit.sandbox.ffi.VirtualCard
import io.github.lpakit.sandbox.ffi.VirtualCardAbilities
import io.github.lpakit.sandbox.ffi.VirtualCardException
import io.github.lpakit.sandbox.ffi.VirtualChannels

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

/** A native card that is powered on when it is needed, and let go when the LPA is done with it. */
private class Held<T : AutoCloseable>(private val powerOn: () -> T) {
    private var card: T? = null

    @Synchronized
    fun get(): T = card ?: powerOn().also { card = it }

    @Synchronized
    fun release() {
        card?.close()
        card = null
    }
}

/** A sandbox's card in a reader. */
internal class SandboxReader(powerOn: () -> VirtualCard) : RawCard {
    private val card = Held(powerOn)

    override val abilities: PortAbilities get() = card.get().abilities().toFacade()

    override fun transmit(command: ByteArray): ByteArray = asking { card.get().transmit(command) }

    override fun reset(): Unit = asking { card.get().reset() }

    override fun release(): Unit = card.release()
}

/** A sandbox's card in a phone. */
internal class SandboxPhone(powerOn: () -> VirtualChannels) : CardChannel {
    private val card = Held(powerOn)

    override val abilities: PortAbilities get() = card.get().abilities().toFacade()

    override fun openChannel(aid: ByteArray): OpenedChannel = asking {
        val number = card.get().openChannel(aid).toInt()
        OpenedChannel(number, card.get().openingApdus().toInt())
    }

    override fun transmit(channel: Int, command: ByteArray): ByteArray =
        asking { card.get().transmit(channel.toUByte(), command) }

    override fun closeChannel(channel: Int): Unit = asking { card.get().closeChannel(channel.toUByte()) }

    override fun reset(): Unit = asking { card.get().reset() }

    override fun release(): Unit = card.release()
}

package io.github.lpakit.robolectric

import android.os.Binder
import android.os.ServiceSpecificException
import android.se.omapi.ISecureElementChannel
import android.se.omapi.ISecureElementListener
import android.se.omapi.ISecureElementReader
import android.se.omapi.ISecureElementSession
import android.se.omapi.SEService
import io.github.lpakit.CardChannel
import io.github.lpakit.CardPortException
import io.github.lpakit.CardPortException.Reason
import io.github.lpakit.sandbox.Stage
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.atomic.AtomicInteger

/** A reader of an [OmapiPhone]: an AOSP terminal over a card of the sandbox. It may be used from any thread. */
public class OmapiReader internal constructor(
    /** Its name, such as `SIM1`. */
    public val name: String,
) {
    /** Whether this app may have a channel to the application with this AID (in hexadecimal). */
    @Volatile
    public var rule: (String) -> Boolean = { true }

    /** How many logical channels the card has. */
    @Volatile
    public var channels: Int = LAST_CHANNEL

    /** What is thrown at the service's end before a command goes to the card, once for each. */
    public val faults: MutableList<RuntimeException> = CopyOnWriteArrayList()

    /** How many commands went to the card. */
    public val commands: AtomicInteger = AtomicInteger()

    /** Told of each command before it goes to the card. */
    @Volatile
    public var onCommand: () -> Unit = {}

    /** How many channels are open. */
    public val openChannels: Int get() = sessions.sumOf { session -> session.open.count { !it.closed } }

    /** How many sessions are open. */
    public val openSessions: Int get() = sessions.count { !it.closed }

    private val sessions = CopyOnWriteArrayList<Session>()
    private val binders = CopyOnWriteArrayList<RemoteBinder>()

    @Volatile
    private var card: CardChannel? = null

    @Volatile
    private var took: () -> Unit = {}

    /** Puts a card of the stage in. */
    @JvmOverloads
    public fun insert(stage: Stage, number: Int = 1) {
        stage.act("card $number insert")
        card = stage.channels(number)
        took = { stage.act("card $number pull") }
    }

    /** Puts a card in that is no part of a stage. */
    public fun insert(card: CardChannel) {
        this.card = card
        took = {}
    }

    /** Takes the card out: channels and sessions are gone. */
    public fun pull() {
        card = null
        took()
        closeSessions()
    }

    /** The system closes all sessions, as it does when the modem starts anew. */
    public fun closeSessions(): Unit = sessions.forEach { it.close() }

    internal fun die() {
        binders.forEach { it.isDead = true }
        closeSessions()
    }

    internal fun binder(): ISecureElementReader = ISecureElementReader.Stub.asInterface(remote(Reader()))

    private fun remote(binder: Binder) = RemoteBinder(binder).also { binders += it }

    /** A card's port as AOSP's terminal has it: what it throws is what the service throws. */
    private fun <T> asking(block: (CardChannel) -> T): T {
        val card = this.card ?: throw ServiceSpecificException(SEService.IO_ERROR, "Secure Element is not present.")
        return try {
            block(card)
        } catch (error: CardPortException) {
            throw ServiceSpecificException(
                if (error.reason == Reason.NO_SUCH_APPLICATION) SEService.NO_SUCH_ELEMENT_ERROR else SEService.IO_ERROR,
                error.reason.name,
            )
        }
    }

    private inner class Reader : ISecureElementReader.Stub() {
        override fun isSecureElementPresent(): Boolean = card != null

        override fun openSession(): ISecureElementSession = asking {
            ISecureElementSession.Stub.asInterface(remote(Session().also { session -> sessions += session }))
        }

        override fun closeSessions() = Unit

        override fun reset(): Boolean = throw SecurityException("no privilege")

        override fun getInterfaceVersion(): Int = VERSION

        override fun getInterfaceHash(): String = HASH
    }

    private inner class Session : ISecureElementSession.Stub() {
        val open = CopyOnWriteArrayList<Channel>()

        @Volatile
        var closed = false

        override fun getAtr(): ByteArray? = null

        override fun close() {
            closed = true
            closeChannels()
        }

        override fun closeChannels() = open.forEach { it.close() }

        override fun isClosed(): Boolean = closed

        override fun openBasicChannel(aid: ByteArray?, p2: Byte, listener: ISecureElementListener?) = null

        override fun openLogicalChannel(aid: ByteArray, p2: Byte, to: ISecureElementListener?): ISecureElementChannel? {
            check(!closed) { "Session is closed" }
            if (faults.isNotEmpty()) throw faults.removeAt(0)
            if (!rule(aid.joinToString("") { "%02X".format(it) })) throw SecurityException("Access denied")
            if (openChannels >= channels) return null
            val number = try {
                asking { it.openChannel(aid).number }
            } catch (error: ServiceSpecificException) {
                if (error.message == Reason.NO_FREE_CHANNEL.name) return null
                throw error
            }
            return ISecureElementChannel.Stub.asInterface(remote(Channel(number).also { open += it }))
        }

        override fun getInterfaceVersion(): Int = VERSION

        override fun getInterfaceHash(): String = HASH
    }

    private inner class Channel(private val number: Int) : ISecureElementChannel.Stub() {
        @Volatile
        var closed = false

        override fun close() {
            if (closed) return
            closed = true
            runCatching { card?.closeChannel(number) }
        }

        override fun isClosed(): Boolean = closed

        override fun isBasicChannel(): Boolean = false

        override fun getSelectResponse(): ByteArray = byteArrayOf()

        override fun selectNext(): Boolean = false

        override fun transmit(command: ByteArray): ByteArray {
            check(!closed) { "Channel is closed" }
            onCommand()
            if (faults.isNotEmpty()) throw faults.removeAt(0)
            check(!closed) { "Channel is closed" }
            if (command[1] == MANAGE_CHANNEL) throw SecurityException("MANAGE CHANNEL command not allowed")
            return exchange(inClass(command))
        }

        /** The terminal writes its own channel number, whatever the command says. */
        private fun inClass(command: ByteArray): ByteArray = command.copyOf().also {
            val proprietary = it[0].toInt() and PROPRIETARY
            it[0] = (proprietary or if (number < FURTHER) number else INTER or (number - FURTHER)).toByte()
        }

        /** The terminal fetches long answers itself. */
        private fun exchange(command: ByteArray): ByteArray {
            var answer = once(command)
            if (answer.size == 2 && answer[0] == WRONG_LE) {
                answer = once(command.copyOf(command.size - 1) + answer[1])
            }
            var data = byteArrayOf()
            while (answer.size >= 2 && answer[answer.size - 2] == MORE) {
                data += answer.copyOf(answer.size - 2)
                answer = once(byteArrayOf(command[0], GET_RESPONSE, 0, 0, answer.last()))
            }
            return data + answer
        }

        private fun once(command: ByteArray): ByteArray = asking {
            commands.incrementAndGet()
            it.transmit(number, command)
        }

        override fun getInterfaceVersion(): Int = VERSION

        override fun getInterfaceHash(): String = HASH
    }

    private companion object {
        const val LAST_CHANNEL = 19
        const val FURTHER = 4
        const val INTER = 0x40
        const val PROPRIETARY = 0x80
        const val MANAGE_CHANNEL: Byte = 0x70
        const val GET_RESPONSE: Byte = 0xC0.toByte()
        const val WRONG_LE: Byte = 0x6C
        const val MORE: Byte = 0x61
    }
}

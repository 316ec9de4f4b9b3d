package io.github.lpakit.internal

import io.github.lpakit.ActivationCode
import io.github.lpakit.CardChannel
import io.github.lpakit.Explanation
import io.github.lpakit.InstallRoute
import io.github.lpakit.InstallWay
import io.github.lpakit.LogLevel
import io.github.lpakit.LogListener
import io.github.lpakit.Lpa
import io.github.lpakit.LpaException
import io.github.lpakit.LpaOptions
import io.github.lpakit.MatchingId
import io.github.lpakit.Passage
import io.github.lpakit.PhoneFacts
import io.github.lpakit.PolicyRules
import io.github.lpakit.QrPicture
import io.github.lpakit.RawCard
import io.github.lpakit.ffi.errorOf
import io.github.lpakit.ffi.explain
import io.github.lpakit.ffi.findActivationCode
import io.github.lpakit.ffi.installWays
import io.github.lpakit.ffi.qrPicture
import io.github.lpakit.ffi.refusalOf
import io.github.lpakit.ffi.rulesInWords
import io.github.lpakit.ffi.scanActivationCode
import io.github.lpakit.ffi.text
import java.nio.ByteBuffer
import java.util.Locale
import io.github.lpakit.ffi.ActivationCode as FfiCode
import io.github.lpakit.ffi.LogLevel as FfiLogLevel
import io.github.lpakit.ffi.Lpa as FfiLpa
import io.github.lpakit.ffi.setLogListener as setFfiLogListener

/** What the native library does without a card. Whatever is asked first loads it. */
internal object Native {
    private inline fun <T> ask(block: () -> T): T {
        Library.need()
        return translating(block)
    }

    fun open(cardId: String, card: CardChannel, options: LpaOptions): Lpa {
        // What the app's own code throws here is the app's.
        val abilities = card.abilities.toFfi()
        return ask { NativeLpa(cardId, FfiLpa.openChannels(cardId, ChannelsOfApp(card), abilities, options.toFfi())) }
    }

    fun open(cardId: String, card: RawCard, options: LpaOptions): Lpa {
        val abilities = card.abilities.toFfi()
        return ask { NativeLpa(cardId, FfiLpa.openRaw(cardId, RawOfApp(card), abilities, options.toFfi())) }
    }

    fun setLogListener(listener: LogListener?, level: LogLevel): Unit = ask {
        Log.tell(listener, level)
        setFfiLogListener(listener?.let(::ListenerOfApp), FfiLogLevel.valueOf(level.name))
    }

    fun text(key: String, arguments: Map<String, String>, locales: List<Locale>): String =
        ask { text(key, arguments.toFfi(), locales.tags()) }

    fun error(key: String, arguments: Map<String, String>): LpaException =
        ask { errorOf(key, arguments.toFfi()).toFacade() }

    fun refusal(subject: String, reason: String): LpaException = ask { refusalOf(subject, reason).toFacade() }

    fun errorKeys(): List<String> = ask { io.github.lpakit.ffi.errorKeys() }

    fun installWays(facts: PhoneFacts): List<InstallWay> = ask {
        installWays(facts.toFfi()).map {
            InstallWay(InstallRoute.valueOf(it.route.name), Passage.valueOf(it.passage.name), it.reasons)
        }
    }

    fun rulesInWords(rules: PolicyRules, locales: List<Locale>): List<String> =
        ask { rulesInWords(rules.forbidsDisabling, rules.forbidsDeleting, locales.tags()) }

    fun parse(text: String, allowTestServers: Boolean): ActivationCode =
        ask { NativeCode(FfiCode.parse(text, allowTestServers)) }

    fun code(address: String, token: MatchingId, needsCode: Boolean, allowTestServers: Boolean): ActivationCode =
        ask { NativeCode(FfiCode.ofParts(address, token.value, needsCode, allowTestServers)) }

    fun find(text: String, allowTestServers: Boolean): ActivationCode =
        ask { NativeCode(findActivationCode(text, allowTestServers)) }

    /** `measures`: width, height, row stride and pixel stride. Negative ones become larger than any plane. */
    fun scan(plane: ByteBuffer, measures: IntArray, allowTestServers: Boolean): ActivationCode = ask {
        val (width, height, rowStride, pixelStride) = measures.map { it.toUInt() }
        NativeCode(scanActivationCode(direct(plane), width, height, rowStride, pixelStride, allowTestServers))
    }

    /** Generated code hands a direct buffer's start over, whatever its position; a slice starts where that is. */
    private fun direct(plane: ByteBuffer): ByteBuffer = if (plane.isDirect) {
        plane.slice()
    } else {
        val copy = ByteBuffer.allocateDirect(plane.remaining()).put(plane.duplicate())
        copy.flip()
        copy
    }

    fun qrPicture(text: String): QrPicture = ask {
        val picture = io.github.lpakit.ffi.qrPicture(text)
        QrPicture(picture.side.toInt(), picture.modules)
    }
}

/** What there is to say of an error; nothing while the native library is not there, which this never loads. */
internal fun explainNatively(error: LpaException, locales: List<Locale>): Explanation? {
    if (!Library.canTell) return null
    val said = runCatching { explain(error.toFfi(), locales.tags()) }.getOrNull() ?: return null
    return Explanation(said.what, said.plan, said.advice, said.text)
}

/** A code that the native library holds. */
internal class NativeCode(val native: FfiCode) : ActivationCode {
    override val address: String get() = translating { native.address() }
    override val matchingId: MatchingId get() = MatchingId(translating { native.matchingId() })
    override val isConfirmationCodeRequired: Boolean get() = translating { native.confirmationCodeRequired() }
    override val oid: String? get() = translating { native.oid() }
    override val warnings: List<String> get() = translating { native.warnings() }

    override fun toText(): String = translating { native.toText() }

    override fun toQrText(): String = translating { native.toQrText() }

    override fun equals(other: Any?): Boolean =
        other is NativeCode && (other === this || translating { native.equals(other.native) })

    override fun hashCode(): Int = matchingId.hashCode()

    override fun toString(): String = "ActivationCode(…)"

    companion object {
        /** The native code of any code, an app's own too. */
        fun of(code: ActivationCode): FfiCode =
            if (code is NativeCode) code.native else FfiCode.parse(code.toText(), allowTestServers = true)
    }
}
